//! An application on a separate port, with a clock that stands still and a mail server. Its worker runs only when a
//! test says so. At the end of a test, `finish` makes sure that nothing is left to send and that no secret of the test
//! was logged.

use std::collections::BTreeMap;
use std::time::Duration;

use keyback::admin::{MadeKey, NewKey};
use keyback::cli::Application;
use keyback::clock::Clock;
use keyback::config::{Config, Environment};
use keyback::model::{AccountId, EmailAddress, KeyKind, NewAccount, NewPassword, ServerKey, Timestamp};
use keyback::server;
use tokio::net::TcpListener;

use super::{
    Answer, Audited, Browser, Database, Provider, ProviderBehaviour, ReceivedMail, ReceivedText, SmtpServer, logs,
};

/// Where people believe the service to be.
pub(crate) const PUBLIC_URL: &str = "https://reset.example.org";

/// The password of accounts that `TestApp::add_account` made.
pub(crate) const OLD_PASSWORD: &str = "walnut-river-lantern";

pub(crate) struct TestApp {
    pub(crate) application: Application,
    pub(crate) base: String,
    pub(crate) smtp: SmtpServer,
    pub(crate) clock: Clock,
    pub(crate) database: Database,
    /// Who carries text messages, where `start_with_texts` was asked for them, or the app that is told of
    /// events after `start_with_webhooks`.
    pub(crate) provider: Provider,
    api_key: String,
}

