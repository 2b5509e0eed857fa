//! What tests are built on: an application on a separate port, a headless browser, a mail server, a provider of text
//! messages, and an empty database.

pub(crate) mod browser;
pub(crate) mod busy_hashers;
pub(crate) mod collector;
pub(crate) mod conversation;
pub(crate) mod database;
pub(crate) mod database_proxy;
pub(crate) mod logs;
pub(crate) mod population;
pub(crate) mod program;
pub(crate) mod provider;
pub(crate) mod proxy;
pub(crate) mod received_mail;
pub(crate) mod received_text;
pub(crate) mod smtp;
pub(crate) mod test_app;
pub(crate) mod tls;

pub(crate) use browser::{Answer, Browser};
pub(crate) use busy_hashers::keep_hashers_busy;
pub(crate) use conversation::Conversation;
pub(crate) use database::{Audited, Database};
pub(crate) use keyback_test_macros::on_both_databases;
pub(crate) use program::{Finished, Program, Serving};
pub(crate) use provider::{Provider, ProviderBehaviour, Received};
pub(crate) use proxy::Proxy;
pub(crate) use received_mail::ReceivedMail;
pub(crate) use received_text::ReceivedText;
pub(crate) use smtp::{SmtpBehaviour, SmtpLogin, SmtpServer, SmtpTls};
pub(crate) use test_app::{OLD_PASSWORD, PUBLIC_URL, TestApp, token_in};
pub(crate) use tls::Authority;

/// All texts are the same; where one is not, shows where it begins to differ from the first.
pub(crate) fn assert_all_alike(texts: &[String]) {
    for (number, text) in texts.iter().enumerate() {
        let alike = texts[0].chars().zip(text.chars()).take_while(|(one, other)| one == other).count();
        let from = |text: &str| text.chars().skip(alike.saturating_sub(100)).take(200).collect::<String>();
        assert!(texts[0] == *text, "number {number} differs:\n{}\n{}", from(&texts[0]), from(text));
    }
}
