//! Renders mails: subject, plain text and HTML in the language of the request.

use askama::Template;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use url::Url;

use crate::config::Config;
use crate::i18n::{Value, text};
use crate::model::{CancelKey, Locale, Mail, MailContent, MessageId, Page};

/// A message could not be rendered. A retry does not help.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the address cannot be written into a header")]
    Address,
    #[error("the template failed: {0}")]
    Template(#[from] askama::Error),
    #[error("the message could not be built: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// A mail, ready to send.
pub struct RenderedMail {
    pub message: lettre::Message,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The beginning of its Message-ID.
    id: MessageId,
}

impl RenderedMail {
    /// The message with its texts unencoded and unwrapped, so that a link can be copied out of it. Only for files: a
    /// mail server may refuse lines of that length (RFC 5321 §4.5.3.1.6).
    pub(super) fn as_it_reads(&self) -> Vec<u8> {
        let mut headers = self.message.headers().clone();
        headers.remove::<ContentType>();
        headers.remove::<ContentTransferEncoding>();
        let boundary = format!("keyback-{}", self.id);
        let part = |kind: &str, text: &str| {
            format!(
                "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
                with_crlf(text)
            )
        };
        format!(
            "{headers}Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n{}{}--{boundary}--\r\n",
            part("plain", &self.text),
            part("html", &self.html)
        )
        .into_bytes()
    }
}

fn with_crlf(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join("\r\n")
}

/// Renders messages with the name, address and languages of this service.
#[derive(Clone)]
pub struct Renderer {
    pub(super) product: String,
    pub(super) host: String,
    pub(super) code_minutes: u64,
    origin: String,
    accent: String,
    accent_text: &'static str,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    support_url: Option<Url>,
    link_minutes: u64,
}

/// The values for both templates of a message. `askama` escapes them in the HTML.
#[derive(Template)]
#[template(path = "message.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "message.txt")]
struct Plain<'a> {
    letter: &'a Letter,
}

struct Letter {
    language: &'static str,
    subject: String,
    product: String,
    greeting: String,
    intro: String,
    button: Option<Button>,
    validity: Option<String>,
    code: Option<Code>,
    who: Option<String>,
    fine: Option<String>,
    not_me: Option<NotMe>,
    plain_link: String,
    support: Option<String>,
    footer: String,
    accent: String,
    accent_text: &'static str,
}

struct Button {
    words: String,
    link: String,
}

struct NotMe {
    intro: String,
    button: Button,
}

struct Code {
    intro: String,
    digits: String,
}

impl Renderer {
    /// Creates a renderer for the given settings.
    pub fn new(config: &Config) -> Self {
        Self {
            product: config.pages.product_name.clone(),
            host: config.server.public_url.host().to_owned(),
            origin: config.server.public_url.origin(),
            accent: config.pages.accent.clone(),
            accent_text: crate::config::text_colour_on(&config.pages.accent),
            from: config.mail.from.clone(),
            reply_to: config.mail.reply_to.clone(),
            support_url: config.pages.support_url.clone(),
            link_minutes: config.reset.link_ttl.as_secs().div_ceil(60),
            code_minutes: config.reset.code_ttl.as_secs().div_ceil(60),
        }
    }

    /// Renders a mail.
    ///
    /// # Errors
    /// See [`RenderError`].
    pub fn render_mail(&self, mail: &Mail) -> Result<RenderedMail, RenderError> {
        let letter = self.letter(mail);
        let to = mail.to.for_envelopes().map_err(|_| RenderError::Address)?;
        // Not read from the headers: lettre's header parser drops the quotes of a local part.
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.clone()])?;
        let id = MessageId::random()?;
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .envelope(envelope)
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("Content-Language", letter.language));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let (text, html) = (Plain { letter: &letter }.render()?, Html { letter: &letter }.render()?);
        let plain_part = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text.clone());
        let html_part = SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone());
        let message = builder.multipart(MultiPart::alternative().singlepart(plain_part).singlepart(html_part))?;
        Ok(RenderedMail { message, to: mail.to.as_str().to_owned(), subject: letter.subject, text, html, id })
    }

    fn letter(&self, mail: &Mail) -> Letter {
        let product: (&str, Value<'_>) = ("product", self.product.as_str().into());
        let say = |id: &str, values: &[(&str, Value<'_>)]| text(mail.locale, id, values);
        let not_me = |intro: &str, key: &CancelKey| {
            let link = format!("{}{}?key={}", self.origin, Page::NotMe.path(), key.expose());
            Some(NotMe { intro: say(intro, &[]), button: Button { words: say("mail-reset-not-me-button", &[]), link } })
        };
        let support = || {
            let url = self.support_url.as_ref()?;
            Some(say("mail-notice-support", &[("url", url.as_str().trim_start_matches("mailto:").into())]))
        };
        let empty = self.empty(mail.locale);
        match &mail.content {
            MailContent::Reset { link_key, cancel_key, code, requested_at, caller_address, link_path } => Letter {
                subject: say("mail-reset-subject", &[product]),
                intro: say("mail-reset-intro", &[("product", self.product.as_str().into())]),
                button: Some(Button {
                    words: say("mail-reset-button", &[]),
                    link: format!("{}{link_path}?key={}&action=reset-pwd", self.origin, link_key.expose()),
                }),
                validity: Some(say("mail-reset-valid", &[("minutes", self.link_minutes.into())])),
                code: code.as_ref().map(|code| Code {
                    intro: say("mail-reset-code", &[("minutes", self.code_minutes.into())]),
                    digits: grouped(code.expose()),
                }),
                who: Some(say(
                    "mail-reset-who",
                    &[("time", requested_at.for_people().as_str().into()), ("address", caller_address.as_str().into())],
                )),
                not_me: not_me("mail-reset-not-me", cancel_key),
                ..empty
            },
            MailContent::Changed { cancel_key, changed_at, caller_address } => Letter {
                subject: say("mail-notice-subject", &[product]),
                intro: say(
                    "mail-notice-intro",
                    &[
                        ("product", self.product.as_str().into()),
                        ("time", changed_at.for_people().as_str().into()),
                        ("address", caller_address.as_str().into()),
                    ],
                ),
                fine: Some(say("mail-notice-fine", &[])),
                not_me: not_me("mail-notice-not-me", cancel_key),
                support: support(),
                ..empty
            },
            MailContent::CodesClosed => Letter {
                subject: say("mail-closed-subject", &[product]),
                intro: say("mail-closed-intro", &[("product", self.product.as_str().into())]),
                fine: Some(say("mail-closed-fine", &[])),
                support: support(),
                ..empty
            },
        }
    }

    /// What all mails have in common.
    fn empty(&self, locale: Locale) -> Letter {
        Letter {
            language: locale.as_str(),
            subject: String::new(),
            product: self.product.clone(),
            greeting: text(locale, "mail-greeting", &[]),
            intro: String::new(),
            button: None,
            validity: None,
            code: None,
            who: None,
            fine: None,
            not_me: None,
            plain_link: text(locale, "mail-plain-link", &[]),
            support: None,
            footer: text(locale, "mail-footer", &[("product", self.product.as_str().into())]),
            accent: self.accent.clone(),
            accent_text: self.accent_text,
        }
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// `12345678` as `1234 5678`, which is easier to copy to another screen. The form accepts both.
fn grouped(digits: &str) -> String {
    let (first, second) = digits.split_at(digits.len() / 2);
    format!("{first} {second}")
}
