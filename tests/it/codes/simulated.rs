//! The simulated destination for an account that does not exist: it cannot be distinguished from a real one, whichever
//! channel is requested (SECURITY.md, requirement 4).

use std::collections::BTreeSet;

use keyback::model::{Channel, Identifier, IdentifierKind};
use keyback::reset::{ResetService, Reveal, RevealedDelivery};

use super::with_phone;
use crate::support::{Database, TestApp, on_both_databases};

async fn revealed(reset: &ResetService, identifier: &Identifier, wanted: Channel) -> RevealedDelivery {
    reset.reveal(identifier, Some(wanted), Reveal::Configured).await.unwrap().delivery().unwrap()
}

// An account with an address alone is reached there, though a text message is wanted: were a stranger always
// reached by text, the address would tell that there is an account
#[on_both_databases]
async fn a_stranger_is_reached_by_mail_or_by_text_as_accounts_are(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    let reset = &app.application.reset;
    let reached = async |email: &str, wanted| {
        let identifier = reset.asking().identify_as(IdentifierKind::Email, email).unwrap();
        revealed(reset, &identifier, wanted).await
    };
    app.add_account("nora@example.org").await;
    app.add_account_with("nina@example.org", |account| with_phone(account, "+12025550123")).await;
    let mailed = reached("nora@example.org", Channel::Sms).await;
    assert_eq!((mailed.channel, mailed.destination.as_str()), (Channel::Email, "n***@e***"));
    assert_eq!(reached("nina@example.org", Channel::Sms).await.channel, Channel::Sms);

    let mut seen = BTreeSet::new();
    for number in 0..40 {
        let stranger = format!("n{number}@example.org");
        let found = reached(&stranger, Channel::Sms).await;
        assert_eq!(found, reached(&stranger, Channel::Sms).await, "the same each time");
        let is_mail = found.channel == Channel::Email;
        assert_eq!(found.destination == mailed.destination, is_mail, "an address is the one that was typed");
        seen.insert(is_mail);
    }
    assert_eq!(seen, BTreeSet::from([false, true]));
    app.finish().await;
}

#[on_both_databases]
async fn a_stranger_has_the_same_contacts_whichever_way_is_wanted(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    let reset = &app.application.reset;
    for number in 0..40 {
        let name = reset.asking().identify_as(IdentifierKind::Username, &format!("nobody{number}")).unwrap();
        let by_text = revealed(reset, &name, Channel::Sms).await.channel;
        let by_mail = revealed(reset, &name, Channel::Email).await.channel;
        let crossed = by_text == Channel::Email && by_mail == Channel::Sms;
        assert!(!crossed, "who has no number for a text message has none for a mail");
    }
    app.finish().await;
}
