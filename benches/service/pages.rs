//! How long pages take: while nothing else happens, and while every core hashes passwords.

use std::time::Duration;

use crate::Result;
use crate::client::Client;
use crate::completing::{OpenForm, send_forms};
use crate::parallel::Queue;

/// Views of each page while the server is idle.
pub const IDLE_VIEWS: usize = 500;

/// Forms that are kept in progress while the server hashes.
pub const COMPLETIONS_AT_ONCE: usize = 200;

/// The pause between two views by one person.
const PAUSE: Duration = Duration::from_millis(2);

/// How long hashing takes to reach full load.
const RAMP: Duration = Duration::from_millis(500);

/// How long views took.
pub struct Views {
    pub ask: Vec<Duration>,
    pub form: Vec<Duration>,
}

/// One person at each page. `session` has the form open.
pub async fn while_idle(client: &Client, session: &str) -> Result<Views> {
    let ask = view(client, "/forgot-password", None, |seen| seen == IDLE_VIEWS).await?;
    let form = view(client, "/reset-password", Some(session), |seen| seen == IDLE_VIEWS).await?;
    Ok(Views { ask, form })
}

/// One person at each page while `forms` are submitted, 200 at a time. Also returns how long the forms took.
pub async fn while_hashing(client: &Client, session: &str, forms: Vec<OpenForm>) -> Result<(Views, Vec<Duration>)> {
    let queue = Queue::new(forms);
    let hashing = send_forms(client, &queue, COMPLETIONS_AT_ONCE);
    let views = async {
        tokio::time::sleep(RAMP).await;
        // Until the last form is taken, there are always that many in progress.
        let (ask, form) = tokio::try_join!(
            view(client, "/forgot-password", None, |_| queue.is_empty()),
            view(client, "/reset-password", Some(session), |_| queue.is_empty()),
        )?;
        Ok(Views { ask, form })
    };
    let (times, views) = tokio::try_join!(hashing, views)?;
    Ok((views, times))
}

async fn view(
    client: &Client,
    path: &str,
    session: Option<&str>,
    enough: impl Fn(usize) -> bool,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while !enough(times.len()) {
        let answer = client.get(path, session).await?;
        if answer.status != 200 {
            return Err(format!("{path} answers {}", answer.status).into());
        }
        times.push(answer.took);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(times)
}
