//! Whether the arrival of the attacker's own mail reveals who has an account (SECURITY.md, requirement 1): the attacker
//! asks for a stranger, half a second later for themselves, and measures the time until their own mail arrives. Mail
//! servers of different speeds, short and long queues. `cargo xtask bench -- arrival 10000` sets the number of samples
//! after known and after unknown strangers each without a queue; long queues get half of that. `--case=2s-queue` runs
//! one case: the time that the mail server takes, and `-queue` for a long one.

use std::fmt::{self, Write};
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

/// The default number of samples after known and after unknown strangers each.
const SAMPLES: usize = 500;

/// The time between the two requests.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// Domains of either side, because one domain has only a share of the connections.
const DOMAINS: usize = 16;

/// The conditions of a measurement.
#[derive(Clone, Copy)]
pub struct Case {
    /// How long the mail server takes over a message.
    pub delay: Duration,
    /// `mail.connections`.
    connections: usize,
    /// Pairs of requests in progress at a time.
    at_once: usize,
    /// The divisor of the number of samples, because long queues take long.
    part: usize,
    /// Whether messages wait for each other.
    pub is_long: bool,
}

impl Case {
    /// So few in parallel that a connection is always free.
    const fn short(millis: u64, at_once: usize) -> Self {
        Self { delay: Duration::from_millis(millis), connections: 100, at_once, part: 1, is_long: false }
    }

    /// So many that they spend most of the time waiting for a connection.
    const fn long(millis: u64, connections: usize, at_once: usize) -> Self {
        Self { delay: Duration::from_millis(millis), connections, at_once, part: 2, is_long: true }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}s{}", self.delay.as_secs_f64(), if self.is_long { "-queue" } else { "" })
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

/// The result of one case.
pub struct Arrivals {
    pub database: String,
    pub case: Case,
    pub after_known: Vec<Duration>,
    pub after_unknown: Vec<Duration>,
    /// Pairs that the server refused because it was busy. They are in neither list.
    pub refused: usize,
}

impl Arrivals {
    /// Above one half: it takes longer after known strangers.
    pub fn auc(&self) -> f64 {
        auc(&self.after_known, &self.after_unknown)
    }

    pub fn medians(&self) -> (Duration, Duration) {
        (median(&self.after_known), median(&self.after_unknown))
    }
}

/// Runs every case that is wanted on a separate database. `report` is called as soon as one is over.
pub async fn run(database: impl AsyncFn() -> Result<Database>, report: impl Fn(&Arrivals)) -> Result<()> {
    let wanted: Vec<_> =
        std::env::args().filter_map(|argument| argument.strip_prefix("--case=").map(str::to_owned)).collect();
    for case in CASES.into_iter().filter(|case| wanted.is_empty() || wanted.contains(&case.to_string())) {
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
    let mut arrivals =
        Arrivals { database: database.name(), case, after_known: Vec::new(), after_unknown: Vec::new(), refused: 0 };
    let mut take = |(number, is_known, took): (usize, bool, Option<Duration>)| match took {
        // The first ones find other conditions than all later ones.
        _ if number < 2 * case.at_once => {}
        None => arrivals.refused += 1,
        Some(took) if is_known => arrivals.after_known.push(took),
        Some(took) => arrivals.after_unknown.push(took),
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

/// The time from the attacker's own request to their own mail. `None` if the server was too busy for one of the two.
async fn own_mail(client: &Client, mail: &MailServer, number: usize) -> Result<Option<Duration>> {
    if !is_accepted(client, &stranger(number)).await? {
        return Ok(None);
    }
    tokio::time::sleep(HALF_A_SECOND).await;
    let arrival = mail.arrival(&own(number));
    let asked = Instant::now();
    if !is_accepted(client, &own(number)).await? {
        return Ok(None);
    }
    Ok(Some(arrival.await?.saturating_duration_since(asked)))
}

async fn is_accepted(client: &Client, email: &str) -> Result<bool> {
    let answer = client.post("/actions/ask", &[("identifier", email)], None).await?;
    if answer.status == 503 {
        return Ok(false);
    }
    answer.leading_to("/check-inbox").map(|_| true)
}

/// Known and unknown strangers differ in nothing else and alternate in every index.
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
