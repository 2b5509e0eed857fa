//! `keyback accounts`: lets an operator manage accounts. Passwords are typed at a prompt or read from standard input,
//! never given on the command line, where other users of the machine can see them.

use std::fs::File;
use std::io::{BufReader, IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use zeroize::Zeroizing;

use super::output::Output;
use super::{Application, Failure};
use crate::accounts::ImportFormat;
use crate::admin::AccountChange;
use crate::model::{
    Account, EmailAddress, Identifier, IdentifierKind, NewAccount, NewPassword, PhoneNumber, Timestamp, Username,
};

#[derive(Subcommand)]
pub(super) enum AccountsVerb {
    /// Add one account.
    Add(AddArguments),
    /// Add the accounts in a file. Invalid rows are reported by line number; the others are added.
    Import {
        /// CSV with a header line, or JSON Lines. Columns: email, email_verified, phone,
        /// phone_verified, username, password_hash, mfa_required, disabled.
        file: PathBuf,
        /// The format of the file, if its name doesn't show it.
        #[arg(long)]
        format: Option<FileFormat>,
    },
    /// List the accounts.
    List {
        /// Print JSON, one line per account.
        #[arg(long)]
        json: bool,
    },
    /// Show one account.
    Show {
        /// Email address, phone number (+…) or username.
        identifier: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Set a password. This ends the account's open resets.
    SetPassword {
        /// Email address, phone number (+…) or username.
        identifier: String,
    },
    /// Change the email address. This ends the account's open resets.
    SetEmail {
        /// Email address, phone number (+…) or username.
        identifier: String,
        /// The new address.
        email: String,
        /// The address is known to belong to the person.
        #[arg(long)]
        verified: bool,
    },
    /// Change the phone number. This ends the account's open resets.
    SetPhone {
        /// Email address, phone number (+…) or username.
        identifier: String,
        /// The new number, in E.164 (+…).
        phone: String,
        /// The number is known to belong to the person.
        #[arg(long)]
        verified: bool,
    },
    /// Allow codes again for an account for which too many wrong codes were entered.
    OpenCodes {
        /// Email address, phone number (+…) or username.
        identifier: String,
    },
    /// Disable sign-in and resets. This ends the account's open resets.
    Disable {
        /// Email address, phone number (+…) or username.
        identifier: String,
    },
    /// Undo `disable`.
    Enable {
        /// Email address, phone number (+…) or username.
        identifier: String,
    },
}

#[derive(Args)]
#[group(id = "identifiers", required = true, multiple = true, args = ["email", "phone", "username"])]
pub(super) struct AddArguments {
    /// The email address.
    #[arg(long)]
    email: Option<String>,
    /// The address is known to belong to the person, so messages may go to it.
    #[arg(long, requires = "email")]
    email_verified: bool,
    /// The phone number in E.164 (+…).
    #[arg(long)]
    phone: Option<String>,
    /// The number is known to belong to the person.
    #[arg(long, requires = "phone")]
    phone_verified: bool,
    /// The username.
    #[arg(long)]
    username: Option<String>,
    /// The app requires a second factor for this account.
    #[arg(long)]
    mfa_required: bool,
    /// Add the account without a password. Its first reset sets one.
    #[arg(long)]
    no_password: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FileFormat {
    Csv,
    Jsonl,
}

#[derive(Serialize)]
struct AccountLine<'a> {
    id: &'a str,
    email: Option<&'a str>,
    email_verified: bool,
    phone: Option<&'a str>,
    phone_verified: bool,
    username: Option<&'a str>,
    has_password: bool,
    password_changed_at: Option<i64>,
    mfa_required: bool,
    disabled: bool,
    created_at: Option<i64>,
}

#[derive(Serialize)]
struct ShownAccount<'a> {
    #[serde(flatten)]
    line: AccountLine<'a>,
    codes_are_closed: bool,
}

pub(super) async fn obey(verb: AccountsVerb, application: Application, output: &mut Output) -> Result<(), Failure> {
    let accounts = &application.accounts;
    match verb {
        AccountsVerb::Add(arguments) => {
            accounts.own()?;
            let password = if arguments.no_password { None } else { Some(read_password()?) };
            let id = accounts.add(new_account(&arguments)?, password).await?;
            output.say(id.as_str())
        }
        AccountsVerb::Import { file, format } => import(&application, &file, format, output).await,
        AccountsVerb::List { json } => list(&application, json, output).await,
        AccountsVerb::Show { identifier, json } => {
            let account = find(&application, &identifier).await?;
            let codes_are_closed = accounts.codes_are_closed(&account.id).await?;
            show(&account, codes_are_closed, json, output)
        }
        AccountsVerb::SetPassword { identifier } => {
            accounts.own()?;
            let account = find(&application, &identifier).await?;
            accounts.set_password(&account.id, read_password()?).await?;
            output.say("The password is set. The account's open resets have ended.")
        }
        AccountsVerb::SetEmail { identifier, email, verified } => {
            let account = find(&application, &identifier).await?;
            let address = EmailAddress::parse(&email).map_err(|error| Failure::wrong(format!("{email}: {error}")))?;
            accounts.change(&account.id, AccountChange::Email { address, verified }).await?;
            output.say("The address is changed. The account's open resets have ended.")
        }
        AccountsVerb::SetPhone { identifier, phone, verified } => {
            let account = find(&application, &identifier).await?;
            let number =
                PhoneNumber::parse(&phone, None).map_err(|error| Failure::wrong(format!("{phone}: {error}")))?;
            accounts.change(&account.id, AccountChange::Phone { number, verified }).await?;
            output.say("The number is changed. The account's open resets have ended.")
        }
        AccountsVerb::OpenCodes { identifier } => {
            let account = find(&application, &identifier).await?;
            accounts.open_codes(&account.id).await?;
            output.say("Codes are allowed for the account again.")
        }
        AccountsVerb::Disable { identifier } => {
            let account = find(&application, &identifier).await?;
            accounts.change(&account.id, AccountChange::Disable).await?;
            output.say("The account is disabled. Its open resets have ended.")
        }
        AccountsVerb::Enable { identifier } => {
            let account = find(&application, &identifier).await?;
            accounts.change(&account.id, AccountChange::Enable).await?;
            output.say("The account is enabled.")
        }
    }
}

fn new_account(arguments: &AddArguments) -> Result<NewAccount, Failure> {
    let wrong = |text: &str, error| Failure::wrong(format!("{text}: {error}"));
    let email = arguments.email.as_deref().map(|text| EmailAddress::parse(text).map_err(|error| wrong(text, error)));
    let phone =
        arguments.phone.as_deref().map(|text| PhoneNumber::parse(text, None).map_err(|error| wrong(text, error)));
    let username = arguments.username.as_deref().map(|text| Username::parse(text).map_err(|error| wrong(text, error)));
    Ok(NewAccount {
        email: email.transpose()?,
        email_verified: arguments.email_verified,
        phone: phone.transpose()?,
        phone_verified: arguments.phone_verified,
        username: username.transpose()?,
        password_hash: None,
        mfa_required: arguments.mfa_required,
        disabled: false,
    })
}

async fn import(
    application: &Application,
    path: &Path,
    format: Option<FileFormat>,
    output: &mut Output,
) -> Result<(), Failure> {
    let by_name = || match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Some(FileFormat::Csv),
        Some("jsonl" | "ndjson") => Some(FileFormat::Jsonl),
        _ => None,
    };
    let format = match format.or_else(by_name) {
        Some(FileFormat::Csv) => ImportFormat::Csv,
        Some(FileFormat::Jsonl) => ImportFormat::JsonLines,
        None => {
            return Err(Failure::wrong("the file name does not show the format: add --format csv or --format jsonl"));
        }
    };
    let file = File::open(path).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
    let bar = ProgressBar::new(file.metadata()?.len());
    bar.set_style(ProgressStyle::with_template("{bar:40} {percent}%  {msg}")?);
    let reader = bar.wrap_read(BufReader::new(file));
    let report = application.accounts.import(format, reader, |rows| bar.set_message(format!("{rows} rows"))).await;
    bar.finish_and_clear();
    let report = report?;
    for (line, error) in &report.refused {
        output.complain(&format!("{}:{line}: {error}", path.display()));
    }
    output.say(&format!("{} accounts added, {} rows refused.", report.added, report.refused.len()))?;
    if report.refused.is_empty() {
        Ok(())
    } else {
        Err(Failure { message: "some rows were not imported: fix them and import the file again".into(), code: 1 })
    }
}

