//! The cost of a request: for each kind, a small input and the largest that is accepted, one by one over one
//! connection. The report includes the processor time of the server's threads, which does not depend on the load of the
//! machine. A cost that grows with what a stranger sends must show here.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;

use crate::client::{Call, Client};
use crate::database::Database;
use crate::dialects::Key;
use crate::server::{Server, Setup};
use crate::{Result, api_costs, completing, mailbox};

/// How often each request is sent.
pub const TIMES: usize = 100;

/// How many requests are sent before, uncounted: the first of a kind open files and fill caches.
const WARM_UP: usize = 10;

/// Lengths of passwords that are being typed. Each has a separate reset, because a reset has a budget.
const TYPED: [usize; 4] = [8, 32, 100, 256];

/// Takes half a second in an estimator that tries every combination.
const SUBSTITUTIONS: &str = "4@8({[<369&#!1/|0$5+7%2";

/// One kind of request.
pub struct Cost {
    pub what: &'static str,
    /// Octets of target, headers and body, as far as the sender chooses them.
    pub octets: usize,
    /// The average processor time.
    pub processor: Option<Duration>,
    pub took: Vec<Duration>,
    pub status: u16,
}

/// Measures every kind. The database is removed afterwards, even after a failure.
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
    for length in TYPED {
        let email = person(length);
        setup.run(&["accounts", "add", "--email", &email, "--email-verified", "--no-password"]).await?;
    }
    let key = Key::create(&setup).await?;
    let (server, _) = setup.start().await?;
    let meter = Meter { client: Client::new(setup.base())?, server };
    let costs = take(&meter, &setup, &folder.path().join("mail"), &key).await;
    let server = meter.server;
    server.stop().await?;
    costs
}

async fn take(meter: &Meter, setup: &Setup, mail: &Path, key: &Key) -> Result<Vec<Cost>> {
    let client = &meter.client;
    for length in TYPED {
        client.post("/actions/ask", &[("identifier", &person(length))], None).await?.leading_to("/check-inbox")?;
    }
    mailbox::wait_for(mail, TYPED.len()).await?;
    let forms = completing::prepare(client, mailbox::links(mail, setup.base())?).await?;
    let mut costs = Vec::new();
    for (length, form) in TYPED.into_iter().zip(&forms) {
        let password: String = SUBSTITUTIONS.chars().cycle().take(length).collect();
        let call = |_| form_of("/actions/password-strength", &[("password", &password)], Some(&form.cookie));
        costs.push(meter.measure("strength of a password", call).await?);
    }
    for length in [20, 254, 16_000] {
        let call = |number| form_of("/actions/ask", &[("identifier", &address(number, length))], None);
        costs.push(meter.measure("request", call).await?);
    }
    for length in [8, 16_000] {
        let call = |_| form_of("/actions/check-code", &[("code", &"1".repeat(length))], None);
        costs.push(meter.measure("code", call).await?);
    }
    let many: Vec<(String, String)> = (0..2000_usize).map(|number| (name(number), String::new())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    costs.push(meter.measure("form of many fields", |_| form_of("/actions/ask", &many, None)).await?);
    for length in [8, 16_000] {
        let path = format!("/forgot-password?redirect_url={}", "x".repeat(length));
        costs.push(meter.measure("page, by its query", |_| page(&path, Vec::new())).await?);
        let path = format!("/verify?key=tk-{}", "x".repeat(length));
        costs.push(meter.measure("link, by its key", |_| page(&path, Vec::new())).await?);
    }
    for length in [8, 16_000, 30_000] {
        let one = || vec![("cookie", format!("a={}", "x".repeat(length)))];
        costs.push(meter.measure("page, one cookie", |_| page("/forgot-password", one())).await?);
        let many = || vec![("cookie", "a=b; ".repeat(length / 5 + 1))];
        costs.push(meter.measure("page, many cookies", |_| page("/forgot-password", many())).await?);
        let long = || vec![("accept-language", "de;q=0.5,".repeat(length / 9 + 1))];
        costs.push(meter.measure("page, languages", |_| page("/forgot-password", long())).await?);
    }
    let headers = || (0..90).map(|_| ("x-many", "x".repeat(300))).collect();
    costs.push(meter.measure("page, 90 headers", |_| page("/forgot-password", headers())).await?);
    costs.extend(api_costs::take(meter, key).await?);
    Ok(costs)
}

fn person(length: usize) -> String {
    format!("cost{length}@example.org")
}

/// Another address each time, of the given length.
pub fn address(number: usize, length: usize) -> String {
    let name = format!("p{number}");
    format!("{name}{}@example.org", "x".repeat(length.saturating_sub(name.len() + 12)))
}

/// A name of letters only, as field names in forms must be.
fn name(mut number: usize) -> String {
    let mut name = String::new();
    for _ in 0..3 {
        name.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
    }
    name
}

fn form_of(path: &str, fields: &[(&str, &str)], cookie: Option<&str>) -> Call {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut headers = vec![
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ];
    headers.extend(cookie.map(|cookie| ("cookie", cookie.to_owned())));
    Call { method: Method::POST, path: path.to_owned(), headers, body: Some(body) }
}

fn page(path: &str, headers: Vec<(&'static str, String)>) -> Call {
    Call { method: Method::GET, path: path.to_owned(), headers, body: None }
}

/// A server, and the client that measures it.
pub struct Meter {
    client: Client,
    server: Server,
}

impl Meter {
    /// Sends the same kind of request again and again. Each one may be different.
    pub async fn measure(&self, what: &'static str, call: impl Fn(usize) -> Call) -> Result<Cost> {
        let octets = octets_of(&call(0));
        for number in 0..WARM_UP {
            self.client.call(call(TIMES + number)).await?;
        }
        self.becomes_quiet().await;
        let before = self.server.processor_times();
        let (mut took, mut status) = (Vec::with_capacity(TIMES), 0);
        for number in 0..TIMES {
            let answer = self.client.call(call(number)).await?;
            took.push(answer.took);
            status = answer.status;
        }
        self.becomes_quiet().await;
        let spent = self.server.processor_times().since(&before);
        Ok(Cost { what, octets, processor: spent.map(|spent| spent / TIMES as u32), took, status })
    }

    /// Waits for the worker, which may still be busy with the requests: that is part of their cost.
    async fn becomes_quiet(&self) {
        let mut before = self.server.processor_times();
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = self.server.processor_times();
            if now.since(&before).unwrap_or_default() < Duration::from_millis(2) {
                return;
            }
            before = now;
        }
    }
}

/// The octets that the sender chose: target, headers and body.
fn octets_of(call: &Call) -> usize {
    let headers: usize = call.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    call.path.len() + headers + call.body.as_ref().map_or(0, String::len)
}
