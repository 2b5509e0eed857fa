//! Vonage's SMS API. Called by `TextTransport`.
//! <https://developer.vonage.com/en/api/sms>; basic authentication as in
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
const SIGNED: &str = "The account asks for signed requests: allow the API secret in its settings";

/// <https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms>
const STATUSES: &[Known<u16>] = &[
    known(1, Busy, "Faster than the account may send: wait, or ask Vonage for a higher rate"),
    known(2, Operator, "A proxy in between takes something out of the request: check sms.api_url"),
    known(3, Never, "Vonage does not take this number or this sender (sms.from)"),
    known(4, Operator, CREDENTIALS),
    known(5, Unsure, "An error inside Vonage: try again later"),
    known(6, Never, "Vonage takes this for no phone number"),
    known(7, Never, "The number is barred: try another one"),
    known(8, Operator, "The account is suspended: ask Vonage"),
    known(9, Operator, "There is no credit left: top the account up"),
    known(10, Busy, "Too many connections at once: wait"),
    known(11, Operator, "The account may not use this API: ask Vonage"),
    known(12, Never, "The message is too long"),
    known(14, Operator, SIGNED),
    known(15, Operator, "Check sms.from: it must be a sender that this account may use in this country"),
    known(29, Operator, "A demo account sends to its test numbers alone: add this one in the dashboard, or top up"),
    known(32, Operator, SIGNED),
    known(33, Never, "The number is out of use: try another one"),
];

#[derive(Deserialize)]
struct Sent {
    messages: Vec<Part>,
}

/// A long message is sent in parts.
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
        // Without it, what the phones' own alphabet lacks arrives as question marks.
        form.append_pair("type", if is_gsm7(&text.text) { "text" } else { "unicode" });
        form.finish()
    }
}

/// Whether it went is in the body; the status of HTTP is 200 either way.
fn judge(answer: &Answer) -> Result<(), Refusal> {
    let parts = serde_json::from_slice::<Sent>(&answer.body).map(|sent| sent.messages).unwrap_or_default();
    let statuses: Vec<u16> = parts.iter().filter_map(|part| part.status.parse().ok()).collect();
    let all_are_known = !statuses.is_empty() && statuses.len() == parts.len();
    match statuses.iter().copied().find(|status| *status != 0) {
        // A number of three digits is no phone number.
        Some(status) if status < 1000 => Err(Refusal::new(answer, Some(status), STATUSES, REDIRECTED)),
        None if all_are_known && answer.is_success() => Ok(()),
        Some(_) | None if answer.is_success() => Err(Refusal::garbled(answer)),
        Some(_) | None if answer.status == 401 => {
            Err(Refusal::of_status(answer, &[known(401, Operator, CREDENTIALS)], REDIRECTED))
        }
        Some(_) | None => Err(Refusal::of_status(answer, &[], REDIRECTED)),
    }
}
