//! The operator's own gateway: one signed `POST` per message.

use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::RenderedText;
use super::exchange::Gateway;
use super::refusal::Meaning::Operator;
use super::refusal::{Known, known};
use crate::config::{HookTemplate, HookValues, SigningSecret, SmsSender};
use crate::delivery::send_error::Refusal;
use crate::http_client::sign;

/// The client for one gateway.
#[derive(Clone)]
pub struct Hook {
    pub(super) gateway: Gateway,
    pub(super) url: Url,
    pub(super) template: HookTemplate,
    pub(super) content_type: String,
    pub(super) secret: SigningSecret,
    pub(super) from: Option<SmsSender>,
}

/// Statuses about us. Any other status from 400 to 499 is about the message, except those that mean "later".
const STATUSES: &[Known<u16>] = &[
    known(
        401,
        Operator,
        "Your gateway rejected the signature: give it the key in sms.http_secret, and check both clocks",
    ),
    known(403, Operator, "Your gateway refused: check the key in sms.http_secret, and whether it allows this machine"),
    known(404, Operator, "Nothing accepts messages at sms.http_url: check its path"),
];

impl Hook {
    pub(super) async fn send(&self, text: &RenderedText) -> Result<(), Refusal> {
        let from = match &self.from {
            Some(SmsSender::Number(from) | SmsSender::Name(from) | SmsSender::TwilioService(from)) => from,
            None => "",
        };
        let values = HookValues { to: text.to.as_str(), text: &text.text, id: &text.id, from };
        let body = self.template.render(values);
        let request = self.gateway.client.post(self.url.clone()).header(CONTENT_TYPE, &self.content_type);
        let secrets = std::slice::from_ref(&self.secret);
        let request = sign(request, secrets, &text.id, self.gateway.clock.now(), body);
        let answer = self.gateway.exchange(request).await?;
        if answer.is_success() {
            return Ok(());
        }
        Err(Refusal::of_status(&answer, STATUSES, "sms.http_url redirects: set it to the URL that it redirects to"))
    }
}
