//! Step 1 from outside: what the page answers to a request, and what follows from it.

use std::time::Duration;

use keyback::admin::AccountChange;
use keyback::model::EmailAddress;
use reqwest::StatusCode;

use crate::support::{Database, OLD_PASSWORD, SmtpBehaviour, TestApp, on_both_databases};

// SECURITY.md, requirement 1
#[on_both_databases]
async fn every_class_of_account_gets_the_same_answer(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    app.add_account_with("unverified@example.org", |account| account.email_verified = false).await;
    app.add_account_with("disabled@example.org", |account| account.disabled = true).await;
    app.add_account_without_password("federated@example.org").await;

    let mut answers = Vec::new();
    for name in ["known", "unknown", "unverified", "disabled", "federated"] {
        let mut browser = app.browser();
        let answer = app.ask(&mut browser, &format!("{name}@example.org")).await;
        let page = browser.follow(&answer).await;
        let mut page = page.comparable();
        page.2 = page.2.replace(name, "somebody");
        answers.push((answer.comparable(), page));
    }
    assert_eq!(answers[0].0.0, StatusCode::SEE_OTHER);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");

    let recipients: Vec<_> = app.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect();
    assert_eq!(recipients.len(), 2, "{recipients:?}");
    assert!(["known@example.org", "federated@example.org"].iter().all(|name| recipients.iter().any(|to| to == name)));
    app.finish().await;
}

// SECURITY.md, requirements 2 and 3
#[on_both_databases]
async fn a_mail_server_that_is_down_or_silent_changes_no_answer(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let worker = app.application.worker();
    for behaviour in [SmtpBehaviour::Unavailable, SmtpBehaviour::Silent, SmtpBehaviour::HangUpInsideData] {
        app.smtp.behave(behaviour);
        let known = app.ask(&mut app.browser(), "known@example.org").await;
        let sending = tokio::spawn({
            let worker = worker.clone();
            async move { worker.send_due().await }
        });
        let unknown = app.ask(&mut app.browser(), &format!("{behaviour:?}@example.org")).await;
        assert_eq!(known.comparable(), unknown.comparable());
        sending.abort();
        app.wait_for_cooldown();
    }
    app.smtp.behave(SmtpBehaviour::Accept);
    while app.database.pending().await > 0 {
        app.clock.advance(Duration::from_secs(60));
        app.deliver().await;
    }
    assert!(app.smtp.mails().len() >= 3, "no mail is lost");
    app.finish().await;
}

