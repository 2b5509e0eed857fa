//! TLS and authentication with the mail server: no password is sent in clear text, and mail waits while the password is
//! wrong until the operator fixes it.

use std::time::Duration;

use super::{reasons, the_link_works};
use crate::support::{Authority, Database, Program, SmtpLogin, SmtpServer, SmtpTls, TestApp};

const USER: &str = "keyback@example.org";
const PASSWORD: &str = "p@ss: word/%";

/// As it stands in a URL.
const CREDENTIALS: &str = "keyback%40example.org:p%40ss%3A%20word%2F%25";

fn login(mechanism: &'static str) -> Option<SmtpLogin> {
    Some(SmtpLogin { mechanism, user: USER, password: PASSWORD })
}

/// `keyback serve` with one account, that trusts the authority; somebody asks, the mail arrives.
async fn a_mail_arrives(authority: &Authority, smtp: &SmtpServer, url: &str) {
    let database = Database::sqlite();
    let trusted = authority.file().display().to_string();
    let program = Program::new(&database, url).with_variable("SSL_CERT_FILE", &trusted);
    program.succeed(&["accounts", "add", "--email", "known@example.org", "--email-verified", "--no-password"]).await;
    let serving = program.serve().await;
    let answer = serving.browser().post("/actions/ask", &[("identifier", "known@example.org")]).await;
    assert_eq!(answer.location(), "/check-inbox");
    smtp.wait_until(url, |state| state.mails.len() == 1).await;
    assert_eq!(smtp.mails()[0].recipients, ["known@example.org"]);
    assert!(program.succeed(&["check"]).await.lines().any(|line| line == "mail: ok"));
    assert!(!serving.log().contains(PASSWORD) && !serving.log().contains("known@example.org"));
    serving.stop().await;
}

// The words of RFC 3207 §4 and RFC 8314 §3; lettre trusts what the system trusts
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_over_starttls_to_who_signs_in() {
    let authority = Authority::new();
    for mechanism in ["PLAIN", "LOGIN"] {
        let smtp = SmtpServer::start_with(SmtpTls::StartTls(authority.acceptor()), login(mechanism)).await;
        let url = format!("smtp://{CREDENTIALS}@localhost:{}", smtp.address.port());
        a_mail_arrives(&authority, &smtp, &url).await;
        let in_clear = smtp.in_clear();
        assert!(in_clear.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS\r\n"), "{in_clear:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_over_tls_from_the_start_to_who_signs_in() {
    let authority = Authority::new();
    for mechanism in ["PLAIN", "LOGIN"] {
        let smtp = SmtpServer::start_with(SmtpTls::Implicit(authority.acceptor()), login(mechanism)).await;
        let url = format!("smtps://{CREDENTIALS}@localhost:{}", smtp.address.port());
        a_mail_arrives(&authority, &smtp, &url).await;
        assert!(smtp.in_clear().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_where_offered_is_used_where_it_is_offered_and_left_out_where_it_is_not() {
    let authority = Authority::new();
    for (tls, is_protected) in [(SmtpTls::StartTls(authority.acceptor()), true), (SmtpTls::None, false)] {
        let smtp = SmtpServer::start_with(tls, None).await;
        let url = format!("smtp://localhost:{}?tls=opportunistic", smtp.address.port());
        a_mail_arrives(&authority, &smtp, &url).await;
        assert_eq!(smtp.in_clear().iter().all(|line| !line.starts_with("MAIL FROM")), is_protected);
    }
}

// A server in the middle that leaves STARTTLS out of its answer (CVE-2011-0411 and its kin) gets nothing
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_tls_that_is_required_nothing_is_sent() {
    let stranger = Authority::new();
    for (tls, scheme, reason) in [
        (SmtpTls::None, "smtp", "the mail server does not offer STARTTLS"),
        (SmtpTls::None, "smtps", "TLS with the mail server failed"),
        (SmtpTls::StartTls(stranger.acceptor()), "smtp", "TLS with the mail server failed"),
        (SmtpTls::Implicit(stranger.acceptor()), "smtps", "TLS with the mail server failed"),
    ] {
        let smtp = SmtpServer::start_with(tls, login("PLAIN")).await;
        let url = format!("{scheme}://{CREDENTIALS}@localhost:{}", smtp.address.port());
        let app = TestApp::start_with(Database::sqlite(), &[("MAIL__URL", url.as_str())]).await;
        app.add_account("known@example.org").await;
        assert_eq!(app.ask(&mut app.browser(), "known@example.org").await.location(), "/check-inbox");
        app.deliver().await;
        assert_eq!(reasons(&app).await, [reason], "{scheme}");
        let in_clear = smtp.in_clear().concat();
        for secret in ["AUTH", "MAIL", "RCPT", "known@example.org", "tk-"] {
            assert!(!in_clear.contains(secret), "{scheme}: {in_clear}");
        }
        let finished = Program::new(&app.database, &url).run(&["check"]).await;
        assert_eq!(finished.code, 2);
        assert!(finished.stderr.contains("mail.url: ") && finished.stderr.contains(reason), "{}", finished.stderr);
    }
}

// The operator's fault is not the person's: RFC 4954 §6
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_keeps_the_mail_waiting_and_check_names_the_fix() {
    let smtp = SmtpServer::start_with(SmtpTls::None, login("PLAIN")).await;
    let wrong =
        format!("smtp://{USER}:wrong-password@localhost:{}?tls=none", smtp.address.port()).replacen('@', "%40", 1);
    let missing = smtp.url();
    let right = format!("smtp://{CREDENTIALS}@localhost:{}?tls=none", smtp.address.port());
    let database = Database::sqlite();
    for (number, (url, code)) in [(&wrong, 535), (&missing, 530)].into_iter().enumerate() {
        let app = TestApp::start_with(Database::sqlite(), &[("MAIL__URL", url)]).await;
        app.add_account("known@example.org").await;
        app.ask(&mut app.browser(), "known@example.org").await;
        for attempt in 1..=3 {
            app.deliver().await;
            assert_eq!(reasons(&app).await, [format!("the mail server answered {code}")], "attempt {attempt}");
            app.clock.advance(Duration::from_secs(60));
        }
        assert_eq!(smtp.mails().len(), number);
        // The operator mends the URL and starts again.
        let mut config = app.application.config.clone();
        config.mail.url = keyback::config::MailUrl::Smtp {
            host: "localhost".into(),
            port: smtp.address.port(),
            security: keyback::config::SmtpSecurity::None,
            credentials: Some((USER.into(), PASSWORD.to_owned().into())),
        };
        let mended = keyback::cli::Application::start(config, app.clock.clone()).await.unwrap();
        assert_eq!(mended.worker().send_due().await, Ok(1));
        let mail = smtp.mails().pop().unwrap();
        the_link_works(&app, &mail).await;
        mended.store.close().await;
        app.finish().await;
    }

    let finished = Program::new(&database, &wrong).run(&["check"]).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (2, "configuration: ok\ndatabase: ok\n"));
    assert!(finished.stderr.contains("the mail server answered 535. Check host, port, user name and password"));
    assert!(!finished.stderr.contains("wrong-password") && !finished.stderr.contains("keyback%40"));
    assert_eq!(Program::new(&database, &right).run(&["check"]).await.code, 0);
}
