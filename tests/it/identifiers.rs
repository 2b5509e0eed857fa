//! Identifiers and codes as people paste them: every row of `docs/identifiers.md`, through the real entry points
//! (SECURITY.md, requirements 5, 6, 7, 10 and 65).

use std::time::Duration;

use keyback::model::{Code, Country, EmailAddress, Identifier, IdentifierKind, NewAccount, PhoneNumber};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Database, OLD_PASSWORD, TestApp, on_both_databases};

/// Many requests from one address to many countries.
const MANY: [(&str, &str); 4] = [
    ("LIMITS__CALLER_PER_15_MINUTES", "100000"),
    ("SMS__CALLER_PER_HOUR", "100000"),
    ("SMS__BLOCK_PER_HOUR", "1000"),
    ("SMS__ALLOWED_COUNTRIES", "US,DE,BR,MX,AR,IT"),
];

/// Past every limit of an identifier.
const A_DAY: Duration = Duration::from_secs(25 * 60 * 60);

/// A row of a table in the documentation.
struct Row {
    section: String,
    cells: Vec<String>,
}

fn rows() -> Vec<Row> {
    let text = include_str!("../../docs/identifiers.md");
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.to_owned();
        } else if let Some(row) = line.strip_prefix("| ")
            && row.contains('`')
        {
            let cells = row.trim_end_matches(" |").split(" | ").map(str::to_owned).collect();
            rows.push(Row { section: section.clone(), cells });
        }
    }
    rows
}

/// What a cell has in backticks, and what follows.
fn written(cell: &str) -> (String, &str) {
    let (code, after) = cell.strip_prefix('`').unwrap().split_once('`').unwrap();
    let mut text = String::new();
    let mut rest = code;
    while let Some((before, escape)) = rest.split_once("\\u{") {
        let (number, after) = escape.split_once('}').unwrap();
        text.push_str(before);
        text.push(char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap());
        rest = after;
    }
    (text + rest, after.trim())
}

/// How the parsers read a text.
fn read(section: &str, text: &str, country: &str) -> Option<String> {
    let kind = match section {
        "Email addresses" | "Addresses that stay apart" => IdentifierKind::Email,
        "Phone numbers" => IdentifierKind::Phone,
        "Usernames" => IdentifierKind::Username,
        "In all of them" if text.contains('+') => IdentifierKind::Phone,
        "In all of them" => IdentifierKind::Email,
        "Codes" => return Code::parse(text).ok().map(|code| code.expose().to_owned()),
        other => panic!("nothing reads what is under {other}"),
    };
    let identifier = Identifier::parse_in(kind, text, Country::parse(country)).ok()?;
    Some(identifier.canonical().to_owned())
}

// SECURITY.md, requirements 5, 6 and 7
#[test]
fn every_row_of_the_documentation_is_true() {
    let rows = rows();
    assert!(rows.len() > 90, "{} rows were found", rows.len());
    for Row { section, cells } in rows {
        let (pasted, place) = written(&cells[0]);
        let found = read(&section, &pasted, place.strip_prefix("in ").unwrap_or_default());
        if cells[1] == "refused" {
            assert_eq!(found, None, "{section}: {pasted:?}");
            continue;
        }
        let (other, _) = written(&cells[1]);
        if section == "Addresses that stay apart" {
            let other = read(&section, &other, "");
            assert!(found.is_some() && other.is_some() && found != other, "{pasted:?}: {found:?}, {other:?}");
        } else {
            assert_eq!(found, Some(other), "{section}: {pasted:?}");
        }
    }
}

/// An account as an older Keyback kept it.
async fn keep_as(app: &TestApp, email: &str) {
    let id = app.add_account("to-be-changed@example.org").await;
    // In two parts: statements are logged, and no log may hold the address.
    let email = email.replace('@', "' || '@");
    let change = format!("UPDATE accounts SET email = '{email}', email_canonical = '{email}' WHERE id = '{id}'");
    app.database.change(&change).await;
}

async fn recipients(app: &TestApp, typed: &str) -> Vec<String> {
    app.clock.advance(A_DAY);
    app.ask(&mut app.browser(), typed).await;
    app.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect()
}

async fn add_phone(app: &TestApp, number: &str) {
    app.add_account_with("unused@example.org", |account: &mut NewAccount| {
        account.email = None;
        account.email_verified = false;
        account.phone = Some(PhoneNumber::parse(number, None).unwrap());
        account.phone_verified = true;
    })
    .await;
}