// SECURITY.md, requirement 5
#[on_both_databases]
async fn what_is_not_one_address_is_refused_and_nothing_is_sent(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("victim@example.org").await;
    let form = "application/x-www-form-urlencoded";
    for (content_type, body, status) in [
        (form, "identifier=victim@example.org&identifier=evil@example.org", 400),
        (form, "identifier[]=victim@example.org&identifier[]=evil@example.org", 400),
        (form, "identifier=%ff%fe", 400),
        ("application/json", "{\"email\":[\"victim@example.org\"]}", 415),
        ("text/plain", "identifier=victim@example.org", 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
    ] {
        let answer = app.browser().post_body("/actions/ask", content_type, body.as_bytes().to_vec()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    }
    let large = format!("identifier={}", "a".repeat(17 * 1024));
    let answer = app.browser().post_body("/actions/ask", form, large.into_bytes()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);

    for text in [
        "",
        "victim@example.org,evil@example.org",
        "victim@example.org\ncc:evil@example.org",
        "victim@example.org\r\nBcc: evil@example.org",
        "victim@example.org\0",
        "<victim@example.org> <evil@example.org>",
        "victim evil",
        "victim@example.org <evil@example.org>",
        "mailto:victim@example.org,evil@example.org",
        "victim@example.org evil@example.org",
    ] {
        let mut browser = app.browser();
        let answer = app.ask(&mut browser, text).await;
        assert_eq!(answer.location(), "/forgot-password", "{text:?}");
        let page = browser.follow(&answer).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{text:?}");
        assert!(page.body.contains("role=\"alert\""));
    }
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

// SECURITY.md, requirements 6 and 7: both databases give the same for every vector, for neither is asked
#[on_both_databases]
async fn a_message_goes_to_the_stored_address_and_to_no_look_alike(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    for email in ["Mike@Example.org", "julian@cure53.de", "kim@example.org", "sam@example.org", "a@bücher.example"] {
        app.add_account(email).await;
    }
    let vectors = [
        ("mike@example.org", Some("Mike@example.org")),
        ("MIKE@EXAMPLE.ORG", Some("Mike@example.org")),
        (" mike@example.org ", Some("Mike@example.org")),
        ("mike@ＥＸＡＭＰＬＥ.org", Some("Mike@example.org")),
        ("\u{212a}im@example.org", Some("kim@example.org")),
        ("a@xn--bcher-kva.example", Some("a@xn--bcher-kva.example")),
        ("A@BÜCHER.example", Some("a@xn--bcher-kva.example")),
        ("mıke@example.org", None),
        ("mİke@example.org", None),
        ("ｍike@example.org", Some("Mike@example.org")),
        ("julian@cüre53.de", None),
        ("ſam@example.org", None),
        ("mike@example.org.", Some("Mike@example.org")),
        ("mike@exam\u{ad}ple.org", Some("Mike@example.org")),
        ("mike+x@example.org", None),
        ("m.ike@example.org", None),
        ("mike@sub.example.org", None),
        ("mіke@example.org", None),
        ("mike\u{200d}@example.org", Some("Mike@example.org")),
        ("mike%@example.org", None),
    ];
    for (typed, expected) in vectors {
        app.clock.advance(Duration::from_secs(16 * 60));
        app.ask(&mut app.browser(), typed).await;
        let recipients: Vec<_> = app.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect();
        assert_eq!(recipients, expected.into_iter().collect::<Vec<_>>(), "{typed:?}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 9
#[on_both_databases]
async fn asking_changes_nothing_about_the_account(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    app.add_account("known@example.org").await;
    for _ in 0..50 {
        app.ask(&mut app.browser(), "known@example.org").await;
        app.clock.advance(Duration::from_secs(20 * 60));
    }
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 10 and 12
#[on_both_databases]
async fn an_identifier_gets_three_messages_in_15_minutes_however_it_is_spelt(database: Database) {
    let proxy = [("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
    let app = TestApp::start_with(database, &proxy).await;
    app.add_account("known@example.org").await;
    let spellings =
        ["known@example.org", "KNOWN@example.org", " known@EXAMPLE.org", "known@ｅxample.org", "Known@example.org"];
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    let mut mails = 0;
    for (number, spelling) in spellings.iter().enumerate() {
        let address = format!("203.0.113.{number}");
        for (typed, answers) in [
            ((*spelling).to_owned(), &mut known),
            (spelling.replace("nown", "nobody").replace("NOWN", "NOBODY"), &mut unknown),
        ] {
            let mut browser = app.browser().with_header("x-forwarded-for", &address);
            let answer = app.ask(&mut browser, &typed).await;
            let page = browser.follow(&answer).await;
            answers.push((answer.location().to_owned(), page.status, page.header("retry-after").map(str::to_owned)));
        }
        mails += app.deliver().await.len();
        app.clock.advance(Duration::from_secs(61));
    }
    assert_eq!(known, unknown);
    let accepted = known.iter().filter(|(location, ..)| location == "/check-inbox").count();
    assert_eq!(accepted, 3);
    let (location, status, retry_after) = known.last().unwrap();
    assert_eq!((location.as_str(), *status), ("/forgot-password", StatusCode::TOO_MANY_REQUESTS));
    let seconds: u64 = retry_after.as_deref().unwrap().parse().unwrap();
    assert_eq!(seconds, 15 * 60 - 4 * 61);
    assert_eq!(mails, 3);
    app.finish().await;
}

// SECURITY.md, requirement 11
#[on_both_databases]
async fn an_invented_forwarded_address_does_not_help_past_the_limit_of_the_caller(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "5")]).await;
    let mut accepted = 0;
    for number in 0..40 {
        let mut browser = app
            .browser()
            .with_header("x-forwarded-for", &format!("198.51.100.{number}"))
            .with_header("x-real-ip", &format!("198.51.100.{number}"))
            .with_header("forwarded", &format!("for=198.51.100.{number}"));
        let answer = app.ask(&mut browser, &format!("somebody{number}@example.org")).await;
        accepted += usize::from(answer.location() == "/check-inbox");
    }
    assert_eq!(accepted, 5);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 10: everybody together
#[on_both_databases]
async fn there_is_a_limit_for_everybody_together(database: Database) {
    let proxy = [("SERVER__TRUSTED_PROXIES", "127.0.0.0/8"), ("LIMITS__OVERALL_PER_MINUTE", "16")];
    let app = TestApp::start_with(database, &proxy).await;
    let mut accepted = 0;
    // Half of it is for the pages; of that, two are for those who wait there.
    for number in 0..12 {
        let mut browser = app.browser().with_header("x-forwarded-for", &format!("198.51.{number}.9"));
        let answer = app.ask(&mut browser, &format!("somebody{number}@example.org")).await;
        accepted += usize::from(answer.location() == "/check-inbox");
    }
    assert_eq!(accepted, 6);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 10: counted once each, however many come at once
#[on_both_databases]
async fn parallel_requests_for_one_identifier_are_counted_one_by_one(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    app.add_account("known@example.org").await;
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let mut browser = app.browser();
            tokio::spawn(async move { browser.post("/actions/ask", &[("identifier", "known@example.org")]).await })
        })
        .collect();
    let mut accepted = 0;
    for attempt in tries {
        accepted += usize::from(attempt.await.unwrap().location() == "/check-inbox");
    }
    assert_eq!(accepted, 1);
    assert_eq!(app.deliver().await.len(), 1);
    app.finish().await;
}

// SECURITY.md, requirement 13
#[on_both_databases]
async fn nothing_that_a_caller_sends_decides_where_the_link_leads(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    app.add_account("known@example.org").await;
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "javascript"),
        ("forwarded", "host=evil.example"),
        ("x-host", "evil.example"),
        ("x-original-url", "https://evil.example/"),
        ("referer", "https://evil.example/"),
    ] {
        let mut browser = app.browser().with_header(name, value);
        let body = b"identifier=known%40example.org&base_url=https%3A%2F%2Fevil.example".to_vec();
        browser.post_body("/actions/ask", "application/x-www-form-urlencoded", body).await;
        let mails = app.deliver().await;
        assert_eq!(mails.len(), 1, "{name}");
        assert!(!mails[0].raw.contains("evil"), "{name}");
        assert!(mails[0].text().contains("https://reset.example.org/verify?key=tk-"), "{name}");
        app.clock.advance(Duration::from_secs(16 * 60));
    }
    app.finish().await;
}

// SECURITY.md, requirements 13 and 14
#[on_both_databases]
async fn a_foreign_host_is_refused_on_every_route(database: Database) {
    let app = TestApp::start(database).await;
    for host in [
        "evil.example",
        "reset.example.org.evil.example",
        "reset.example.org:8443",
        "reset.example.org:'<a href=\"//evil/?",
        "",
    ] {
        for path in
            ["/", "/forgot-password", "/verify?key=tk-x", "/theme.css", "/nowhere", "/api/v1/accounts/authenticate"]
        {
            let answer = app.browser().with_header("host", host).get(path).await;
            assert!(matches!(answer.status.as_u16(), 400 | 421), "{host} {path}: {}", answer.status);
            assert!(!answer.body.contains("evil"));
        }
        let answer = app.ask(&mut app.browser().with_header("host", host), "known@example.org").await;
        assert!(matches!(answer.status.as_u16(), 400 | 421), "{host}");
    }
    let twice =
        app.browser().with_header("host", "reset.example.org").with_header("host", "evil.example").get("/").await;
    assert!(matches!(twice.status.as_u16(), 400 | 421));
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

// SECURITY.md, requirement 22
#[on_both_databases]
async fn a_change_of_the_account_kills_what_is_open(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    for (number, what) in ["disable", "password", "email"].iter().enumerate() {
        let email = format!("{what}@example.org");
        let id = app.add_account(&email).await;
        let mut browser = app.browser();
        let mail = app.ask_for_mail(&mut browser, &email).await;
        app.open_link(&mut browser, &mail).await;
        // A second request waits in the outbox while the change comes.
        app.wait_for_cooldown();
        app.ask(&mut app.browser(), &email).await;
        let accounts = &app.application.accounts;
        match *what {
            "disable" => accounts.change(&id, AccountChange::Disable).await.unwrap(),
            "password" => {
                let password = keyback::model::NewPassword::parse("meadow-copper-violin".into()).unwrap();
                accounts.set_password(&id, password).await.unwrap();
            }
            _ => {
                let address = EmailAddress::parse(&format!("new{number}@example.org")).unwrap();
                accounts.change(&id, AccountChange::Email { address, verified: true }).await.unwrap();
            }
        }
        assert!(app.deliver().await.is_empty(), "{what}: a message from before the change goes to nobody");
        let dead = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
        assert_eq!(dead.location(), "/link-expired", "{what}");
        let refused = app.set_password(&mut browser, "meadow-copper-violin-2").await;
        assert_eq!(refused.location(), "/reset-password", "{what}");
        assert_eq!(app.authenticate(&email, "meadow-copper-violin-2").await.status, StatusCode::UNAUTHORIZED);
    }
    app.finish().await;
}
