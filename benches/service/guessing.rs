//! Wrong codes: how many per second, and whether their time reveals who has an account (SECURITY.md, requirements 2 and
//! 29).

use std::path::Path;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::parallel::{Queue, work_off};
use crate::{Result, asking, mailbox};

/// Challenges whose codes are guessed, of known and of unknown addresses each.
pub const CHALLENGES: usize = 150;

/// Guesses at each of them, one by one. The last try that a code allows is left to the parallel part.
pub const ONE_BY_ONE: usize = 4;

/// Connections of the parallel part.
pub const CONNECTIONS: usize = 16;

/// How long wrong codes took.
#[derive(Default)]
pub struct Guesses {
    pub known: Vec<Duration>,
    pub unknown: Vec<Duration>,
    pub per_second: f64,
}

/// Requests every challenge, waits until the mail of the known ones is written, guesses, and deletes the mail.
pub async fn guess(client: &Client, mail: &Path) -> Result<Guesses> {
    let mut sessions = Vec::new();
    for is_known in asking::shuffled(CHALLENGES) {
        let number = asking::KNOWN + sessions.len();
        let address = if is_known { asking::known(number) } else { asking::unknown(number) };
        let asked = client.post("/actions/ask", &[("identifier", &address)], None).await?;
        sessions.push((is_known, asked.leading_to("/check-inbox")?.cookie.ok_or("no session")?));
    }
    mailbox::wait_for(mail, CHALLENGES).await?;
    let mut guesses = Guesses::default();
    for _ in 0..ONE_BY_ONE {
        for (is_known, cookie) in &sessions {
            let times = if *is_known { &mut guesses.known } else { &mut guesses.unknown };
            times.push(wrong_code(client, cookie).await?);
        }
    }
    let cookies = sessions.into_iter().map(|(_, cookie)| cookie).collect();
    let start = Instant::now();
    let done = work_off(&Queue::new(cookies), CONNECTIONS, |cookie| {
        let client = client.clone();
        async move { wrong_code(&client, &cookie).await }
    })
    .await?;
    guesses.per_second = done.len() as f64 / start.elapsed().as_secs_f64();
    mailbox::clear(mail)?;
    Ok(guesses)
}

/// Always wrong: six digits, while a code in an email has eight.
pub async fn wrong_code(client: &Client, cookie: &str) -> Result<Duration> {
    let answer = client.post("/actions/check-code", &[("code", "000000")], Some(cookie)).await?;
    Ok(answer.leading_to("/code")?.took)
}
