//! New passwords: sessions are prepared up to the form, then the forms are submitted.

use std::time::{Duration, Instant};

use keyback::model::AccessToken;

use crate::Result;
use crate::client::Client;
use crate::parallel::{Queue, work_off};

/// Completions that are measured.
pub const COUNTED: usize = 400;

/// Forms that are submitted in parallel while they are measured.
pub const CONNECTIONS: usize = 32;

/// Links that are opened in parallel.
const LINKS_AT_ONCE: usize = 16;

const PASSWORD: &str = "walnut river lantern";

/// A form that is open in a separate browser.
pub struct OpenForm {
    pub cookie: String,
    /// The value of the hidden field in the form.
    name: String,
}

/// Opens the links, each in a separate browser, and continues to the form.
pub async fn prepare(client: &Client, links: Vec<String>) -> Result<Vec<OpenForm>> {
    work_off(&Queue::new(links), LINKS_AT_ONCE, |link| {
        let client = client.clone();
        async move {
            let opened = client.get(&link, None).await?;
            let target = opened.location.ok_or("a link leads nowhere")?;
            let arrived = client.get(client.path_of(&target), None).await?.leading_to("/reset-password")?;
            let cookie = arrived.cookie.ok_or("a granted session has no cookie")?;
            let token = target.split("access_token=").nth(1).and_then(|rest| rest.split('&').next());
            let token = AccessToken::parse(token.ok_or("a link brings no token")?)?;
            Ok(OpenForm { cookie, name: token.hash().fingerprint() })
        }
    })
    .await
}

/// How fast new passwords were set.
pub struct Completions {
    pub per_second: f64,
    pub times: Vec<Duration>,
}

/// Submits all these forms.
pub async fn complete(client: &Client, forms: Vec<OpenForm>) -> Result<Completions> {
    let start = Instant::now();
    let times = send_forms(client, &Queue::new(forms), CONNECTIONS).await?;
    Ok(Completions { per_second: times.len() as f64 / start.elapsed().as_secs_f64(), times })
}

/// Submits forms, `at_once` in parallel, until none is left.
pub async fn send_forms(client: &Client, forms: &Queue<OpenForm>, at_once: usize) -> Result<Vec<Duration>> {
    work_off(forms, at_once, |form| {
        let client = client.clone();
        async move {
            let fields = [("form", form.name.as_str()), ("new_password", PASSWORD), ("new_password_again", PASSWORD)];
            let answer = client.post("/actions/set-password", &fields, Some(&form.cookie)).await?;
            Ok(answer.leading_to("/done")?.took)
        }
    })
    .await
}
