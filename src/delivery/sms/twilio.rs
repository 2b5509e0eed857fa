//! Twilio's Messages resource:
//! <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>

use serde::Deserialize;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::RenderedText;
use super::exchange::{Answer, Gateway};
use super::refusal::Meaning::{Busy, Never, Operator};
use super::refusal::{Known, REDIRECTED, known};
use crate::config::SmsSender;
use crate::delivery::send_error::Refusal;

/// One account.
#[derive(Clone)]
pub struct Twilio {
    pub(super) gateway: Gateway,
    pub(super) account_sid: String,
    pub(super) auth_token: Zeroizing<String>,
    pub(super) from: SmsSender,
    pub(super) api_url: Url,
}

const SENDER: &str =
    "Check sms.from: it must be a number, a name or a Messaging Service of this account that can send to this country";
const NUMBER: &str = "Twilio does not send text messages to this number: try another one";

/// <https://www.twilio.com/docs/api/errors>, with one page per code.
const CODES: &[Known<u32>] = &[
    known(
        20003,
        Operator,
        "Check sms.twilio_account_sid and sms.twilio_auth_token, and sms.api_url if it names a region",
    ),
    known(20005, Operator, "The account is not active: check it in the Twilio console"),
    known(20404, Operator, "Check sms.twilio_account_sid and sms.api_url"),
    known(20429, Busy, "Too many requests at once: wait, or ask Twilio for a higher rate"),
    known(21211, Never, "Twilio says that this is not a valid phone number"),
    known(21212, Operator, SENDER),
    known(21265, Never, NUMBER),
    known(21266, Never, "Messages are sent from this number: try another one"),
    known(21401, Operator, SENDER),
    known(
        21408,
        Operator,
        "Enable the country in the Twilio console (Messaging, Settings, Geo permissions), or remove it from sms.allowed_countries",
    ),
    known(21601, Operator, SENDER),
    known(21606, Operator, SENDER),
    known(21607, Operator, "A trial account can only send from its trial number: upgrade it, or change sms.from"),
    known(
        21608,
        Operator,
        "A trial account can only send to verified numbers: verify this one in the console, or upgrade",
    ),
    known(21610, Never, "This person has answered STOP and gets no messages until they answer START"),
    known(21611, Busy, "The sender's queue is full: wait, or add numbers to a Messaging Service"),
    known(21612, Operator, "sms.from cannot reach this number: use a sender for this country"),
    known(21614, Never, NUMBER),
    known(21635, Never, "This is a landline: try a mobile number"),
    known(21659, Operator, SENDER),
    known(21660, Operator, SENDER),
    known(21711, Operator, "The Messaging Service in sms.from has no such sender: add one in the console"),
];

#[derive(Deserialize)]
struct Created {
    sid: String,
}

#[derive(Deserialize)]
struct Fault {
    code: u32,
}

impl Twilio {
    pub(super) async fn send(&self, text: &RenderedText) -> Result<(), Refusal> {
        let base = self.api_url.as_str().trim_end_matches('/');
        let url = format!("{base}/2010-04-01/Accounts/{}/Messages.json", self.account_sid);
        let request = self.gateway.post_form(url, &self.account_sid, &self.auth_token, self.body(text));
        judge(&self.gateway.exchange(request).await?)
    }

    fn body(&self, text: &RenderedText) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("To", text.to.as_str());
        match &self.from {
            SmsSender::TwilioService(sid) => form.append_pair("MessagingServiceSid", sid),
            SmsSender::Number(sender) | SmsSender::Name(sender) => form.append_pair("From", sender),
        };
        form.append_pair("Body", &text.text);
        form.finish()
    }
}

fn judge(answer: &Answer) -> Result<(), Refusal> {
    if !answer.is_success() {
        // A longer number could be a phone number.
        let code = serde_json::from_slice::<Fault>(&answer.body).ok().map(|fault| fault.code);
        let code = code.filter(|code| (10_000..100_000).contains(code));
        return Err(Refusal::new(answer, code, CODES, REDIRECTED));
    }
    match serde_json::from_slice::<Created>(&answer.body) {
        Ok(created) if !created.sid.is_empty() => Ok(()),
        Ok(_) | Err(_) => Err(Refusal::garbled(answer)),
    }
}
