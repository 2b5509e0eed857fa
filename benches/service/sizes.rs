//! The same steps with a thousand and with a million accounts, and a hundred thousand open requests. Response times
//! must not depend on the number of other people.

use std::time::Duration;

use keyback::clock::Clock;

use crate::client::Client;
use crate::completing;
use crate::database::Database;
use crate::parallel::Queue;
use crate::population::Population;
use crate::server::Setup;
use crate::{Result, guessing, mailbox};

/// Accounts in the directory, for one measurement each.
pub const ACCOUNTS: [u64; 2] = [1_000, 1_000_000];

/// Requests that are already open.
pub const OPEN_CHALLENGES: u64 = 100_000;

/// How often each step is taken, one after the other, each time by another person.
pub const STEPS: usize = 300;

/// How long the steps took.
pub struct Steps {
    pub accounts: u64,
    pub populating: Duration,
    pub requests: Vec<Duration>,
    pub wrong_codes: Vec<Duration>,
    pub pages: Vec<Duration>,
    pub completions: Vec<Duration>,
}

/// Measures one size. The database is removed afterwards, even after a failure.
pub async fn run(database: Database, accounts: u64) -> Result<Steps> {
    let steps = measure(&database, accounts).await;
    let removed = database.remove().await;
    let steps = steps?;
    removed?;
    Ok(steps)
}

async fn measure(database: &Database, accounts: u64) -> Result<Steps> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), database.settings(folder.path())?)?;
    setup.run(&["migrate"]).await?;
    let now = Clock::System.now().millis();
    let population = Population { accounts, open_challenges: OPEN_CHALLENGES, now };
    let populating = database.populate(folder.path(), population).await?;
    let (server, _) = setup.start().await?;
    let client = Client::new(setup.base())?;
    let steps = take(&client, &setup, &folder.path().join("mail"), accounts, populating).await;
    server.stop().await?;
    steps
}

async fn take(
    client: &Client,
    setup: &Setup,
    mail: &std::path::Path,
    accounts: u64,
    populating: Duration,
) -> Result<Steps> {
    let (mut requests, mut wrong_codes, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    let mut sessions = Vec::new();
    for number in 1..=STEPS {
        let address = format!("account-{number}@example.org");
        let asked = client.post("/actions/ask", &[("identifier", &address)], None).await?.leading_to("/check-inbox")?;
        requests.push(asked.took);
        sessions.push(asked.cookie.ok_or("no session")?);
    }
    mailbox::wait_for(mail, STEPS).await?;
    for session in &sessions {
        wrong_codes.push(guessing::wrong_code(client, session).await?);
    }
    let forms = completing::prepare(client, mailbox::links(mail, setup.base())?).await?;
    for form in &forms {
        let page = client.get("/reset-password", Some(&form.cookie)).await?;
        if page.status != 200 {
            return Err(format!("/reset-password answers {}", page.status).into());
        }
        pages.push(page.took);
    }
    let completions = completing::send_forms(client, &Queue::new(forms), 1).await?;
    Ok(Steps { accounts, populating, requests, wrong_codes, pages, completions })
}
