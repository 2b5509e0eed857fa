//! Three workers with one outbox: each message is sent once, and a worker that dies is replaced.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::{Fleet, on_postgres};
use crate::support::SmtpBehaviour;

on_postgres! {
    // DESIGN.md §5, outbox with leases
    async fn of_hundreds_of_messages_each_goes_out_once() {
        const PEOPLE: usize = 300;
        let fleet = Fleet::start(&[]).await;
        fleet.program.add_people(PEOPLE).await;
        let browser = fleet.browser();
        let mut asking = JoinSet::new();
        for number in 0..PEOPLE {
            let mut browser = browser.clone();
            asking.spawn(async move {
                let email = format!("person{number}@example.org");
                browser.post("/actions/ask", &[("identifier", &email)]).await.location().to_owned()
            });
        }
        assert!(asking.join_all().await.iter().all(|location| location == "/check-inbox"));
        fleet.smtp.wait_until("every mail", |state| state.mails.len() >= PEOPLE).await;
        fleet.database.wait_until("SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'", 300).await;
        let recipients: Vec<_> = fleet.smtp.mails().into_iter().flat_map(|mail| mail.recipients).collect();
        let distinct: BTreeSet<_> = recipients.iter().collect();
        assert_eq!((recipients.len(), distinct.len()), (PEOPLE, PEOPLE));
        let first_try = "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent' AND attempts = 1";
        assert_eq!(fleet.database.number(first_try).await, 300, "nobody else began to send it");
        let sent = fleet.instances.iter().map(|instance| instance.log().matches("reset.dispatched").count());
        let sent: Vec<_> = sent.collect();
        assert_eq!(sent.iter().sum::<usize>(), PEOPLE, "{sent:?}");
        assert!(sent.iter().all(|number| *number > 0), "each had its part: {sent:?}");
        fleet.stop().await;
    }

    // DESIGN.md §5: killing the process at any point loses nothing
    async fn the_message_of_an_instance_that_is_killed_is_sent_by_another_when_the_lease_ends() {
        let mut fleet = Fleet::start(&[]).await;
        fleet.program.add_people(2).await;
        // All but one go, so that it is known whose lease it is.
        for instance in fleet.instances.drain(1..) {
            instance.stop().await;
        }
        fleet.smtp.behave(SmtpBehaviour::HoldMessage);
        fleet.instances[0].browser().post("/actions/ask", &[("identifier", "person0@example.org")]).await;
        fleet.smtp.wait_until("the message is held", |state| state.held == 1).await;
        let (two, three) = tokio::join!(fleet.program.serve(), fleet.program.serve());
        fleet.instances.remove(0).kill().await;
        fleet.instances = vec![two, three];
        fleet.smtp.behave(SmtpBehaviour::Accept);
        fleet.smtp.hang_up();

        // When another message has gone, others have looked at the outbox, and the lease has held.
        fleet.instances[0].browser().post("/actions/ask", &[("identifier", "person1@example.org")]).await;
        fleet.smtp.wait_until("the other mail", |state| state.mails.len() == 1).await;
        assert_eq!(fleet.smtp.mails()[0].recipients, ["person1@example.org"]);
        let oldest = "created_at = (SELECT MIN(created_at) FROM outbox)";
        fleet.database.change(&format!("UPDATE outbox SET lease_until = 0 WHERE {oldest}")).await;
        fleet.smtp.wait_until("the mail", |state| state.mails.len() == 2).await;
        let mail = fleet.smtp.mails().remove(1);
        assert_eq!(mail.recipients, ["person0@example.org"]);
        let link = format!("/verify?key={}&action=reset-pwd", mail.link_key());
        assert!(fleet.instances[1].browser().get(&link).await.location().contains("access_token=at-"));
        fleet.stop().await;
    }
}
