//! What a request costs: for each kind, a small and the largest input that is accepted, one by one over one connection.
//! A cost that grows with what a stranger sends must show here. Used by `main`.

use std::time::Duration;

use crate::Result;
use crate::client::Client;
use crate::database::Database;
use crate::server::Setup;
use crate::{completing, mailbox};

/// How often each request is sent.
pub const TIMES: usize = 100;

/// Half a second for an estimator that tries every combination.
const SUBSTITUTIONS: &str = "4@8({[<369&#!1/|0$5+7%2";

/// One kind of request.
pub struct Cost {
    pub what: &'static str,
    /// Octets of the body, the path or the cookie.
    pub octets: usize,
    pub took: Vec<Duration>,
}

/// The database is gone afterwards, whatever happened.
pub async fn run(database: Database) -> Result<Vec<Cost>> {
    let costs = measure(&database).await;
    let removed = database.remove().await;
    let costs = costs?;
    removed?;
    Ok(costs)
}

async fn measure(database: &Database) -> Result<Vec<Cost>> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), database.settings(folder.path())?)?;
    setup.run(&["migrate"]).await?;
    setup.run(&["accounts", "add", "--email", "cost@example.org", "--email-verified", "--no-password"]).await?;
    let (server, _) = setup.start().await?;
    let client = Client::new(setup.base())?;
    let costs = take(&client, &setup, &folder.path().join("mail")).await;
    server.stop().await?;
    costs
}

async fn take(client: &Client, setup: &Setup, mail: &std::path::Path) -> Result<Vec<Cost>> {
    client.post("/actions/ask", &[("identifier", "cost@example.org")], None).await?.leading_to("/check-inbox")?;
    mailbox::wait_for(mail, 1).await?;
    let forms = completing::prepare(client, mailbox::links(mail, setup.base())?).await?;
    let form = forms.first().ok_or("no form is open")?;
    let mut costs = Vec::new();
    for length in [8, 32, 100, 256] {
        let password: String = SUBSTITUTIONS.chars().cycle().take(length).collect();
        let fields = [("password", password.as_str())];
        costs.push(post(client, "strength", "/actions/password-strength", &fields, Some(&form.cookie)).await?);
    }
    for length in [20, 254, 16_000] {
        let identifier = format!("{}@example.org", "x".repeat(length - 12));
        costs.push(post(client, "request", "/actions/ask", &[("identifier", &identifier)], None).await?);
    }
    for length in [8, 16_000] {
        costs.push(post(client, "code", "/actions/check-code", &[("code", &"1".repeat(length))], None).await?);
    }
    let many: Vec<(String, String)> = (0..2000_usize).map(|number| (name(number), String::new())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    costs.push(post(client, "form of many fields", "/actions/ask", &many, None).await?);
    for length in [8, 16_000] {
        let query = format!("/forgot-password?redirect_url={}", "x".repeat(length));
        costs.push(get(client, "page, by its query", &query, None).await?);
        costs.push(get(client, "link, by its key", &format!("/verify?key=tk-{}", "x".repeat(length)), None).await?);
        let cookie = format!("a={}", "x".repeat(length));
        costs.push(get(client, "page, by its cookies", "/forgot-password", Some(&cookie)).await?);
    }
    Ok(costs)
}

/// A name of letters only, as forms must have them.
fn name(mut number: usize) -> String {
    let mut name = String::new();
    for _ in 0..3 {
        name.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
    }
    name
}

async fn post(
    client: &Client,
    what: &'static str,
    path: &str,
    fields: &[(&str, &str)],
    cookie: Option<&str>,
) -> Result<Cost> {
    let octets = fields.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        took.push(client.post(path, fields, cookie).await?.took);
    }
    Ok(Cost { what, octets, took })
}

async fn get(client: &Client, what: &'static str, path: &str, cookie: Option<&str>) -> Result<Cost> {
    let octets = cookie.map_or(path.len(), str::len);
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        took.push(client.get(path, cookie).await?.took);
    }
    Ok(Cost { what, octets, took })
}