impl TestApp {
    pub(crate) async fn start(database: Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// Starts with a gateway for text messages to numbers in the United States and in Germany.
    pub(crate) async fn start_with_texts(database: Database, settings: &[(&str, &str)]) -> Self {
        let provider = Provider::start().await;
        provider.behave(ProviderBehaviour::answer(200, ""));
        let url = provider.url();
        let texts = [
            ("SMS__PROVIDER", "http"),
            ("SMS__HTTP_URL", url.as_str()),
            ("SMS__HTTP_BODY", "{\"to\": {{ to }}, \"text\": {{ text }}}"),
            ("SMS__HTTP_SECRET", "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0="),
            ("SMS__ALLOWED_COUNTRIES", "US,DE"),
            ("SMS__DEFAULT_COUNTRY", "US"),
        ];
        let settings: Vec<(&str, &str)> = texts.into_iter().chain(settings.iter().copied()).collect();
        Self::start_beside(provider, database, &settings).await
    }

    /// Starts with an app beside it that is told of events.
    pub(crate) async fn start_with_webhooks(database: Database) -> Self {
        Self::start_with_webhooks_and(database, &[]).await
    }

    pub(crate) async fn start_with_webhooks_and(database: Database, settings: &[(&str, &str)]) -> Self {
        let provider = Provider::start().await;
        let url = provider.url();
        let webhooks = [
            ("WEBHOOKS__URL", url.as_str()),
            ("WEBHOOKS__SECRETS", "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0="),
            ("WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.0/8"),
        ];
        let settings: Vec<(&str, &str)> = webhooks.into_iter().chain(settings.iter().copied()).collect();
        Self::start_beside(provider, database, &settings).await
    }

    /// Starts with further settings, named as in the environment without `KEYBACK_`.
    pub(crate) async fn start_with(database: Database, settings: &[(&str, &str)]) -> Self {
        Self::start_beside(Provider::start().await, database, settings).await
    }

    async fn start_beside(provider: Provider, database: Database, settings: &[(&str, &str)]) -> Self {
        logs::keep_all();
        let smtp = SmtpServer::start().await;
        let config = config(&database, &smtp.url(), settings);
        let clock = Clock::manual(Timestamp::from_millis(1_795_356_180_000));
        let application = Application::start(config, clock.clone()).await.unwrap();
        let router = server::build(application.server_parts(), axum::Router::new()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(server::serve(listener, router, std::future::pending()));
        let made = application.keys.create(NewKey::usual("tests", KeyKind::Secret)).await.unwrap();
        let api_key = made.key.expose().to_owned();
        Self { application, base, smtp, clock, database, provider, api_key }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.base, PUBLIC_URL)
    }

    /// Adds an account with a verified address and `OLD_PASSWORD`; tells its id.
    pub(crate) async fn add_account(&self, email: &str) -> AccountId {
        self.add_account_with(email, |_| {}).await
    }

    pub(crate) async fn add_account_with(&self, email: &str, change: impl FnOnce(&mut NewAccount)) -> AccountId {
        let mut account = verified_account(email);
        change(&mut account);
        let password = NewPassword::parse(OLD_PASSWORD.to_owned()).unwrap();
        self.application.accounts.add(account, Some(password)).await.unwrap()
    }

    /// Adds an account that signs in elsewhere: it has no password with us.
    pub(crate) async fn add_account_without_password(&self, email: &str) {
        self.application.accounts.add(verified_account(email), None).await.unwrap();
    }

    /// Lets the worker send everything that is due, and gives the messages that came of it.
    pub(crate) async fn deliver(&self) -> Vec<ReceivedMail> {
        let before = self.smtp.mails().len();
        let worker = self.application.worker();
        while worker.send_due().await.unwrap() > 0 {}
        self.smtp.mails().split_off(before)
    }

    /// Lets the worker send everything that is due, and gives the text messages that came of it.
    pub(crate) async fn deliver_texts(&self) -> Vec<ReceivedText> {
        let before = self.provider.received().len();
        self.deliver().await;
        self.provider.received()[before..].iter().map(ReceivedText::read).collect()
    }

    /// Asks for a reset on the page.
    pub(crate) async fn ask(&self, browser: &mut Browser, email: &str) -> Answer {
        browser.post("/actions/ask", &[("identifier", email)]).await
    }

    /// Asks for a reset and gives the mail.
    pub(crate) async fn ask_for_mail(&self, browser: &mut Browser, email: &str) -> ReceivedMail {
        let answer = self.ask(browser, email).await;
        assert_eq!(answer.location(), "/check-inbox");
        let mut mails = self.deliver().await;
        assert_eq!(mails.len(), 1);
        mails.remove(0)
    }

    /// Asks for a reset with a number or a name and gives the text message.
    pub(crate) async fn ask_for_text(&self, browser: &mut Browser, identifier: &str) -> ReceivedText {
        let answer = self.ask(browser, identifier).await;
        assert_eq!(answer.location(), "/code");
        let mut texts = self.deliver_texts().await;
        assert_eq!(texts.len(), 1);
        texts.remove(0)
    }

    /// Types a code; gives where that leads.
    pub(crate) async fn type_code(&self, browser: &mut Browser, code: &str) -> String {
        browser.post("/actions/check-code", &[("code", code)]).await.location().to_owned()
    }

    /// Opens the link of a mail and goes on to the form; gives the access token.
    pub(crate) async fn open_link(&self, browser: &mut Browser, mail: &ReceivedMail) -> String {
        let answer = browser.get(&format!("/verify?key={}&action=reset-pwd", mail.link_key())).await;
        let token = token_in(answer.location());
        let arrived = browser.follow(&answer).await;
        assert_eq!(arrived.location(), "/reset-password");
        token
    }

    /// The path and query of a URL on this service.
    pub(crate) fn path_of(&self, location: &str) -> String {
        location.strip_prefix(PUBLIC_URL).expect("a URL on this service").to_owned()
    }

    pub(crate) async fn set_password(&self, browser: &mut Browser, password: &str) -> Answer {
        let form = browser.form_name().await;
        let fields = [("form", form.as_str()), ("new_password", password), ("new_password_again", password)];
        browser.post("/actions/set-password", &fields).await
    }

    /// Asks the API whether that is the password.
    pub(crate) async fn authenticate(&self, email: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "email": email, "password": password }).to_string();
        self.call_api("/api/v1/accounts/authenticate", body.into_bytes()).await
    }

    pub(crate) async fn call_api(&self, path: &str, body: Vec<u8>) -> Answer {
        let authorization = format!("Bearer {}", self.api_key);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        self.browser().send(reqwest::Method::POST, path, &headers, Some(body)).await
    }

    /// Another key with what such keys usually may do.
    pub(crate) async fn key(&self, kind: KeyKind) -> MadeKey {
        self.key_with(kind, |_| {}).await
    }

    pub(crate) async fn key_with(&self, kind: KeyKind, change: impl FnOnce(&mut NewKey)) -> MadeKey {
        let mut new = NewKey::usual("another", kind);
        change(&mut new);
        self.application.keys.create(new).await.unwrap()
    }

    pub(crate) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Calls the native API with a JSON body.
    pub(crate) async fn call(&self, path: &str, body: serde_json::Value) -> Answer {
        self.call_api(path, body.to_string().into_bytes()).await
    }

    /// The whole audit, with what waits to be written into it.
    pub(crate) async fn audit(&self) -> Vec<Audited> {
        self.application.refusals.write().await.unwrap();
        self.database.audit().await
    }

    /// What `/metrics` says of a series without labels.
    pub(crate) fn metric(&self, series: &str) -> i64 {
        let mut text = String::new();
        self.application.metrics.write(&mut text).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {series} in {text}")).parse().unwrap()
    }

    /// Lets the clock run on past the limit on messages to one identifier.
    pub(crate) fn wait_for_cooldown(&self) {
        self.clock.advance(Duration::from_secs(61));
    }

    /// Nothing is left to send, and no secret of this test is in any log line.
    pub(crate) async fn finish(self) {
        assert_eq!(self.database.pending().await, 0, "the outbox is not empty");
        let mut secrets = vec![self.api_key.clone(), OLD_PASSWORD.to_owned()];
        for mail in self.smtp.mails() {
            if mail.text().contains("/verify?") {
                secrets.push(mail.link_key());
                secrets.extend(mail.code_if_any());
            }
            secrets.extend(mail.cancel_key_if_any());
            secrets.extend(mail.recipients);
        }
        for text in self.provider.received().iter().filter_map(ReceivedText::find) {
            secrets.extend(text.logged_forms());
        }
        let leaks = logs::lines_with(&secrets);
        assert!(leaks.is_empty(), "secrets are logged: {leaks:#?}");
        self.application.store.close().await;
        self.database.remove().await;
    }
}

