//! New passwords: sessions are prepared up to the form, then the forms are sent.

use std::time::{Duration, Instant};

use crate::Result;
use crate::client::Client;
use crate::parallel::{Queue, work_off};

/// Completions that are counted.
pub const COUNTED: usize = 400;

/// Forms that are under way at once while they are counted.
pub const CONNECTIONS: usize = 32;

/// Links that are opened at once.
const LINKS_AT_ONCE: usize = 16;

const PASSWORD: &str = "walnut river lantern";

/// Opens the links, each in a browser of its own, and goes on to the form; gives the cookies.
pub async fn prepare(client: &Client, links: Vec<String>) -> Result<Vec<String>> {
    work_off(&Queue::new(links), LINKS_AT_ONCE, |link| {
        let client = client.clone();
        async move {
            let opened = client.get(&link, None).await?;
            let target = opened.location.ok_or("a link leads nowhere")?;
            let arrived = client.get(client.path_of(&target), None).await?.leading_to("/reset-password")?;
            Ok(arrived.cookie.ok_or("a granted session has no cookie")?)
        }
    })
    .await
}

/// How fast new passwords were set.
pub struct Completions {
    pub per_second: f64,
    pub times: Vec<Duration>,
}

/// Sends the forms of all these sessions.
pub async fn complete(client: &Client, sessions: Vec<String>) -> Result<Completions> {
    let start = Instant::now();
    let times = send_forms(client, &Queue::new(sessions), CONNECTIONS).await?;
    Ok(Completions { per_second: times.len() as f64 / start.elapsed().as_secs_f64(), times })
}

/// Sends forms, `at_once` at a time, until there is no session left.
pub async fn send_forms(client: &Client, sessions: &Queue<String>, at_once: usize) -> Result<Vec<Duration>> {
    work_off(sessions, at_once, |session| {
        let client = client.clone();
        async move {
            let fields = [("new_password", PASSWORD), ("new_password_again", PASSWORD)];
            let answer = client.post("/actions/set-password", &fields, Some(&session)).await?;
            Ok(answer.leading_to("/done")?.took)
        }
    })
    .await
}
