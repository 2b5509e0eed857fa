//! Vonage's SMS API: <https://developer.vonage.com/en/api/sms>. Basic authentication:
//! <https://developer.vonage.com/en/messaging/sms/code-snippets/send-an-sms>

use serde::Deserialize;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::RenderedText;
use super::alphabet::is_gsm7;
use super::exchange::{Answer, Gateway};
use super::refusal::Meaning::{Busy, Never, Operator, Unsure};
use super::refusal::{Known, REDIRECTED, known};
use crate::config::SmsSender;
use crate::delivery::send_error::Refusal;

/// One account.
#[derive(Clone)]
pub struct Vonage {
    pub(super) gateway: Gateway,
    pub(super) api_key: String,
    pub(super) api_secret: Zeroizing<String>,
    pub(super) from: SmsSender,
    pub(super) api_url: Url,
}

const CREDENTIALS: &str = "Check sms.vonage_api_key and sms.vonage_api_secret";
const SIGNED: &str = "The account requires signed requests: allow the API secret in its settings";

/// <https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms>
const STATUSES: &[Known<u16>] = &[
    known(1, Busy, "Too many messages per second: wait, or ask Vonage for a higher rate"),
    known(2, Operator, "Something in the request is missing, perhaps removed by a proxy: check sms.api_url"),
    known(3, Never, "Vonage does not accept this number or this sender (sms.from)"),
    known(4, Operator, CREDENTIALS),
    known(5, Unsure, "Vonage had an internal error: try again later"),
    known(6, Never, "Vonage says that this is not a valid phone number"),
    known(7, Never, "The number is barred: try another one"),
    known(8, Operator, "The account is suspended: contact Vonage"),
    known(9, Operator, "There is no credit left: top up the account"),
    known(10, Busy, "Too many connections at once: wait"),
    known(11, Operator, "The account may not use this API: contact Vonage"),
    known(12, Never, "The message is too long"),
    known(14, Operator, SIGNED),
    known(15, Operator, "Check sms.from: it must be a sender that this account may use in this country"),
    known(29, Operator, "A demo account can only send to its test numbers: add this one in the dashboard, or top up"),
    known(32, Operator, SIGNED),
    known(33, Never, "The number is out of use: try another one"),
];

#[derive(Deserialize)]
struct Sent {
    messages: Vec<Part>,
}

/// One part of the answer: a long message is sent in several.
#[derive(Deserialize)]
struct Part {
    status: String,
}

impl Vonage {
    pub(super) async fn send(&self, text: &RenderedText) -> Result<(), Refusal> {
        let url = format!("{}/sms/json", self.api_url.as_str().trim_end_matches('/'));
        let request = self.gateway.post_form(url, &self.api_key, &self.api_secret, self.body(text));
        judge(&self.gateway.exchange(request).await?)
    }

    fn body(&self, text: &RenderedText) -> String {
        let from = match &self.from {
            SmsSender::Number(number) => number.trim_start_matches('+'),
            SmsSender::Name(name) | SmsSender::TwilioService(name) => name,
        };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("from", from).append_pair("to", text.to.digits()).append_pair("text", &text.text);
        // Otherwise, characters outside the phones' alphabet arrive as question marks.
        form.append_pair("type", if is_gsm7(&text.text) { "text" } else { "unicode" });
        form.finish()
    }
}

/// Whether it was sent is in the body; the HTTP status is 200 either way.
fn judge(answer: &Answer) -> Result<(), Refusal> {
    let parts = serde_json::from_slice::<Sent>(&answer.body).map(|sent| sent.messages).unwrap_or_default();
    let statuses: Vec<u16> = parts.iter().filter_map(|part| part.status.parse().ok()).collect();
    let all_are_known = !statuses.is_empty() && statuses.len() == parts.len();
    match statuses.iter().copied().find(|status| *status != 0) {
        // A longer number could be a phone number.
        Some(status) if status < 1000 => Err(Refusal::new(answer, Some(status), STATUSES, REDIRECTED)),
        None if all_are_known && answer.is_success() => Ok(()),
        Some(_) | None if answer.is_success() => Err(Refusal::garbled(answer)),
        Some(_) | None if answer.status == 401 => {
            Err(Refusal::of_status(answer, &[known(401, Operator, CREDENTIALS)], REDIRECTED))
        }
        Some(_) | None => Err(Refusal::of_status(answer, &[], REDIRECTED)),
    }
}
