//! `keyback check`: checks that everything `serve` needs works, and if not, says what to do about it.

use clap::Args;

use super::check_directory::{DirectoryFlags, check_directory, print_grants};
use super::output::Output;
use super::{Application, Failure};
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::{Refusal, RenderedText, TextTransport, WebhookTransport};
use crate::model::{MessageId, PhoneNumber, Timestamp};

#[derive(Args)]
pub(super) struct CheckArguments {
    /// Send a test message to this number. The provider charges for it like for any text message.
    #[arg(long, value_name = "NUMBER")]
    sms: Option<String>,
    /// Send an event of the type `keyback.check` to the webhook endpoint.
    #[arg(long)]
    webhook: bool,
    #[command(flatten)]
    directory: DirectoryFlags,
}

/// The configuration is already loaded; this checks the rest.
pub(super) async fn check(arguments: CheckArguments, config: Config, output: &mut Output) -> Result<(), Failure> {
    if arguments.directory.wants_grants() {
        return print_grants(&config, output).await;
    }
    output.say("configuration: ok")?;
    let application = Application::start(config, Clock::System).await?;
    output.say("database: ok")?;
    application.transport.check().await.map_err(|error| {
        Failure::wrong(format!(
            "mail.url: {error}. Check host, port, user name and password; a server without TLS needs ?tls=opportunistic, \
             or ?tls=none on this machine"
        ))
    })?;
    output.say("mail: ok")?;
    check_directory(&arguments.directory, &application, output).await?;
    check_texts(&application, arguments.sms, output).await?;
    check_webhooks(&application, arguments.webhook, output).await
}

async fn check_texts(application: &Application, number: Option<String>, output: &mut Output) -> Result<(), Failure> {
    if application.texts.is_some() {
        tell_of_the_day(application, output).await?;
    }
    match (&application.texts, number) {
        (Some(texts), Some(number)) => {
            send_test(texts, &number, &application.config).await?;
            match texts {
                TextTransport::Directory(folder) => {
                    output.say(&format!("sms: ok: the message was written to a file in {}", folder.display()))
                }
                texts => {
                    output.say(&format!("sms: ok: {} accepted the message; it should arrive shortly", texts.name()))
                }
            }
        }
        (Some(texts), None) => {
            output.say(&format!("sms: configured ({}), not tested: add --sms NUMBER to send a message", texts.name()))
        }
        (None, Some(_)) => Err(Failure::wrong("sms: off: set sms.provider first")),
        (None, None) => output.say("sms: off"),
    }
}

async fn check_webhooks(application: &Application, send: bool, output: &mut Output) -> Result<(), Failure> {
    match (&application.webhooks, send) {
        (Some(webhooks), true) => {
            send_test_event(webhooks, application.clock.now()).await?;
            output.say("webhooks: ok: the endpoint accepted the event")
        }
        (Some(_), false) => output.say("webhooks: configured, not tested: add --webhook to send an event"),
        (None, true) => Err(Failure::wrong("webhooks: off: set webhooks.url first")),
        (None, false) => output.say("webhooks: off"),
    }
}

/// Prints today's numbers: operators need them first if no text messages arrive, or too many are sent.
async fn tell_of_the_day(application: &Application, output: &mut Output) -> Result<(), Failure> {
    let overview = application.overviews.now().await?;
    let (used, budget) = (overview.texts_used, overview.texts_budget);
    output.say(&format!(
        "sms: {used} of today's {budget} text messages used; {} of {} codes entered",
        overview.text_codes_proven, overview.text_codes_sent
    ))?;
    if used >= i64::from(budget) {
        output.say("sms: the daily budget is used up: if this traffic is genuine, raise sms.daily_budget")?;
    }
    Ok(())
}

async fn send_test(texts: &TextTransport, number: &str, config: &Config) -> Result<(), Failure> {
    let to = PhoneNumber::parse(number, config.sms.default_country)
        .map_err(|error| Failure::wrong(format!("--sms: {error}. Write it as +12025550123")))?;
    if !to.may_be_texted(&config.sms.allowed_countries) {
        return Err(Failure::wrong(
            "--sms: Keyback sends no messages to this number: its country is not in sms.allowed_countries, or it is not a \
             mobile number (but a landline, premium or unassigned number)",
        ));
    }
    let text = format!("Keyback test message for {}. No action is needed.", config.server.public_url.host());
    let id = format!("check-{}", MessageId::random()?);
    texts.try_out(&RenderedText { to, text, id }).await.map_err(|refusal| failure("sms", &refusal))
}

async fn send_test_event(webhooks: &WebhookTransport, now: Timestamp) -> Result<(), Failure> {
    let timestamp = now.for_programs();
    let payload = serde_json::json!({ "type": "keyback.check", "timestamp": timestamp, "data": {} }).to_string();
    let id = format!("check-{}", MessageId::random()?);
    webhooks.try_out(&id, &payload).await.map_err(|refusal| failure("webhooks", &refusal))
}

fn failure(of: &str, Refusal { error, hint }: &Refusal) -> Failure {
    let fix = hint.map(|hint| format!(". {hint}")).unwrap_or_default();
    Failure::wrong(format!("{of}: {error}{fix}"))
}
