//! The plain part of a conversation before STARTTLS: what an attacker on the network adds to it or changes in it must
//! not be trusted.

use std::time::Duration;

use super::{reasons, the_link_works};
use crate::support::{Authority, Database, Program, SmtpBehaviour, SmtpLogin, SmtpServer, SmtpTls, TestApp};

const LOGIN: SmtpLogin = SmtpLogin { mechanism: "PLAIN", user: "keyback", password: "hunter2" };

/// `keyback check` with an authority that it trusts.
async fn check(authority: &Authority, url: &str) -> (i32, String) {
    let database = Database::sqlite();
    let trusted = authority.file().display().to_string();
    let program = Program::new(&database, url).with_variable("SSL_CERT_FILE", &trusted);
    let finished = program.run(&["check"]).await;
    (finished.code, finished.stderr)
}

// CVE-2011-0411 and its kin
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_added_before_tls_is_never_believed() {
    let authority = Authority::new();
    for behaviour in [SmtpBehaviour::AnswerAppendedToStartTls, SmtpBehaviour::AnswerBeforeStartTls] {
        for (login, user, tls) in [(Some(LOGIN), "keyback:hunter2@", ""), (None, "", "?tls=opportunistic")] {
            let smtp = SmtpServer::start_with(SmtpTls::StartTls(authority.acceptor()), login).await;
            smtp.behave(behaviour);
            let url = format!("smtp://{user}localhost:{}{tls}", smtp.address.port());
            let (code, words) = check(&authority, &url).await;
            assert_eq!(code, 2, "{behaviour:?}");
            assert!(words.contains("answered before it was asked"), "{behaviour:?}: {words}");
            assert_eq!(smtp.in_tls(), Vec::<String>::new(), "{behaviour:?}");
            let in_clear = smtp.in_clear();
            assert!(in_clear.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS\r\n"), "{in_clear:?}");

            let app = TestApp::start_with(Database::sqlite(), &[("MAIL__URL", url.as_str())]).await;
            app.add_account("known@example.org").await;
            app.ask(&mut app.browser(), "known@example.org").await;
            app.deliver().await;
            assert!(reasons(&app).await[0].contains("answered before it was asked"), "the mail waits");
            assert!(smtp.mails().is_empty() && smtp.in_tls().is_empty());
        }
    }
}

// RFC 5321 §2.4: keywords may be written in any case
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_that_is_offered_in_lower_case_is_used() {
    let authority = Authority::new();
    for (login, user, tls) in [(Some(LOGIN), "keyback:hunter2@", ""), (None, "", ""), (None, "", "?tls=opportunistic")]
    {
        let smtp = SmtpServer::start_with(SmtpTls::StartTls(authority.acceptor()), login).await;
        smtp.behave(SmtpBehaviour::LowerCase);
        let (code, words) = check(&authority, &format!("smtp://{user}localhost:{}{tls}", smtp.address.port())).await;
        assert_eq!(code, 0, "{words}");
        let in_clear = smtp.in_clear();
        assert!(in_clear.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS\r\n"), "{in_clear:?}");
        assert!(smtp.in_tls().iter().any(|line| line == "QUIT\r\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_sends_no_lines_costs_no_memory_and_the_mail_goes_later() {
    for (behaviour, tls) in [
        (SmtpBehaviour::EndlessLine, "none"),
        (SmtpBehaviour::EndlessLine, "opportunistic"),
        (SmtpBehaviour::BareLf, "none"),
        (SmtpBehaviour::BareLf, "required"),
    ] {
        let smtp = SmtpServer::start().await;
        smtp.behave(behaviour);
        let url = format!("smtp://localhost:{}?tls={tls}", smtp.address.port());
        let app = TestApp::start_with(Database::sqlite(), &[("MAIL__URL", url.as_str())]).await;
        app.add_account("known@example.org").await;
        app.ask(&mut app.browser(), "known@example.org").await;
        app.deliver().await;
        assert_eq!(reasons(&app).await, ["the mail server's answer cannot be understood"], "{behaviour:?} {tls}");
        if tls != "required" {
            smtp.behave(SmtpBehaviour::Accept);
            app.clock.advance(Duration::from_secs(60));
            app.deliver().await;
            the_link_works(&app, &smtp.mails()[0]).await;
        }
    }
}

// Files are for people who try things out: they copy the link by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_in_a_mail_that_is_a_file_works_as_it_is_written() {
    for language in ["en", "de"] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file:{}", folder.path().display());
        let settings = [("MAIL__URL", url.as_str()), ("PAGES__PRODUCT_NAME", "Müllers Hafen")];
        let app = TestApp::start_with(Database::sqlite(), &settings).await;
        app.add_account("known@example.org").await;
        let mut browser = app.browser().with_header("accept-language", language);
        app.ask(&mut browser, "known@example.org").await;
        app.deliver().await;
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let raw = std::fs::read(&file).unwrap();
        let text = String::from_utf8(raw.clone()).unwrap();
        let link = text.split_whitespace().find(|word| word.contains("/verify?key=")).unwrap();
        let answer = app.browser().get(&app.path_of(link)).await;
        assert!(answer.location().contains("/auth-redirect?access_token=at-"), "{link}: {answer:?}");
        assert!(text.contains("Müllers Hafen"), "the text is not encoded");
        let not_me = text.split_whitespace().find(|word| word.contains("/not-me?key=")).unwrap();
        assert_eq!(app.browser().get(&app.path_of(not_me)).await.location(), "/not-me");

        // It is still a message that mail programs open.
        let parsed = mail_parser::MessageParser::default().parse(&raw).unwrap();
        assert!(parsed.subject().unwrap().contains("Müllers Hafen"));
        assert!(parsed.body_text(0).unwrap().contains(link));
        assert!(parsed.body_html(0).unwrap().contains("<html"));
        assert!(text.split("\r\n").all(|line| !line.contains(['\r', '\n'])), "lines end in CRLF");
    }
}
