//! `keyback check`: does everything that `serve` needs work, and if not, what to do about it.

use clap::Args;

use super::output::Output;
use super::{Application, Failure};
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::{Refusal, RenderedText, TextTransport, WebhookTransport};
use crate::model::{ChallengeId, PhoneNumber, Timestamp};

#[derive(Args)]
pub(super) struct CheckArguments {
    /// Send a text message to this number, to try the provider out. It costs what a message costs.
    #[arg(long, value_name = "NUMBER")]
    sms: Option<String>,
    /// Send an event of the type `keyback.check` to the webhook endpoint.
    #[arg(long)]
    webhook: bool,
}

/// The configuration has been read already; the rest is tried here.
pub(super) async fn check(arguments: CheckArguments, config: Config, output: &mut Output) -> Result<(), Failure> {
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
                    output.say(&format!("sms: ok: the message is a file in {}", folder.display()))
                }
                texts => {
                    output.say(&format!("sms: ok: {} took the message; it is at the phone in a moment", texts.name()))
                }
            }
        }
        (Some(texts), None) => {
            output.say(&format!("sms: configured ({}), not tried: --sms NUMBER sends a message", texts.name()))
        }
        (None, Some(_)) => Err(Failure::wrong("sms: off: choose a provider with sms.provider first")),
        (None, None) => output.say("sms: off"),
    }
}

async fn check_webhooks(application: &Application, send: bool, output: &mut Output) -> Result<(), Failure> {
    match (&application.webhooks, send) {
        (Some(webhooks), true) => {
            send_test_event(webhooks, application.clock.now()).await?;
            output.say("webhooks: ok: the endpoint took the event")
        }
        (Some(_), false) => output.say("webhooks: configured, not tried: --webhook sends an event"),
        (None, true) => Err(Failure::wrong("webhooks: off: name the endpoint with webhooks.url first")),
        (None, false) => output.say("webhooks: off"),
    }
}

/// What an operator looks for first when no text message comes, or too many.
async fn tell_of_the_day(application: &Application, output: &mut Output) -> Result<(), Failure> {
    let overview = application.overviews.now().await?;
    let (used, budget) = (overview.texts_used, overview.texts_budget);
    output.say(&format!(
        "sms: {used} of {budget} text messages of the day used; {} of {} codes typed",
        overview.text_codes_proven, overview.text_codes_sent
    ))?;
    if used >= i64::from(budget) {
        output.say("sms: the budget is used up, and no text message goes: raise sms.daily_budget if that is right")?;
    }
    Ok(())
}

async fn send_test(texts: &TextTransport, number: &str, config: &Config) -> Result<(), Failure> {
    let to = PhoneNumber::parse(number, config.sms.default_country)
        .map_err(|error| Failure::wrong(format!("--sms: {error}. Write it as +12025550123")))?;
    if !to.may_be_texted(&config.sms.allowed_countries) {
        return Err(Failure::wrong(
            "--sms: Keyback sends no message to this number: it is not of a country in sms.allowed_countries, or not of a \
             kind that people carry (a landline, a premium number, one that is not assigned)",
        ));
    }
    let text = format!("Keyback test message for {}. Nothing is to be done.", config.server.public_url.host());
    let id = format!("check-{}", ChallengeId::random()?);
    texts.try_out(&RenderedText { to, text, id }).await.map_err(|refusal| failure("sms", &refusal))
}

async fn send_test_event(webhooks: &WebhookTransport, now: Timestamp) -> Result<(), Failure> {
    let timestamp = now.for_programs();
    let payload = serde_json::json!({ "type": "keyback.check", "timestamp": timestamp, "data": {} }).to_string();
    let id = format!("check-{}", ChallengeId::random()?);
    webhooks.try_out(&id, &payload).await.map_err(|refusal| failure("webhooks", &refusal))
}

fn failure(of: &str, Refusal { error, hint }: &Refusal) -> Failure {
    let fix = hint.map(|hint| format!(". {hint}")).unwrap_or_default();
    Failure::wrong(format!("{of}: {error}{fix}"))
}
