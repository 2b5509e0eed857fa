//! Whether the arrival of one's own mail tells who has an account (security.md row 1): somebody asks for a stranger, half
//! a second later for himself, and takes the time until his own mail is there. Mail servers of different
//! speed, short and long queues. `cargo xtask bench -- arrival 10000` takes so many samples after known, and as many after
//! unknown strangers, where the mail server is fast, and a part of that where it is slow.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::database::Database;
use crate::mail_server::MailServer;
use crate::server::Setup;
use crate::statistics::{auc, median};
use crate::{Result, asking};

/// After known, and as many after unknown strangers, where no number is named.
const SAMPLES: usize = 500;

/// Between the two requests.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// Domains of either side: one domain has a part of the connections.
const DOMAINS: usize = 16;

/// What is measured against.
#[derive(Clone, Copy)]
pub struct Case {
    /// The mail server takes so long over a message.
    pub delay: Duration,
    /// `mail.connections`.
    connections: usize,
    /// Pairs of requests under way at a time.
    at_once: usize,
    /// It takes this part of the samples, for each takes its time.
    part: usize,
    /// Whether messages wait for one another.
    pub is_long: bool,
}

impl Case {
    /// So few at once that a connection is always free.
    const fn short(millis: u64, at_once: usize) -> Self {
        Self { delay: Duration::from_millis(millis), connections: 100, at_once, part: 1, is_long: false }
    }

    /// So many that most of the time is spent waiting for a connection.
    const fn long(millis: u64, connections: usize, at_once: usize) -> Self {
        Self { delay: Duration::from_millis(millis), connections, at_once, part: 2, is_long: true }
    }
}

const CASES: [Case; 7] = [
    Case::short(0, 90),
    Case::short(300, 90),
    Case::short(1000, 80),
    Case::short(2000, 70),
    Case::long(300, 16, 120),
    Case::long(1000, 50, 150),
    Case::long(2000, 100, 250),
];

/// What came of one case.
pub struct Arrivals {
    pub database: String,
    pub case: Case,
    pub after_known: Vec<Duration>,
    pub after_unknown: Vec<Duration>,
}

impl Arrivals {
    /// Above one half: after known strangers it takes longer.
    pub fn auc(&self) -> f64 {
        auc(&self.after_known, &self.after_unknown)
    }

    pub fn medians(&self) -> (Duration, Duration) {
        (median(&self.after_known), median(&self.after_unknown))
    }
}

/// Every case on databases of their own; `report` hears of each as soon as it is over.
pub async fn run(database: impl AsyncFn() -> Result<Database>, report: impl Fn(&Arrivals)) -> Result<()> {
    for case in CASES {
        let database = database().await?;
        let arrivals = measure(&database, case).await;
        let removed = database.remove().await;
        report(&arrivals?);
        removed?;
    }
    Ok(())
}

async fn measure(database: &Database, case: Case) -> Result<Arrivals> {
    let folder = tempfile::tempdir()?;
    let mail = MailServer::start(case.delay).await?;
    let setup = Setup::new(folder.path(), database.settings(folder.path())?)?
        .with("KEYBACK_MAIL__URL", mail.url())
        .with("KEYBACK_MAIL__CONNECTIONS", &case.connections.to_string());
    setup.run(&["migrate"]).await?;
    let samples = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(SAMPLES);
    let order = asking::shuffled(samples.div_ceil(case.part));
    import(&setup, folder.path(), &order).await?;
    let (server, _) = setup.start().await?;
    let client = Client::new(setup.base())?;
    let room = Arc::new(Semaphore::new(case.at_once));
    let mut pairs = JoinSet::new();
    let mut arrivals = Arrivals { database: database.name(), case, after_known: Vec::new(), after_unknown: Vec::new() };
    let mut take = |(number, is_known, took): (usize, bool, Duration)| match is_known {
        // Those that begin together find nothing as it is later.
        _ if number < 2 * case.at_once => {}
        true => arrivals.after_known.push(took),
        false => arrivals.after_unknown.push(took),
    };
    for (number, is_known) in order.into_iter().enumerate() {
        let place = Arc::clone(&room).acquire_owned().await?;
        let (client, mail) = (client.clone(), mail.clone());
        // Or those that begin together stay together, and one slow moment counts for many of one kind.
        let pause = HALF_A_SECOND.mul_f64(f64::from(getrandom::u32()?) / f64::from(u32::MAX));
        pairs.spawn(async move {
            tokio::time::sleep(pause).await;
            let took = own_mail(&client, &mail, number).await;
            drop(place);
            took.map(|took| (number, is_known, took))
        });
        while let Some(ended) = pairs.try_join_next() {
            take(ended??);
        }
    }
    while let Some(ended) = pairs.join_next().await {
        take(ended??);
    }
    server.stop().await?;
    Ok(arrivals)
}

/// From one's own request to one's own mail.
async fn own_mail(client: &Client, mail: &MailServer, number: usize) -> Result<Duration> {
    ask(client, &stranger(number)).await?;
    tokio::time::sleep(HALF_A_SECOND).await;
    let arrival = mail.arrival(&own(number));
    let asked = Instant::now();
    ask(client, &own(number)).await?;
    Ok(arrival.await?.saturating_duration_since(asked))
}

async fn ask(client: &Client, email: &str) -> Result<()> {
    client.post("/actions/ask", &[("identifier", email)], None).await?.leading_to("/check-inbox").map(|_| ())
}

/// Known and unknown ones differ in nothing and lie between one another in every index.
fn stranger(number: usize) -> String {
    format!("{:06x}@strangers{}.example", number * 611_953 % 1_000_003, number % DOMAINS)
}

fn own(number: usize) -> String {
    format!("own{number}@own{}.example", number % DOMAINS)
}

async fn import(setup: &Setup, folder: &Path, order: &[bool]) -> Result<()> {
    let mut rows = "email,email_verified\n".to_owned();
    for (number, is_known) in order.iter().enumerate() {
        writeln!(rows, "{},true", own(number))?;
        if *is_known {
            writeln!(rows, "{},true", stranger(number))?;
        }
    }
    let file = folder.join("accounts.csv");
    std::fs::write(&file, rows)?;
    setup.run(&["accounts", "import", &file.display().to_string()]).await
}
