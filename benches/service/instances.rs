//! One and two instances on the same PostgreSQL: accepted requests per second, with the requests of the client
//! distributed over both.

use keyback::clock::Clock;

use crate::client::Client;
use crate::database::Database;
use crate::population::Population;
use crate::server::{Server, Setup};
use crate::{Result, asking, mailbox};

/// Addresses in each measurement, half of them known.
pub const ADDRESSES: usize = 1600;

/// Known addresses that one measurement uses up.
const KNOWN: usize = ADDRESSES / 2;

/// How often each case is measured, in turn.
pub const ROUNDS: usize = 3;

/// Accepted requests per second, one figure per round.
#[derive(Default)]
pub struct Comparison {
    pub by_one: Vec<f64>,
    pub by_two: Vec<f64>,
}

/// Measures both cases. The database is removed afterwards, even after a failure.
pub async fn run(database: Database) -> Result<Comparison> {
    let comparison = compare(&database).await;
    let removed = database.remove().await;
    let comparison = comparison?;
    removed?;
    Ok(comparison)
}

async fn compare(database: &Database) -> Result<Comparison> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), database.settings(folder.path())?)?;
    setup.run(&["migrate"]).await?;
    let known = 2 * ROUNDS * KNOWN;
    let now = Clock::System.now().millis();
    let population = Population { accounts: known as u64, open_challenges: known as u64, now };
    database.populate(folder.path(), population).await?;
    let other = setup.another_instance()?;
    let (one, _) = setup.start().await?;
    let (two, _) = other.start().await?;
    let by_one = Client::new(setup.base())?;
    let by_two = Client::of_instances(setup.base(), vec![setup.base().to_owned(), other.base().to_owned()])?;

    let mut comparison = Comparison::default();
    let mail = folder.path().join("mail");
    for round in 0..ROUNDS {
        comparison.by_one.push(measure(&by_one, 2 * round).await?);
        mailbox::wait_for(&mail, (2 * round + 1) * KNOWN).await?;
        comparison.by_two.push(measure(&by_two, 2 * round + 1).await?);
        mailbox::wait_for(&mail, (2 * round + 2) * KNOWN).await?;
    }
    stop([one, two]).await?;
    Ok(comparison)
}

async fn measure(client: &Client, number: usize) -> Result<f64> {
    let addresses = (number * KNOWN..(number + 1) * KNOWN)
        .flat_map(|number| [format!("account-{}@example.org", number + 1), asking::unknown(number)])
        .collect();
    asking::accepted_per_second(client, addresses).await
}

async fn stop(servers: [Server; 2]) -> Result<()> {
    for server in servers {
        server.stop().await?;
    }
    Ok(())
}
