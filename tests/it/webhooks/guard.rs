//! Where events may go (SECURITY.md, requirement 72). The forbidden destinations are real: each one listens, and must
//! receive nothing.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use keyback::clock::Clock;
use keyback::delivery::{SendError, WebhookTransport};
use keyback::http_client::Lookup;

use super::{ID, NOW, PAYLOAD, config, transport};
use crate::support::{Provider, ProviderBehaviour};

/// Two endpoints with one port: 127.0.0.2, which the tests allow and which stands for the Internet, and
/// 127.0.0.1, which is where nothing must arrive.
async fn outside_and_inside() -> (Provider, Provider) {
    let outside = Provider::start_at("127.0.0.2:0".parse().unwrap(), None).await;
    let inside = Provider::start_at(([127, 0, 0, 1], outside.port()).into(), None).await;
    for endpoint in [&outside, &inside] {
        endpoint.behave(ProviderBehaviour::answer(200, ""));
    }
    (outside, inside)
}

/// A transport to a name whose addresses are told one look-up after the other. Only 127.0.0.2 is allowed.
fn transport_with(port: u16, answers: &[&[&str]]) -> WebhookTransport {
    let mut config = config(&format!("http://localhost:{port}/hook"));
    config.allowed_networks = vec!["127.0.0.2/32".parse().unwrap()];
    let addresses = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
    let answers: VecDeque<Vec<IpAddr>> = answers.iter().map(addresses).collect();
    WebhookTransport::with_lookup(&config, Clock::manual(NOW), Lookup::Scripted(Arc::new(Mutex::new(answers)))).unwrap()
}

#[track_caller]
fn assert_not_public(error: SendError) {
    assert_eq!(error.to_string(), "webhooks.url leads to an address that is not public");
    assert!(matches!(error, SendError::Transient { retry_after: None, .. }), "{error:?}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_followed() {
    let (outside, inside) = outside_and_inside().await;
    for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "fd00:ec2::254", "0.0.0.0"] {
        assert_not_public(transport_with(outside.port(), &[&[address]]).send(ID, PAYLOAD).await.unwrap_err());
    }
    assert!(inside.received().is_empty() && outside.received().is_empty());
}

#[tokio::test]
async fn one_bad_address_among_good_ones_spoils_them() {
    let (outside, inside) = outside_and_inside().await;
    for answer in [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]] {
        assert_not_public(transport_with(outside.port(), &[&answer]).send(ID, PAYLOAD).await.unwrap_err());
    }
    assert!(inside.received().is_empty() && outside.received().is_empty());
}

#[tokio::test]
async fn a_name_that_changes_between_two_events_is_looked_at_each_time() {
    let (outside, inside) = outside_and_inside().await;
    let transport = transport_with(outside.port(), &[&["127.0.0.2"], &["127.0.0.1"], &["127.0.0.2"]]);
    transport.send(ID, PAYLOAD).await.unwrap();
    assert_not_public(transport.send(ID, PAYLOAD).await.unwrap_err());
    transport.send(ID, PAYLOAD).await.unwrap();
    assert_eq!((outside.received().len(), inside.received().len()), (2, 0));
}

// What is looked at is what is connected to: a second look-up would lead inside
#[tokio::test]
async fn a_name_that_changes_between_look_and_connection_leads_where_it_was_looked_at() {
    let (outside, inside) = outside_and_inside().await;
    transport_with(outside.port(), &[&["127.0.0.2"], &["127.0.0.1"]]).send(ID, PAYLOAD).await.unwrap();
    assert_eq!((outside.received().len(), inside.received().len()), (1, 0));
}

#[tokio::test]
async fn a_name_without_an_address_may_have_one_later() {
    let error = transport_with(1, &[]).send(ID, PAYLOAD).await.unwrap_err();
    assert_eq!(error.to_string(), "the webhook endpoint cannot be reached");
    assert!(matches!(error, SendError::Transient { .. }));
}

// The start refuses it; this is what stands behind
#[tokio::test]
async fn an_address_in_the_url_is_looked_at_before_each_event() {
    let sink = Provider::start().await;
    for host in ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost"] {
        let allowed = config("http://localhost/");
        let mut forbidden = allowed.clone();
        forbidden.url = format!("http://{host}:{}/hook", sink.port()).parse().unwrap();
        forbidden.allowed_networks.clear();
        let transport = WebhookTransport::new(&forbidden, Clock::manual(NOW)).unwrap();
        assert_not_public(transport.send(ID, PAYLOAD).await.unwrap_err());
    }
    assert!(sink.received().is_empty());
    sink.behave(ProviderBehaviour::answer(200, ""));
    transport(&sink, Clock::manual(NOW)).send(ID, PAYLOAD).await.unwrap();
    assert_eq!(sink.received().len(), 1, "a network that is allowed is open");
}

#[tokio::test]
async fn a_redirect_is_not_followed_wherever_it_leads() {
    let (endpoint, elsewhere) = (Provider::start().await, Provider::start().await);
    elsewhere.behave(ProviderBehaviour::answer(200, ""));
    for status in [301, 302, 303, 307, 308] {
        for location in [elsewhere.url(), "http://169.254.169.254/latest/meta-data/".into(), "/elsewhere".into()] {
            endpoint.behave(ProviderBehaviour::answer(status, "").with("location", &location));
            let error = transport(&endpoint, Clock::manual(NOW)).send(ID, PAYLOAD).await.unwrap_err();
            assert_eq!(error.to_string(), format!("the webhook endpoint answered {status}"));
        }
    }
    assert!(elsewhere.received().is_empty());
    assert_eq!(endpoint.received().len(), 15);
}