// SECURITY.md, requirements 6, 7 and 65
#[on_both_databases]
async fn what_people_paste_reaches_the_stored_address_and_no_other(database: Database) {
    let app = TestApp::start_with(database, &MANY[..1]).await;
    for email in [
        "Jane@Example.org",
        "søren@example.org",
        "ÅSGÅRD@example.org",
        "a..b@docomo.ne.jp",
        ".c@docomo.ne.jp",
        "\"john doe\"@example.org",
        "नमस्ते@example.org",
        "a@my_host.example.org",
        "a@r3--abc.example.org",
    ] {
        app.add_account(email).await;
    }
    let (jane, soren, asgard) = ("Jane@example.org", "søren@example.org", "ÅSGÅRD@example.org");
    for (typed, expected) in [
        ("\u{202a}jane@example.org\u{202c}", Some(jane)),
        ("\u{feff}jane@exam\u{200b}ple.org", Some(jane)),
        ("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｏｒｇ", Some(jane)),
        ("mailto:jane@example.org?subject=x", Some(jane)),
        ("Jane Doe <JANE@example.org>,", Some(jane)),
        ("jane@example.org.", Some(jane)),
        ("SØREN@example.org", Some(soren)),
        ("Søren@EXAMPLE.org", Some(soren)),
        ("åsgård@example.org", Some(asgard)),
        ("asgard@example.org", None),
        ("soren@example.org", None),
        ("so\u{338}ren@example.org", None),
        ("a..b@docomo.ne.jp", Some("\"a..b\"@docomo.ne.jp")),
        ("\"A..B\"@docomo.ne.jp", Some("\"a..b\"@docomo.ne.jp")),
        ("a.b@docomo.ne.jp", None),
        (".c@docomo.ne.jp", Some("\".c\"@docomo.ne.jp")),
        ("c@docomo.ne.jp", None),
        ("\"John Doe\"@example.org", Some("\"john doe\"@example.org")),
        ("johndoe@example.org", None),
        ("\u{2067}नमस्ते@example.org\u{2069}", Some("नमस्ते@example.org")),
        ("नमसते@example.org", None),
        ("A@MY_HOST.example.org", Some("a@my_host.example.org")),
        ("a@r3--abc.example.org", Some("a@r3--abc.example.org")),
        ("Jane@example.org <john@example.org>", None),
        ("jane@example.org, soren@example.org", None),
        ("mailto:jane@example.org%0d%0acc:soren@example.org", None),
    ] {
        assert_eq!(recipients(&app, typed).await, expected.into_iter().collect::<Vec<_>>(), "{typed:?}");
    }
    let quoted = app.smtp.mails().into_iter().find(|mail| mail.recipients == ["\"a..b\"@docomo.ne.jp"]).unwrap();
    assert!(quoted.raw.contains("\r\nTo: \"a..b\"@docomo.ne.jp\r\n"), "{}", quoted.raw);
    app.finish().await;
}