fn verified_account(email: &str) -> NewAccount {
    NewAccount {
        email: Some(EmailAddress::parse(email).unwrap()),
        email_verified: true,
        phone: None,
        phone_verified: false,
        username: None,
        password_hash: None,
        mfa_required: false,
        disabled: false,
    }
}

/// The settings of a test, as an operator would give them.
pub(crate) fn config(database: &Database, mail_url: &str, settings: &[(&str, &str)]) -> Config {
    let key = ServerKey::random().unwrap().to_base64();
    let mut variables: BTreeMap<String, String> = [
        ("SERVER__PUBLIC_URL", PUBLIC_URL),
        ("SERVER__SECRET_KEY", key.as_str()),
        ("DATABASE__URL", &database.url()),
        ("MAIL__URL", mail_url),
        ("MAIL__FROM", "Example <no-reply@example.org>"),
        ("REDIRECTS__RETURN_TO", "https://app.example.org/sign-in"),
        ("REDIRECTS__ALLOWED", "https://app.example.org/auth?from=reset"),
        ("PAGES__PRODUCT_NAME", "Example"),
    ]
    .iter()
    .chain(settings)
    .map(|(name, value)| (format!("KEYBACK_{name}"), (*value).to_owned()))
    .collect();
    variables.retain(|_, value| !value.is_empty());
    Config::load(None, &Environment::from(variables)).unwrap()
}

/// The access token in a redirect.
pub(crate) fn token_in(location: &str) -> String {
    let url = url::Url::parse(location).unwrap();
    let token = url.query_pairs().find(|(name, _)| name == "access_token");
    token.expect("an access token").1.into_owned()
}
