//! Step 2 from outside: what happens to a message when the mail server works, and when it does not (SECURITY.md,
//! requirements 3, 65, 66 and 67).

mod content;
mod lanes;
mod leases;
mod retries;
mod sign_in;
mod starttls;

use crate::support::{PUBLIC_URL, ReceivedMail, TestApp};

/// Opens the link of a mail in a browser of its own: it must lead on with an access token.
async fn the_link_works(app: &TestApp, mail: &ReceivedMail) {
    let answer = app.browser().get(&format!("/verify?key={}&action=reset-pwd", mail.link_key())).await;
    assert!(answer.location().starts_with(&format!("{PUBLIC_URL}/auth-redirect?access_token=at-")), "{answer:?}");
}

/// Why the messages that are still to be sent did not go yet.
async fn reasons(app: &TestApp) -> Vec<String> {
    app.database.texts("SELECT COALESCE(reason, '') FROM outbox WHERE finished_at IS NULL").await
}