// SECURITY.md, requirements 6 and 7: forms that an older Keyback took for canonical
#[on_both_databases]
async fn accounts_from_before_are_found_and_the_exact_one_counts(database: Database) {
    let app = TestApp::start_with(database, &MANY[..1]).await;
    for email in ["Ørsted@example.org", "ØRE@example.org", "øre@example.org", "ｍike@example.org"] {
        keep_as(&app, email).await;
    }
    app.add_account("mike@example.org").await;
    for (typed, expected) in [
        ("Ørsted@example.org", "Ørsted@example.org"),
        ("ørsted@example.org", "Ørsted@example.org"),
        ("ØRSTED@example.org", "Ørsted@example.org"),
        ("øre@example.org", "øre@example.org"),
        ("Mike@example.org", "mike@example.org"),
        ("ｍike@example.org", "ｍike@example.org"),
    ] {
        assert_eq!(recipients(&app, typed).await, [expected], "{typed}");
    }
    // ASCII letters were always stored small, so this is what an older Keyback made of the capitals.
    app.database.change("UPDATE accounts SET email_canonical = 'Øre' || '@example.org' WHERE email LIKE 'ØRE@%'").await;
    assert_eq!(recipients(&app, "ØRE@example.org").await, ["ØRE@example.org"]);
    assert_eq!(recipients(&app, "øre@example.org").await, ["øre@example.org"]);

    // A whole reset: what was bound to the stored form is completed by it.
    app.clock.advance(A_DAY);
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "ørsted@example.org").await;
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, "meadow-copper-violin").await.location(), "/done");
    assert_eq!(app.authenticate("ØRSTED@example.org", "meadow-copper-violin").await.status, StatusCode::OK);
    assert_eq!(app.authenticate("øre@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// The canonical form is unique: two that differ in case are one address
#[on_both_databases]
async fn an_address_in_another_case_is_taken(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("søren@example.org").await;
    let other = NewAccount {
        email: Some(EmailAddress::parse("SØREN@example.org").unwrap()),
        email_verified: true,
        phone: None,
        phone_verified: false,
        username: None,
        password_hash: None,
        mfa_required: false,
        disabled: false,
    };
    let refused = app.application.accounts.add(other, None).await.unwrap_err();
    assert_eq!(refused.to_string(), "the email already belongs to another account");
    app.finish().await;
}

#[on_both_databases]
async fn a_number_in_every_spelling_reaches_the_stored_one(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    let numbers = ["+4915123456789", "+5511987654321", "+525512345678", "+5491123456789", "+393331234567"];
    for number in numbers {
        add_phone(&app, number).await;
    }
    let [german, brazilian, mexican, argentine, italian] = numbers;
    for (typed, to) in [
        ("\u{202a}+49 151 23456789\u{202c}", german),
        ("+٤٩ ١٥١ ٢٣٤٥٦٧٨٩", german),
        ("tel:+49-151-23456789", german),
        ("＋４９（０）１５１ー２３４５６７８９", german),
        ("+0049 151 23456789", german),
        ("011 49 151 23456789", german),
        ("tel:0151-23456789;phone-context=+49", german),
        ("+55 11 8765 4321", brazilian),
        ("+55 (11) 98765-4321", brazilian),
        ("+52 1 55 1234 5678", mexican),
        ("+52 55 1234 5678", mexican),
        ("+54 11 15 2345 6789", argentine),
        ("+54 9 11 2345 6789", argentine),
        ("+39 0333 1234567", italian),
        ("+39 333 1234567", italian),
    ] {
        app.clock.advance(A_DAY);
        assert_eq!(app.ask_for_text(&mut app.browser(), typed).await.to, to, "{typed}");
    }
    for typed in ["+54 11 2345 6789", "+55 11 3765 4321", "+39 0331 123456"] {
        app.clock.advance(A_DAY);
        assert_eq!(app.ask(&mut app.browser(), typed).await.location(), "/code", "{typed}");
        assert!(app.deliver_texts().await.is_empty(), "{typed} means another number");
    }
    app.finish().await;
}

// What an import has stored in the form of before is found by both; of two accounts the exact one counts
#[on_both_databases]
async fn a_number_that_is_stored_in_its_old_form_is_found(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    let by_phone = async |typed: &str| {
        let answer = app.call("/api/v1/accounts/authenticate", json!({"phone": typed, "password": OLD_PASSWORD})).await;
        (answer.status == StatusCode::OK).then(|| answer.json()["account"]["id"].as_str().unwrap().to_owned())
    };
    add_phone(&app, "+551187654321").await;
    let old = by_phone("+55 11 8765 4321").await;
    assert!(old.is_some() && by_phone("+55 11 98765 4321").await == old);
    add_phone(&app, "+5511987654321").await;
    let new = by_phone("+55 11 98765 4321").await;
    assert!(new.is_some() && new != old && by_phone("+55 11 8765 4321").await == old, "{old:?} {new:?}");

    let asked = app.ask_for_text(&mut app.browser(), "+55 11 98765 4321").await;
    assert_eq!(asked.to, "+5511987654321");
    app.clock.advance(A_DAY);
    app.ask(&mut app.browser(), "+55 11 8765 4321").await;
    assert!(app.deliver_texts().await.is_empty(), "meant was the other account, whose number nobody carries any more");
    app.finish().await;
}

// SECURITY.md, requirements 1 and 10
#[on_both_databases]
async fn spellings_of_one_identifier_share_its_limits(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    app.add_account("søren@example.org").await;
    add_phone(&app, "+5511987654321").await;
    let accepted = async |spellings: [&str; 5], of_a_stranger: [(char, &str); 2]| {
        let mut answers = [Vec::new(), Vec::new()];
        for spelling in spellings {
            let [(one, by), (other, by_other)] = of_a_stranger;
            let stranger = spelling.replace(one, by).replace(other, by_other);
            for (typed, answers) in [spelling.to_owned(), stranger].iter().zip(&mut answers) {
                answers.push(app.ask(&mut app.browser(), typed).await.location().to_owned());
            }
            app.deliver().await;
            app.clock.advance(Duration::from_secs(61));
        }
        let [known, unknown] = answers;
        assert_eq!(known, unknown, "whether there is an account shows in nothing");
        known.iter().filter(|location| *location != "/forgot-password").count()
    };
    let emails = [
        "søren@example.org",
        "SØREN@example.org",
        "\u{202a}Søren@example.org",
        "ｓøren＠example.org",
        "<sØren@example.org>.",
    ];
    assert_eq!(accepted(emails, [('ø', "ö"), ('Ø', "Ö")]).await, 3);
    let phones =
        ["+55 11 98765 4321", "+55 11 8765 4321", "tel:+5511987654321", "+५५ ११ ९८७६५ ४३२१", "0055 11 8765-4321"];
    assert_eq!(accepted(phones, [('4', "9"), ('४', "९")]).await, 3);
    assert_eq!((app.smtp.mails().len(), app.provider.received().len()), (3, 3));
    app.finish().await;
}

// A code belongs to the identifier, however that is spelled the second time
#[on_both_databases]
async fn a_code_is_checked_with_another_spelling_than_it_was_asked_with(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    app.add_account("SØREN@example.org").await;
    app.call("/api/v1/resets", json!({"email": "Søren@example.org"})).await;
    let code = app.deliver().await[0].code();
    let body = json!({"email": "\u{200b}søren@example.org", "code": format!("Code: {} {}.", &code[..4], &code[4..])});
    assert_eq!(app.call("/api/v1/resets/verify", body).await.status, StatusCode::OK);
    add_phone(&app, "+5511987654321").await;
    app.call("/api/v1/resets", json!({"phone": "+55 11 8765-4321"})).await;
    let text = app.deliver_texts().await.remove(0);
    let body = json!({"phone": "tel:+55-11-98765-4321", "code": text.text});
    assert_eq!(app.call("/api/v1/resets/verify", body).await.status, StatusCode::OK);
    app.finish().await;
}

#[on_both_databases]
async fn a_pasted_message_is_its_code_and_two_codes_cost_no_try(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    add_phone(&app, "+12025550123").await;
    let in_arabic = |code: &str| -> String {
        code.bytes().map(|digit| char::from_u32(0x660 + u32::from(digit - b'0')).unwrap()).collect()
    };
    for paste in ["whole", "last line", "words", "arabic", "stop"] {
        app.clock.advance(A_DAY);
        let mut browser = app.browser();
        let text = app.ask_for_text(&mut browser, "+1 202 555 0123").await;
        let code = text.code();
        let field = browser.get("/code").await.body;
        assert!(field.contains("maxlength=\"500\""), "a whole message fits in: {field}");
        let two = format!("{code} {}", text.wrong_code());
        assert_eq!(app.type_code(&mut browser, &two).await, "/code");
        let tried = "SELECT COUNT(*) FROM challenges WHERE code_proven_at IS NULL AND code_attempts > 0";
        assert_eq!(app.database.number(tried).await, 0, "{paste}");
        let pasted = match paste {
            "whole" => text.text.clone(),
            "last line" => text.text.lines().last().unwrap().to_owned(),
            "words" => format!("Your code is {} {}.", &code[..3], &code[3..]),
            "arabic" => format!("\u{2067}{}\u{2069}", in_arabic(&code)),
            _ => format!("{code}."),
        };
        assert_eq!(app.type_code(&mut browser, &pasted).await, "/reset-password", "{paste}");
    }
    app.finish().await;
}

#[on_both_databases]
async fn an_extension_is_refused_and_the_page_says_why(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    add_phone(&app, "+12025550123").await;
    for typed in ["+1 202 555 0123 ext. 5", "tel:+1-202-555-0123;ext=5", "202-555-0123x12"] {
        let mut browser = app.browser();
        let answer = app.ask(&mut browser, typed).await;
        let page = browser.follow(&answer).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.body.contains("cannot reach an extension") && page.body.contains(typed), "{}", page.body);
        let refused = app.call("/api/v1/resets", json!({"phone": typed})).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(refused.body.contains("extension"), "{}", refused.body);
    }
    assert!(app.deliver_texts().await.is_empty());
    app.finish().await;
}
