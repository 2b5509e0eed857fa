//! What Keyback sees of one person, whether a password is theirs, and what a reset would do.

use super::{DirectoryFlags, Failure, Subject, fault_of, words};
use crate::accounts::{LockError, Rehearsal, Verdict, describe};
use crate::cli::accounts::{identifier_of, typed_password};
use crate::cli::output::Output;
use crate::config::MatchRule;
use crate::model::{Account, EmailAddress, Identifier, PhoneNumber};
use crate::store::AppFault;

pub(super) async fn check(
    subject: &Subject<'_>,
    flags: &DirectoryFlags,
    text: &str,
    output: &mut Output,
    problems: &mut Vec<String>,
) -> Result<(), Failure> {
    let identifier = identifier_of(text)?;
    let found = subject.accounts.everybody_with(&identifier).await?;
    let [(account, stored)] = found.as_slice() else {
        problems.push(nobody_or_several(subject, &identifier, &found));
        return Ok(());
    };
    output.say(&line(account, stored.as_deref()))?;
    if account.signs_in_elsewhere {
        problems.push(format!(
            "directory: id {} has no password of its own: signs in by LDAP/SSO; directory.without_password = \"set\" gives \
             one",
            account.id
        ));
        return Ok(());
    }
    if flags.password {
        verify(subject, account, stored.clone(), output, problems).await?;
    }
    if flags.rehearse {
        rehearse(subject, account, output, problems).await?;
    }
    Ok(())
}

fn nobody_or_several(subject: &Subject<'_>, identifier: &Identifier, found: &[(Account, Option<String>)]) -> String {
    let (kind, masked) = match identifier {
        Identifier::Email(address) => ("address", address.masked()),
        Identifier::Phone(number) => ("number", number.masked()),
        Identifier::Username(_) => ("username", "that".to_owned()),
    };
    if found.is_empty() {
        let is_exact = subject.config.mapping.email.as_ref().is_some_and(|email| email.rule == MatchRule::Exact);
        let case = match identifier {
            Identifier::Email(_) if is_exact => {
                ". If the app stores letters in upper case, set directory.email_match = \"lower\" or \"collation\""
            }
            Identifier::Email(_) | Identifier::Phone(_) | Identifier::Username(_) => "",
        };
        return format!(
            "directory: no row has the {kind} {masked}. Check the spelling, and directory.filter if it is set{case}"
        );
    }
    let ids: Vec<&str> = found.iter().map(|(account, _)| account.id.as_str()).collect();
    format!(
        "directory: {} rows have the {kind} {masked} (ids {}). Keyback cannot choose: people ask with their username, or set \
         directory.filter",
        ids.len(),
        ids.join(", ")
    )
}

