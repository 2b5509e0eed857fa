//! The wording of text messages and mails with codes in each language. A text message costs one segment.

use super::{NEW_PASSWORD, with_phone};
use crate::support::{Database, ReceivedText, TestApp};

const NUMBER: &str = "+12025550123";

/// The texts of a reset with a number and of a closing after too many wrong codes.
async fn texts_in(language: &str, settings: &[(&str, &str)]) -> (Vec<ReceivedText>, TestApp) {
    let app = TestApp::start_with_texts(Database::sqlite(), settings).await;
    app.add_account_with("known@example.org", |account| with_phone(account, NUMBER)).await;
    let mut browser = app.browser().with_header("accept-language", language);
    let code = app.ask_for_text(&mut browser, NUMBER).await;
    assert_eq!(app.type_code(&mut browser, &code.code()).await, "/reset-password");
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let mut texts = vec![code];
    texts.extend(app.deliver_texts().await);
    for _ in 0..4 {
        app.clock.advance(std::time::Duration::from_secs(60 * 60));
        let mut browser = app.browser().with_header("accept-language", language);
        let text = app.ask_for_text(&mut browser, NUMBER).await;
        for _ in 0..5 {
            app.type_code(&mut browser, &text.wrong_code()).await;
        }
    }
    texts.extend(app.deliver_texts().await);
    (texts, app)
}

/// Without what is different each time.
fn shown(texts: &[ReceivedText]) -> String {
    let code = texts[0].code();
    texts.iter().map(|text| text.text.replace(&code, "123456")).collect::<Vec<_>>().join("\n\n---\n\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_read_the_text_messages_in_their_language() {
    for language in ["en", "de"] {
        let (texts, app) = texts_in(language, &[]).await;
        assert_eq!(texts.len(), 3);
        insta::assert_snapshot!(format!("texts_{language}"), shown(&texts));
        let closing = app.smtp.mails().pop().expect("a mail");
        insta::assert_snapshot!(format!("closing_{language}"), format!("{}\n\n{}", closing.subject(), closing.text()));
        app.finish().await;
    }
}

// SECURITY.md, requirement 36: GSM-7, 160 characters, the last line for our host
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_names_and_other_letters_do_not_cost_a_second_segment() {
    let long = "The Very Long-Winded Company for Harbours, Ships & Lanterns";
    for (name, host) in [
        (long, "reset.example.org"),
        ("東京電力株式会社", "reset.example.org"),
        ("Łódź 🚢", "account-recovery.customers.harbour-and-lanterns.example.org"),
    ] {
        for language in ["en", "de"] {
            let url = format!("https://{host}");
            let settings = [("PAGES__PRODUCT_NAME", name), ("SERVER__PUBLIC_URL", url.as_str())];
            let texts = rendered(language, &settings);
            for text in &texts {
                assert_eq!(keyback::delivery::segments(text), 1, "{} characters: {text}", text.chars().count());
            }
            assert_eq!(texts[0].lines().last(), Some(format!("@{host} #123456").as_str()));
        }
    }
}

/// A code, a notice and a closing, as the renderer writes them.
fn rendered(language: &str, settings: &[(&str, &str)]) -> Vec<String> {
    use keyback::model::Locale;
    use keyback::model::{Code, PhoneNumber, TextContent, TextMessage, Timestamp};
    let config = crate::support::test_app::config(&Database::sqlite(), "file:unused", settings);
    let renderer = keyback::delivery::Renderer::new(&config);
    let changed_at = Timestamp::from_millis(1_795_356_180_000);
    [TextContent::Code(Code::parse("123456").unwrap()), TextContent::Changed { changed_at }, TextContent::CodesClosed]
        .into_iter()
        .map(|content| {
            let to = PhoneNumber::parse(NUMBER, None).unwrap();
            let locale = Locale::from_word(language).unwrap();
            renderer.render_text(&TextMessage { to, locale, content }, "id").text
        })
        .collect()
}
