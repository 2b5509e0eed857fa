//! The messages themselves: what a person reads in each language. Foreign text must not get into headers or markup.

use crate::support::{Database, PUBLIC_URL, Program, ReceivedMail, TestApp, on_both_databases};

/// Subject, text and HTML, with the secrets of this one run covered.
fn shown(mail: &ReceivedMail) -> String {
    let mut secrets = vec![(mail.cancel_key(), "ck-…")];
    if mail.text().contains("/verify?") {
        let code = mail.code();
        let (first, second) = code.split_at(4);
        secrets.extend([(mail.link_key(), "tk-…"), (format!("{first} {second}"), "1234 5678")]);
    }
    let both = format!("{}\n\n{}\n\n{}", mail.subject(), mail.text(), mail.html()).replace('\r', "");
    secrets.iter().fold(both, |text, (secret, cover)| text.replace(secret, cover))
}

/// The messages of a whole reset, asked for in a language: the link, and the notice at the end.
async fn messages(app: &TestApp, language: &str) -> [ReceivedMail; 2] {
    let email = format!("person-{language}@example.org");
    app.add_account(&email).await;
    let mut browser = app.browser().with_header("accept-language", language);
    let link = app.ask_for_mail(&mut browser, &email).await;
    app.open_link(&mut browser, &link).await;
    let set = app.set_password(&mut browser, "meadow-copper-violin").await;
    assert_eq!(set.location(), "/done", "{}", browser.follow(&set).await.body);
    let notice = app.deliver().await.pop().expect("a notice");
    [link, notice]
}

// SECURITY.md, requirements 49, 66 and 67
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_read_the_messages_in_their_language() {
    let app = TestApp::start_with(Database::sqlite(), &[("PAGES__SUPPORT_URL", "mailto:help@example.org")]).await;
    for language in ["en", "de"] {
        let [link, notice] = messages(&app, language).await;
        insta::assert_snapshot!(format!("link_{language}"), shown(&link));
        insta::assert_snapshot!(format!("notice_{language}"), shown(&notice));
        assert_eq!(link.header("Content-Language").as_deref(), Some(language));
        assert!(!notice.raw.contains("tk-") && !notice.text().contains("meadow"));
    }
    app.finish().await;
}

// SECURITY.md, requirements 65 and 67
#[on_both_databases]
async fn a_message_says_that_no_person_wrote_it_and_goes_to_one_recipient(database: Database) {
    let app = TestApp::start_with(database, &[("MAIL__REPLY_TO", "Help <help@example.org>")]).await;
    for mail in messages(&app, "en").await {
        assert_eq!(
            mail.header_names().join(", "),
            "From, To, Subject, Message-ID, Auto-Submitted, X-Auto-Response-Suppress, Content-Language, Reply-To, \
                 MIME-Version, Date, Content-Type"
        );
        assert_eq!(mail.sender, "no-reply@example.org");
        assert_eq!(mail.recipients, ["person-en@example.org"]);
        assert_eq!(mail.header("To").as_deref(), Some("person-en@example.org"));
        assert_eq!(mail.header("From").as_deref(), Some("Example <no-reply@example.org>"));
        assert_eq!(mail.header("Reply-To").as_deref(), Some("Help <help@example.org>"));
        assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        let id = mail.header("Message-ID").unwrap();
        assert!(id.starts_with('<') && id.ends_with("@example.org>") && id.len() == 24 + 14, "{id}");
    }
    let [first, second] = messages(&app, "de").await;
    assert_ne!(first.header("Message-ID"), second.header("Message-ID"));
    app.finish().await;
}

// SECURITY.md, requirement 67: nothing is fetched when a mail is opened, and every link is our own
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_a_message_follows_its_reader() {
    let app = TestApp::start(Database::sqlite()).await;
    for mail in messages(&app, "en").await {
        let html = mail.html();
        for fetched in ["<img", "<link", "<script", "src=", "url(", "@import", "<iframe"] {
            assert!(!html.contains(fetched), "{fetched}");
        }
        for link in html.split("href=\"").skip(1) {
            assert!(link.starts_with(&format!("{PUBLIC_URL}/")), "{link}");
        }
        for link in mail.text().split("http").skip(1) {
            assert!(format!("http{link}").starts_with(&format!("{PUBLIC_URL}/")), "{link}");
        }
    }
    app.finish().await;
}

// SECURITY.md, requirement 66
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_name_is_shown_as_text() {
    let name = "<a href=//evil>\"&'Straße";
    let app = TestApp::start_with(Database::sqlite(), &[("PAGES__PRODUCT_NAME", name)]).await;
    for mail in messages(&app, "en").await {
        assert!(mail.subject().contains(name), "{}", mail.subject());
        assert!(mail.text().contains(name));
        assert!(!mail.html().contains("<a href=//evil"));
        assert!(mail.html().contains("&#60;a href=//evil&#62;&#34;&#38;&#39;Straße"), "{}", mail.html());
    }
    app.finish().await;
}

// SECURITY.md, requirement 65
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_breaks_in_what_becomes_a_header_stop_the_start() {
    let database = Database::sqlite();
    for (key, variable) in [
        ("pages.product_name", "PAGES__PRODUCT_NAME"),
        ("mail.from", "MAIL__FROM"),
        ("mail.reply_to", "MAIL__REPLY_TO"),
    ] {
        for line_break in ["\r\n", "\n", "\r"] {
            let value = match key {
                "pages.product_name" => format!("Example{line_break}Bcc: evil@example.com"),
                _ => format!("Example{line_break}Bcc: evil@example.com <no-reply@example.org>"),
            };
            let finished = Program::new(&database, "file:mails").with(variable, &value).run(&["check"]).await;
            assert_eq!(finished.code, 2, "{key}: {line_break:?}");
            assert!(finished.stderr.starts_with(&format!("keyback: {key} = ")), "{}", finished.stderr);
            assert_eq!(finished.stderr.lines().count(), 1);
        }
    }
}
