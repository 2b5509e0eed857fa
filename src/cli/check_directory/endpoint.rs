//! What `keyback check` finds out about an app behind HTTP.

use super::{DirectoryFlags, Failure};
use crate::accounts::AppHttp;
use crate::cli::accounts::{identifier_of, typed_password};
use crate::cli::output::Output;
use crate::model::EmailAddress;

pub(super) async fn check(app: &AppHttp, flags: &DirectoryFlags, output: &mut Output) -> Result<(), Failure> {
    for (is_set, flag) in [(flags.rehearse, "--rehearse"), (flags.duplicates, "--duplicates")] {
        if is_set {
            return Err(Failure::wrong(format!("{flag} is for a table, and directory.kind is \"http\"")));
        }
    }
    app.answers().await.map_err(Failure::wrong)?;
    output.say("directory: ok: the endpoint answers, and both signatures are right")?;
    let Some(identifier) = &flags.user else { return Ok(()) };
    let Some(account) = app.find(&identifier_of(identifier)?).await.map_err(Failure::wrong)? else {
        return Err(Failure::wrong("directory: the endpoint has no account with that identifier"));
    };
    let email = account.email.as_ref().map_or_else(|| "no address".to_owned(), EmailAddress::masked);
    let word = |is_true: bool, one: &'static str, other: &'static str| if is_true { one } else { other };
    output.say(&format!(
        "directory: one person: id {}, {email}, {}, {}, {}",
        account.id,
        word(account.email_verified, "verified", "not verified: gets no message there"),
        word(account.disabled, "not active: gets no message", "active"),
        word(account.has_password, "has a password", "has no password: gets no message"),
    ))?;
    if !flags.password {
        return Ok(());
    }
    let password = typed_password("Current password of that person (nothing is written): ")?;
    match app.verify(&account.id, &password).await.map_err(Failure::wrong)? {
        true => output.say("directory: the password is right"),
        false => Err(Failure::wrong(format!("directory: the password is not right for id {}", account.id))),
    }
}
