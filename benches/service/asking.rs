//! Requests for a reset: how many per second, and whether their time reveals who has an account (SECURITY.md,
//! requirement 2).

use std::time::{Duration, Instant};

use crate::Result;
use crate::client::Client;
use crate::parallel::{Queue, work_off};

/// Requests one after the other, for known and for unknown addresses each.
pub const ONE_BY_ONE: usize = 600;

/// Parallel requests, half of them for known addresses.
pub const IN_PARALLEL: usize = 1200;

/// Connections of the parallel part.
pub const CONNECTIONS: usize = 16;

/// Requests before the measurement begins.
const WARM_UP: usize = 50;

/// Known addresses that this module uses up: because of the cooldown, each is used once.
pub const KNOWN: usize = ONE_BY_ONE + IN_PARALLEL / 2;

/// The address of a known account.
pub fn known(number: usize) -> String {
    format!("known-{number}@example.org")
}

/// An address that nobody has.
pub fn unknown(number: usize) -> String {
    format!("other-{number}@example.org")
}

/// How long requests took, by their own address, and by the address of the preceding request.
#[derive(Default)]
pub struct OneByOne {
    pub known: Vec<Duration>,
    pub unknown: Vec<Duration>,
    pub after_known: Vec<Duration>,
    pub after_unknown: Vec<Duration>,
}

/// Known and unknown addresses in an irregular order. If they strictly alternated, all requests for unknown addresses
/// would run while the server writes the mail of the preceding known one.
pub async fn one_by_one(client: &Client) -> Result<OneByOne> {
    for number in 0..WARM_UP {
        ask(client, &format!("warm-{number}@example.org")).await?;
    }
    let mut times = OneByOne::default();
    let (mut known_asked, mut unknown_asked, mut before) = (0, 0, false);
    for is_known in shuffled(ONE_BY_ONE) {
        let took = if is_known {
            known_asked += 1;
            ask(client, &known(known_asked - 1)).await?
        } else {
            unknown_asked += 1;
            ask(client, &unknown(unknown_asked - 1)).await?
        };
        let by_itself = if is_known { &mut times.known } else { &mut times.unknown };
        by_itself.push(took);
        let by_the_one_before = if before { &mut times.after_known } else { &mut times.after_unknown };
        by_the_one_before.push(took);
        before = is_known;
    }
    Ok(times)
}

/// Accepted requests per second, half of them for known addresses.
pub async fn in_parallel(client: &Client) -> Result<f64> {
    let addresses = (0..IN_PARALLEL / 2).flat_map(|n| [known(ONE_BY_ONE + n), unknown(ONE_BY_ONE + n)]).collect();
    accepted_per_second(client, addresses).await
}

/// Accepted requests per second.
pub async fn accepted_per_second(client: &Client, addresses: Vec<String>) -> Result<f64> {
    let start = Instant::now();
    let answers = work_off(&Queue::new(addresses), CONNECTIONS, |address| {
        let client = client.clone();
        async move { ask(&client, &address).await }
    })
    .await?;
    Ok(answers.len() as f64 / start.elapsed().as_secs_f64())
}

async fn ask(client: &Client, email: &str) -> Result<Duration> {
    Ok(client.post("/actions/ask", &[("identifier", email)], None).await?.leading_to("/check-inbox")?.took)
}

/// `count` times true and `count` times false, in a shuffled order that is the same in every run (Fisher-Yates with
/// xorshift).
pub fn shuffled(count: usize) -> Vec<bool> {
    let mut order: Vec<bool> = (0..2 * count).map(|number| number < count).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for upper in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(upper, (state % (upper as u64 + 1)) as usize);
    }
    order
}
