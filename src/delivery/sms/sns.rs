//! Amazon SNS: `Publish` to a phone number with the query protocol.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::header::CONTENT_TYPE;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::RenderedText;
use super::exchange::{Answer, Gateway};
use super::refusal::Meaning::{Busy, Never, Operator, Unsure};
use super::refusal::{Known, REDIRECTED, known};
use crate::config::SmsSender;
use crate::delivery::send_error::{Refusal, SendError};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// One user of one AWS account in one region.
#[derive(Clone)]
pub struct Sns {
    gateway: Gateway,
    region: String,
    credentials: Credentials,
    from: Option<SmsSender>,
    api_url: Url,
}

const KEYS: &str = "Check sms.sns_access_key_id and sms.sns_secret_access_key";
const POLICY: &str = "The user may not send: allow sns:Publish on all resources (*) in its policy";
const RATE: &str = "Too many messages per second: wait, or ask Amazon for a higher quota";
const VALUE: &str = "Amazon does not accept this number, or not this sender (sms.from) for its country";
const INSIDE: &str = "Amazon SNS had an internal error: try again later";
const PROXY: &str = "Something in the request is missing, perhaps removed by a proxy: check sms.api_url";
const TIME: &str = "Check the clock of this machine: it is wrong by more than 15 minutes";

/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors> and
/// <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>
const CODES: &[Known<&str>] = &[
    known("OptedOut", Never, "This person has answered STOP: opt the number in again in the SNS console"),
    known("InvalidParameter", Never, VALUE),
    known("InvalidParameterValue", Never, VALUE),
    known("ParameterValueInvalid", Never, VALUE),
    known("ValidationError", Never, VALUE),
    known("ValidationException", Never, VALUE),
    known("AuthorizationError", Operator, POLICY),
    known("AccessDenied", Operator, POLICY),
    known("AccessDeniedException", Operator, POLICY),
    known("NotAuthorized", Operator, POLICY),
    known("InvalidClientTokenId", Operator, KEYS),
    known("UnrecognizedClientException", Operator, KEYS),
    known(
        "SignatureDoesNotMatch",
        Operator,
        "Check sms.sns_secret_access_key and sms.sns_region, and the clock of this machine",
    ),
    known("IncompleteSignature", Operator, KEYS),
    known("InvalidSecurity", Operator, KEYS),
    known("MissingAuthenticationToken", Operator, PROXY),
    known("MissingAuthenticationTokenException", Operator, PROXY),
    known("ExpiredToken", Operator, KEYS),
    known("ExpiredTokenException", Operator, KEYS),
    known(
        "OptInRequired",
        Operator,
        "The account has not signed up for SNS, or not in this region: check sms.sns_region",
    ),
    known("RequestExpired", Operator, TIME),
    known("RequestExpiredException", Operator, TIME),
    known("Throttled", Busy, RATE),
    known("Throttling", Busy, RATE),
    known("ThrottlingException", Busy, RATE),
    known("RequestLimitExceeded", Busy, RATE),
    known("InternalError", Unsure, INSIDE),
    known("InternalFailure", Unsure, INSIDE),
    known("ServiceUnavailable", Busy, INSIDE),
];

impl Sns {
    pub(super) fn new(
        gateway: Gateway,
        region: String,
        access_key_id: &str,
        secret_access_key: &Zeroizing<String>,
        from: Option<SmsSender>,
        api_url: Url,
    ) -> Self {
        let credentials = Credentials::new(access_key_id, secret_access_key.as_str(), None, None, "keyback");
        Self { gateway, region, credentials, from, api_url }
    }

    pub(super) async fn send(&self, text: &RenderedText) -> Result<(), Refusal> {
        let body = self.body(text);
        let signature = self
            .signature(&body)
            .ok_or_else(|| SendError::Permanent("the request to Amazon SNS cannot be signed".into()))?;
        let mut request =
            self.gateway.client.post(self.api_url.clone()).header(CONTENT_TYPE, FORM).body(body.into_bytes());
        for (name, value) in signature {
            request = request.header(name, value);
        }
        judge(&self.gateway.exchange(request).await?)
    }

    fn body(&self, text: &RenderedText) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "Publish").append_pair("Version", "2010-03-31");
        form.append_pair("PhoneNumber", text.to.as_str()).append_pair("Message", &text.text);
        // <https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>
        let sender = self.from.as_ref().map(|from| match from {
            SmsSender::Number(number) => ("AWS.MM.SMS.OriginationNumber", number.as_str()),
            SmsSender::Name(name) | SmsSender::TwilioService(name) => ("AWS.SNS.SMS.SenderID", name.as_str()),
        });
        let attributes = std::iter::once(("AWS.SNS.SMS.SMSType", "Transactional")).chain(sender);
        for (number, (name, value)) in (1..).zip(attributes) {
            let entry = format!("MessageAttributes.entry.{number}");
            form.append_pair(&format!("{entry}.Name"), name);
            form.append_pair(&format!("{entry}.Value.DataType"), "String");
            form.append_pair(&format!("{entry}.Value.StringValue"), value);
        }
        form.finish()
    }

    /// The headers that sign a request (Signature Version 4).
    fn signature(&self, body: &str) -> Option<Vec<(String, String)>> {
        let identity = self.credentials.clone().into();
        let millis = u64::try_from(self.gateway.clock.now().millis()).unwrap_or_default();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("sns")
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let request = SignableRequest::new(
            "POST",
            self.api_url.as_str(),
            std::iter::once(("content-type", FORM)),
            SignableBody::Bytes(body.as_bytes()),
        )
        .ok()?;
        let (instructions, _) = sign(request, &parameters).ok()?.into_parts();
        Some(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

fn judge(answer: &Answer) -> Result<(), Refusal> {
    let xml = String::from_utf8_lossy(&answer.body);
    let document = roxmltree::Document::parse(&xml).ok();
    let value_of = |name| document.as_ref().and_then(|document| value_of(document, name));
    if answer.is_success() {
        return value_of("MessageId").map(|_| ()).ok_or_else(|| Refusal::garbled(answer));
    }
    // A code consists of letters; digits could be the person's number.
    let code = value_of("Code").filter(|code| code.len() <= 60 && code.bytes().all(|byte| byte.is_ascii_alphabetic()));
    Err(Refusal::new(answer, code, CODES, REDIRECTED))
}

fn value_of<'a>(document: &'a roxmltree::Document<'_>, name: &str) -> Option<&'a str> {
    let element = document.descendants().find(|node| node.tag_name().name() == name)?;
    element.text().map(str::trim).filter(|text| !text.is_empty())
}