async fn list(application: &Application, json: bool, output: &mut Output) -> Result<(), Failure> {
    const PAGE: u32 = 500;
    let mut after = String::new();
    loop {
        let page = application.accounts.page(&after, PAGE).await?;
        for account in &page.accounts {
            if json {
                output.say_json(&line(account))?;
            } else {
                let name = line(account);
                let name = [name.email, name.phone, name.username].into_iter().flatten().collect::<Vec<_>>().join(", ");
                output.say(&format!("{}  {name}{}", account.id, if account.disabled { "  (disabled)" } else { "" }))?;
            }
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

fn show(account: &Account, codes_are_closed: bool, json: bool, output: &mut Output) -> Result<(), Failure> {
    let line = line(account);
    if json {
        return output.say_json(&ShownAccount { line, codes_are_closed });
    }
    let verified = |value: Option<&str>, fact| match value {
        Some(value) if fact => format!("{value} (verified)"),
        Some(value) => format!("{value} (not verified)"),
        None => "–".to_owned(),
    };
    let yes_or_no = |fact| if fact { "yes" } else { "no" };
    output.say(&format!("id:               {}", line.id))?;
    output.say(&format!("email:            {}", verified(line.email, line.email_verified)))?;
    output.say(&format!("phone:            {}", verified(line.phone, line.phone_verified)))?;
    output.say(&format!("username:         {}", line.username.unwrap_or("–")))?;
    output.say(&format!("has a password:   {}", yes_or_no(line.has_password)))?;
    let changed = account.password_changed_at.map_or_else(|| "never".to_owned(), Timestamp::for_people);
    output.say(&format!("password changed: {changed}"))?;
    output.say(&format!("second factor:    {}", yes_or_no(line.mfa_required)))?;
    let codes = if codes_are_closed { "closed, too many wrong codes" } else { "open" };
    output.say(&format!("codes:            {codes}"))?;
    output.say(&format!("disabled:         {}", yes_or_no(line.disabled)))?;
    match account.created_at {
        Some(created_at) => output.say(&format!("added:            {}", created_at.for_people())),
        None => Ok(()),
    }
}

fn line(account: &Account) -> AccountLine<'_> {
    AccountLine {
        id: account.id.as_str(),
        email: account.email.as_ref().map(EmailAddress::as_str),
        email_verified: account.email_verified,
        phone: account.phone.as_ref().map(PhoneNumber::as_str),
        phone_verified: account.phone_verified,
        username: account.username.as_ref().map(Username::as_str),
        has_password: account.has_password,
        password_changed_at: account.password_changed_at.map(Timestamp::millis),
        mfa_required: account.mfa_required,
        disabled: account.disabled,
        created_at: account.created_at.map(Timestamp::millis),
    }
}

async fn find(application: &Application, text: &str) -> Result<Account, Failure> {
    let account = application.accounts.find(&identifier_of(text)?).await?;
    account.ok_or_else(|| Failure { message: format!("there is no account with the identifier {text}"), code: 1 })
}

/// Reads an address, a number (+…) or a username.
pub(super) fn identifier_of(text: &str) -> Result<Identifier, Failure> {
    let kind = match text.trim() {
        text if text.contains('@') => IdentifierKind::Email,
        text if text.starts_with('+') => IdentifierKind::Phone,
        _ => IdentifierKind::Username,
    };
    Identifier::parse(kind, text).map_err(|error| Failure::wrong(format!("{text}: {error}")))
}

/// Asks twice at a terminal; otherwise reads the first line of standard input.
fn read_password() -> Result<NewPassword, Failure> {
    if !stdin().is_terminal() {
        return typed_password("");
    }
    let first = Zeroizing::new(rpassword::prompt_password("New password: ")?);
    let again = Zeroizing::new(rpassword::prompt_password("Confirm new password: ")?);
    if *first != *again {
        return Err(Failure::wrong("the two passwords differ"));
    }
    NewPassword::parse(first.to_string()).map_err(Failure::wrong)
}

/// Asks once at a terminal; otherwise reads the first line of standard input.
pub(super) fn typed_password(prompt: &str) -> Result<NewPassword, Failure> {
    let text = if stdin().is_terminal() {
        Zeroizing::new(rpassword::prompt_password(prompt)?)
    } else {
        let mut text = Zeroizing::new(String::new());
        stdin().take(4096).read_to_string(&mut text)?;
        Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
    };
    NewPassword::parse(text.to_string()).map_err(Failure::wrong)
}
