//! The requests to each provider must match its documentation.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use keyback::clock::Clock;
use keyback::delivery::TextTransport;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::{HOOK_SECRET, NOW, NUMBER, TEXT, TWILIO_ACCOUNT, message, message_of, settings, transport, transport_of};
use crate::support::{Provider, ProviderBehaviour, Received};

const FORM: &str = "application/x-www-form-urlencoded";

/// The one request that a provider got.
fn only(provider: &Provider) -> Received {
    let mut received = provider.received();
    assert_eq!(received.len(), 1, "{received:?}");
    received.remove(0)
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The settings with one of them changed.
fn with(mut settings: Vec<(&'static str, String)>, name: &'static str, value: &str) -> Vec<(&'static str, String)> {
    settings.retain(|(known, _)| *known != name);
    settings.push((name, value.to_owned()));
    settings
}

// https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
#[tokio::test]
async fn twilio_is_asked_to_create_a_message() {
    let service = "MG0123456789abcdef0123456789abcdef";
    for (from, field) in [("+12025550199", "From"), ("Example", "From"), (service, "MessagingServiceSid")] {
        let provider = Provider::start().await;
        provider.behave(ProviderBehaviour::answer(201, "{\"sid\": \"SM1\", \"status\": \"queued\"}"));
        let settings = with(settings("twilio", &provider.url()), "SMS__FROM", from);
        transport_of(&settings, Clock::manual(NOW)).send(&message()).await.unwrap();
        let request = only(&provider);
        assert_eq!(request.method, "POST");
        assert_eq!(request.path, format!("/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json"));
        assert_eq!(request.header("authorization"), basic(TWILIO_ACCOUNT, "twilio-token"));
        assert_eq!(request.header("content-type"), FORM);
        assert_eq!(request.form(), fields(&[("To", NUMBER), (field, from), ("Body", TEXT)]));
    }
}

// https://developer.vonage.com/en/messaging/sms/code-snippets/send-an-sms and …/send-an-sms-with-unicode
#[tokio::test]
async fn vonage_is_asked_to_send_and_told_which_alphabet() {
    for (text, alphabet) in [(TEXT, "text"), ("Ключ: 493021", "unicode")] {
        for (from, sent) in [("+12025550199", "12025550199"), ("Example", "Example")] {
            let provider = Provider::start().await;
            provider
                .behave(ProviderBehaviour::answer(200, "{\"messages\": [{\"status\": \"0\"}, {\"status\": \"0\"}]}"));
            let settings = with(settings("vonage", &provider.url()), "SMS__FROM", from);
            transport_of(&settings, Clock::manual(NOW)).send(&message_of(text)).await.unwrap();
            let request = only(&provider);
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/sms/json"));
            assert_eq!(request.header("authorization"), basic("0a1b2c3d", "vonage-secret"));
            assert_eq!(request.header("content-type"), FORM);
            let expected = [("from", sent), ("to", "12025550123"), ("text", text), ("type", alphabet)];
            assert_eq!(request.form(), fields(&expected));
        }
    }
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Signature Version 4, written down from
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
fn signature_version_4(request: &Received, signed: &[&str]) -> String {
    let headers: String = signed.iter().map(|name| format!("{name}:{}\n", request.header(name))).collect();
    let body = hex(&Sha256::digest(request.body.as_bytes()));
    let canonical = format!("{}\n{}\n\n{headers}\n{}\n{body}", request.method, request.path, signed.join(";"));
    let scope = "20261122/eu-central-1/sns/aws4_request";
    let to_sign =
        format!("AWS4-HMAC-SHA256\n20261122T140300Z\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let mut key = b"AWS4sns-secret".to_vec();
    for part in scope.split('/') {
        key = hmac(&key, part);
    }
    hex(&hmac(&key, &to_sign))
}

// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
#[tokio::test]
async fn amazon_is_asked_to_publish_and_the_request_is_signed() {
    for (from, attribute) in
        [("", None), ("Example", Some("AWS.SNS.SMS.SenderID")), ("+12025550199", Some("AWS.MM.SMS.OriginationNumber"))]
    {
        let provider = Provider::start().await;
        let answer = "<PublishResponse xmlns=\"https://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
            <MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult></PublishResponse>";
        provider.behave(ProviderBehaviour::answer(200, answer));
        let settings = with(settings("sns", &provider.url()), "SMS__FROM", from);
        transport_of(&settings, Clock::manual(NOW)).send(&message()).await.unwrap();
        let request = only(&provider);
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/"));
        let mut expected = vec![
            ("Action", "Publish"),
            ("Version", "2010-03-31"),
            ("PhoneNumber", NUMBER),
            ("Message", TEXT),
            ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
            ("MessageAttributes.entry.1.Value.DataType", "String"),
            ("MessageAttributes.entry.1.Value.StringValue", "Transactional"),
        ];
        if let Some(attribute) = attribute {
            expected.extend([
                ("MessageAttributes.entry.2.Name", attribute),
                ("MessageAttributes.entry.2.Value.DataType", "String"),
                ("MessageAttributes.entry.2.Value.StringValue", from),
            ]);
        }
        assert_eq!(request.form(), fields(&expected));
        assert_eq!(request.header("x-amz-date"), "20261122T140300Z");
        assert_eq!(request.header("host"), provider.url().trim_start_matches("http://"));
        let signature = signature_version_4(&request, &["content-type", "host", "x-amz-date"]);
        assert_eq!(
            request.header("authorization"),
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-central-1/sns/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature={signature}"
            )
        );
    }
}

// https://github.com/standard-webhooks/standard-webhooks, checked by its own library
#[tokio::test]
async fn a_gateway_of_ones_own_gets_what_its_template_says_and_can_check_who_sent_it() {
    let own = [
        ("application/json", "{\"number\": {{ to }}, \"body\": {{ text }}, \"ref\": {{ id }}, \"by\": {{ from }}}"),
        (FORM, "number={{ to|urlencode }}&body={{ text|urlencode }}&ref={{ id }}&by={{ from }}"),
    ];
    for (content_type, template) in own {
        let provider = Provider::start().await;
        provider.behave(ProviderBehaviour::answer(202, ""));
        let mut settings = settings("http", &format!("{}/texts?key=1", provider.url()));
        for (name, value) in
            [("SMS__HTTP_BODY", template), ("SMS__HTTP_CONTENT_TYPE", content_type), ("SMS__FROM", "Example")]
        {
            settings = with(settings, name, value);
        }
        // The library compares with the clock of the machine.
        let transport = transport_of(&settings, Clock::System);
        transport.send(&message()).await.unwrap();
        let request = only(&provider);
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/texts?key=1"));
        assert_eq!(request.header("content-type"), content_type);
        assert_eq!(request.header("webhook-id"), "outbox-17");
        let got = match content_type {
            FORM => request.form(),
            _ => serde_json::from_str(&request.body).unwrap(),
        };
        assert_eq!(got, fields(&[("number", NUMBER), ("body", TEXT), ("ref", "outbox-17"), ("by", "Example")]));

        let header = |(name, value): (&String, &String)| {
            (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap())
        };
        let headers: HeaderMap = request.headers.iter().map(header).collect();
        let checker = standardwebhooks::Webhook::new(HOOK_SECRET).unwrap();
        checker.verify(request.body.as_bytes(), &headers).unwrap();
        assert!(checker.verify(request.body.replace('4', "5").as_bytes(), &headers).is_err());
    }
}

#[tokio::test]
async fn a_file_a_message_is_whole_before_it_has_its_name_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("texts");
    let settings = [
        ("SMS__PROVIDER", "file".to_owned()),
        ("SMS__ALLOWED_COUNTRIES", "US".to_owned()),
        ("SMS__FILE_DIRECTORY", directory.display().to_string()),
    ];
    let transport = transport_of(&settings, Clock::manual(NOW));
    transport.send(&message()).await.unwrap();
    transport.send(&message()).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        assert_eq!(file.extension().unwrap(), "txt");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("To: {NUMBER}\n\n{TEXT}\n"));
    }
    std::fs::remove_dir_all(&directory).unwrap();
    let error = transport.send(&message()).await.unwrap_err();
    assert!(error.to_string().starts_with("the message cannot be written: "), "{error}");
}

#[tokio::test]
async fn each_request_is_answered_to_none_but_the_place_it_was_sent_to() {
    for name in super::PROVIDERS {
        let (provider, elsewhere) = (Provider::start().await, Provider::start().await);
        provider.behave(ProviderBehaviour::answer(307, "").with("location", &elsewhere.url()));
        let transport: TextTransport = transport(name, &provider);
        let refusal = transport.try_out(&message()).await.unwrap_err();
        assert!(refusal.error.to_string().ends_with("answered 307"), "{refusal}");
        assert!(refusal.hint.is_some_and(|hint| hint.contains("redirects to")), "{name}");
        assert!(elsewhere.received().is_empty(), "{name}");
    }
}
