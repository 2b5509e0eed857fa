//! A provider that cannot be reached, hangs or hangs up: a request that never left is repeated safely, and for one that
//! may have arrived the error says so.

use std::time::Duration;

use keyback::clock::Clock;
use keyback::delivery::{Refusal, SendError};
use tokio::net::TcpListener;

use super::{NOW, PROVIDERS, SECRETS, message, settings, transport, transport_of};
use crate::support::{Provider, ProviderBehaviour};

fn reason_of(error: &SendError) -> &str {
    let reason = match error {
        SendError::Transient { reason, .. }
        | SendError::Unreached(reason)
        | SendError::Unanswered(reason)
        | SendError::Permanent(reason) => reason,
    };
    assert!(SECRETS.iter().all(|secret| !reason.contains(secret)), "{reason}");
    reason
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_has_nothing_and_gets_it_later() {
    for name in PROVIDERS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let transport = transport_of(&settings(name, &url), Clock::manual(NOW));
        let Refusal { error, hint } = transport.try_out(&message()).await.unwrap_err();
        assert!(matches!(error, SendError::Unreached(_)), "{name}: {error:?}");
        assert!(reason_of(&error).ends_with("cannot be reached"), "{error}");
        assert!(hint.is_some_and(|hint| hint.contains("firewall")));
    }
}

#[tokio::test]
async fn of_a_connection_that_breaks_off_it_is_said_that_the_message_may_have_gone() {
    for name in PROVIDERS {
        let provider = Provider::start().await;
        provider.behave(ProviderBehaviour::HangUp);
        let error = transport(name, &provider).send(&message()).await.unwrap_err();
        assert!(matches!(error, SendError::Unanswered(_)), "{name}: {error:?}");
        assert!(reason_of(&error).ends_with("broke off before it answered"), "{error}");
        assert_eq!(provider.received().len(), 1, "nothing is sent twice");

        provider.behave(ProviderBehaviour::HangUpInsideAnswer);
        let error = transport(name, &provider).send(&message()).await.unwrap_err();
        assert!(matches!(error, SendError::Unanswered(_)), "{name}: {error:?}");
    }
}

// The time of the runtime is moved on, for ten seconds are long
#[tokio::test]
async fn a_provider_that_says_nothing_is_left_after_ten_seconds() {
    for name in PROVIDERS {
        for behaviour in [ProviderBehaviour::Hang, ProviderBehaviour::HangInsideAnswer] {
            let provider = Provider::start().await;
            provider.behave(behaviour.clone());
            let transport = transport(name, &provider);
            let sending = tokio::spawn(async move { transport.send(&message()).await });
            provider.request().await;
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(9)).await;
            assert!(!sending.is_finished(), "it has ten seconds, not the three of other requests");
            tokio::time::advance(Duration::from_secs(2)).await;
            tokio::time::resume();
            let error = sending.await.unwrap().unwrap_err();
            assert!(matches!(error, SendError::Unanswered(_)), "{name}, {behaviour:?}: {error:?}");
            assert!(reason_of(&error).ends_with("does not answer in time"), "{error}");
        }
    }
}
