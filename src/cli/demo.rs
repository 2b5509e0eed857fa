//! `keyback demo`: the whole service on one machine, to try it out. The database is a file in a temporary folder and
//! starts empty each time; messages are captured and shown at `/dev/inbox`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use clap::Args;

use super::output::Output;
use super::{Application, Failure, serve, stop_signal};
use crate::clock::Clock;
use crate::config::{Config, Environment, MailUrl, SmsProvider};
use crate::delivery::{MailTransport, TextTransport};
use crate::demo::{DEMO_PASSWORD, DemoAccount, DemoState};
use crate::model::{EmailAddress, NewAccount, NewPassword, Page, PhoneNumber, Username};

#[derive(Args)]
pub(super) struct DemoArguments {
    /// The port to listen on. Only this machine can connect.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Set passwords in the users table of the app in this database, instead of in the demo's own.
    #[arg(long, value_name = "URL", requires = "app_preset")]
    app_database: Option<String>,
    /// How that app keeps its users: the name of a preset.
    #[arg(long, value_name = "PRESET", requires = "app_database")]
    app_preset: Option<String>,
    /// Where people sign in to that app.
    #[arg(long, value_name = "URL", requires = "app_database")]
    app_sign_in: Option<String>,
}

/// Addresses in a reserved domain (RFC 2606), and a number that is reserved for fiction.
const ACCOUNTS: [DemoAccount; 3] = [
    DemoAccount { email: "jane@example.com", username: "jane", verified: true, phone: None },
    DemoAccount { email: "amir@example.com", username: "amir", verified: true, phone: Some("+12025550123") },
    DemoAccount { email: "nora@example.com", username: "nora", verified: false, phone: None },
];

pub(super) async fn demo(arguments: DemoArguments, output: &mut Output) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("keyback-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let served = run(arguments, &folder, output).await;
    let _a_later_clean_up_of_temporary_files_will_do = std::fs::remove_dir_all(&folder);
    served
}

async fn run(arguments: DemoArguments, folder: &Path, output: &mut Output) -> Result<(), Failure> {
    let origin = format!("http://localhost:{}", arguments.port);
    let stop = stop_signal()?;
    let mut application = Application::start(config(&origin, &arguments, folder)?, Clock::System).await?;
    if arguments.app_database.is_none() {
        for account in &ACCOUNTS {
            add(&application, account).await?;
        }
    }
    let MailTransport::Memory(inbox) = application.transport.clone() else {
        return Err(Failure::wrong("the demo must capture its mail, but another mail transport is set"));
    };
    // One inbox for both kinds of message.
    application.texts = Some(TextTransport::Memory(inbox.clone()));
    let pages = crate::demo::routes(DemoState { inbox, sign_in: application.sign_in.clone(), accounts: &ACCOUNTS });
    let phones = ACCOUNTS.iter().filter_map(|account| account.phone);
    let names: Vec<&str> = ACCOUNTS.iter().map(|account| account.email).chain(phones).chain(["amir"]).collect();
    let names = names.join(", ");
    let sign_in = arguments.app_sign_in.clone().unwrap_or_else(|| format!("{origin}/dev/sign-in"));
    let names = if arguments.app_database.is_some() { "an address of your app".to_owned() } else { names };
    let greet = |_| {
        vec![
            format!("Request a reset:       {origin}{}  (as {names})", Page::ForgotPassword.path()),
            format!("Read the messages:     {origin}/dev/inbox"),
            format!("Try the new password:  {sign_in}"),
        ]
    };
    serve(application, stop, pages, greet, output).await
}

fn config(origin: &str, arguments: &DemoArguments, folder: &Path) -> Result<Config, Failure> {
    let sign_in = arguments.app_sign_in.clone().unwrap_or_else(|| format!("{origin}/dev/sign-in"));
    let database = format!("sqlite:{}", folder.join("keyback.db").display());
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port)).to_string();
    let mut settings = BTreeMap::from(
        [
            ("KEYBACK_SERVER__PUBLIC_URL", origin),
            ("KEYBACK_SERVER__LISTEN", &listen),
            ("KEYBACK_DATABASE__URL", &database),
            ("KEYBACK_MAIL__URL", "file:unused"),
            ("KEYBACK_MAIL__FROM", "Keyback demo <no-reply@example.com>"),
            ("KEYBACK_SMS__PROVIDER", "file"),
            ("KEYBACK_SMS__FILE_DIRECTORY", "unused"),
            ("KEYBACK_SMS__ALLOWED_COUNTRIES", "US"),
            ("KEYBACK_SMS__DEFAULT_COUNTRY", "US"),
            ("KEYBACK_API__MCP_PASSWORD_TOOLS", "true"),
            ("KEYBACK_REDIRECTS__RETURN_TO", &sign_in),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let app = [("URL", &arguments.app_database), ("PRESET", &arguments.app_preset)];
    for (name, value) in app.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))) {
        settings.insert(format!("KEYBACK_DIRECTORY__{name}"), value);
    }
    let mut config = Config::load(None, &Environment::from(settings)).map_err(Failure::wrong)?;
    config.mail.url = MailUrl::Memory;
    config.sms.provider = Some(SmsProvider::Memory);
    Ok(config)
}

async fn add(application: &Application, account: &DemoAccount) -> Result<(), Failure> {
    let new = NewAccount {
        email: Some(EmailAddress::parse(account.email)?),
        email_verified: account.verified,
        phone: account.phone.map(|number| PhoneNumber::parse(number, None)).transpose()?,
        phone_verified: account.phone.is_some(),
        username: Some(Username::parse(account.username)?),
        password_hash: None,
        mfa_required: false,
        disabled: false,
    };
    application.accounts.add(new, Some(NewPassword::parse(DEMO_PASSWORD.to_owned())?)).await?;
    Ok(())
}