/// `directory: one person: id 4711, j•••@e•••.org, verified, active, password: bcrypt $2y$ cost 12`
fn line(account: &Account, stored: Option<&str>) -> String {
    let verified = |is_verified: bool| if is_verified { "verified" } else { "not verified: gets no message there" };
    let email = account.email.as_ref().map(|email: &EmailAddress| email.masked());
    let email = email.map(|masked| format!("{masked}, {}", verified(account.email_verified)));
    let phone = account.phone.as_ref().map(|phone: &PhoneNumber| phone.masked());
    let phone = phone.map(|masked| format!("{masked}, {}", verified(account.phone_verified)));
    let contact =
        if email.is_none() && phone.is_none() { Some("no address that can be read".to_owned()) } else { None };
    let active = if account.disabled { "not active: gets no message" } else { "active" };
    let password = format!("password: {}", stored.map_or_else(|| "none".to_owned(), describe));
    let parts = [Some(format!("id {}", account.id)), email, phone, contact, Some(active.to_owned()), Some(password)];
    format!("directory: one person: {}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

async fn verify(
    subject: &Subject<'_>,
    account: &Account,
    stored: Option<String>,
    output: &mut Output,
    problems: &mut Vec<String>,
) -> Result<(), Failure> {
    let password = typed_password("Current password of that person (nothing is written): ")?;
    if subject.accounts.verify(password, stored).await? == Verdict::Wrong {
        problems.push(wrong_password(subject, account));
        return Ok(());
    }
    output.say("directory: the password is right: format, pepper and spelling are proven")
}

fn wrong_password(subject: &Subject<'_>, account: &Account) -> String {
    let cause = match (subject.config.recipe.hash.as_str(), subject.config.preset.as_str()) {
        (_, "devise") => "devise: directory.pepper_file, if config.pepper is set in the app",
        ("flask-security", _) => "flask-security: SECURITY_PASSWORD_SALT in directory.pepper_file",
        ("moodle", _) => "moodle: the newest of passwordpeppers in directory.pepper_file",
        ("wordpress", _) => "wordpress: a plugin may hash in its own way",
        ("bcrypt" | "argon2id", _) => "directory.pepper_file, or normalise= in directory.hash_options",
        _ => "normalise= in directory.hash_options",
    };
    format!(
        "directory: the password is not right for id {}. If it was typed as in the app and the form fits, it is the pepper or \
         another spelling: {cause}",
        account.id
    )
}

async fn rehearse(
    subject: &Subject<'_>,
    account: &Account,
    output: &mut Output,
    problems: &mut Vec<String>,
) -> Result<(), Failure> {
    for entry in subject.access.iter().flat_map(|access| &access.tables) {
        if let Some(engine) = subject.table.engine_without_rollback(&entry.table).await? {
            let table = entry.table.written();
            problems.push(format!(
                "directory: nothing was tried: {table} is a table of the engine {engine}, which cannot roll back. ALTER TABLE \
                 {table} ENGINE = InnoDB"
            ));
            return Ok(());
        }
    }
    match subject.accounts.rehearse(&account.id).await {
        Ok(Rehearsal::AsWritten { followed }) => output.say(&rehearsed(subject, &followed)),
        Ok(Rehearsal::Changed { written, stored, is_cut }) => {
            problems.push(changed(subject, written, stored, is_cut).await?);
            Ok(())
        }
        Ok(Rehearsal::Missed) => {
            problems.push(format!(
                "directory: id {} was not written: its row is not found by directory.where, or was changed meanwhile. Try \
                 again, or set directory.where",
                account.id
            ));
            Ok(())
        }
        Err(LockError::Hash(error)) => Err(error.into()),
        Err(LockError::Store(error)) => {
            problems.push(match fault_of(error)? {
                AppFault::ReadOnly => words::read_only(subject.config, subject.server.is_replica),
                AppFault::TooLong => {
                    let column = subject.password_column();
                    format!("directory.hash: {column} is too short for the hash. Make the column longer")
                }
                fault => format!("directory: the write was refused: {}", words::in_words(&fault)),
            });
            Ok(())
        }
    }
}

/// What a reset would change.
fn rehearsed(subject: &Subject<'_>, followed: &[u64]) -> String {
    let mut line = "directory: a write was tried and rolled back: 1 row, read back as written".to_owned();
    for (part, rows) in subject.config.mapping.then.iter().zip(followed) {
        let table = part.touches_as_statement().changed.map(|(_, table)| table.written());
        let word = if *rows == 1 { "row" } else { "rows" };
        line.push_str(&format!("; {rows} {word} of {} would go or change", table.unwrap_or_else(|| part.written())));
    }
    line
}

async fn changed(subject: &Subject<'_>, written: usize, stored: usize, is_cut: bool) -> Result<String, Failure> {
    let column = subject.password_column();
    if is_cut {
        return Ok(format!(
            "directory.hash: {column} holds {stored} characters, the hash has {written}: it was cut. Make the column longer"
        ));
    }
    let triggers = match subject.written_table() {
        Some(table) => subject.table.triggers(&table).await?,
        None => Vec::new(),
    };
    let cause = match triggers.is_empty() {
        true => format!("a trigger or directory.set changes {column}"),
        false => format!("a trigger ({}) changes {column} itself", triggers.join(", ")),
    };
    Ok(format!(
        "directory: what was written was not what is there afterwards: {cause}. If it hashes, set directory.hash = \"plain\", \
         so that the database hashes"
    ))
}
