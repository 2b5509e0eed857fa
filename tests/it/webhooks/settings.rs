//! The section `webhooks`: invalid settings stop the start (SECURITY.md, requirements 72 and 79).

use keyback::model::WebhookEvent;

use super::{NEW_SECRET, SECRET, read};

/// The message of a start with that URL, or none.
fn refused(url: &str, allowed: &str) -> Option<String> {
    read(&[("URL", url), ("SECRETS", SECRET), ("ALLOWED_NETWORKS", allowed)]).err().map(|error| error.to_string())
}

// SECURITY.md, requirement 72: a number is an address however it is written
#[test]
fn an_address_that_is_not_public_is_refused_at_the_start_in_every_spelling() {
    for (url, host) in [
        ("https://127.0.0.1/hook", "127.0.0.1"),
        ("https://127.1/hook", "127.0.0.1"),
        ("https://2130706433/hook", "127.0.0.1"),
        ("https://0x7f000001/hook", "127.0.0.1"),
        ("https://0x7f.1/hook", "127.0.0.1"),
        ("https://0177.0.0.1/hook", "127.0.0.1"),
        ("https://017700000001/hook", "127.0.0.1"),
        ("https://127.0.0.1./hook", "127.0.0.1"),
        ("https://%31%32%37.0.0.1/hook", "127.0.0.1"),
        ("https://１２７.0.0.1/hook", "127.0.0.1"),
        ("https://0/hook", "0.0.0.0"),
        ("https://10.0.0.1:8443/hook", "10.0.0.1"),
        ("https://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("https://2852039166/latest/meta-data/", "169.254.169.254"),
        ("https://[::1]/hook", "[::1]"),
        ("https://[0:0:0:0:0:0:0:1]/hook", "[::1]"),
        ("https://[::]/hook", "[::]"),
        ("https://[::ffff:127.0.0.1]/hook", "[::ffff:7f00:1]"),
        ("https://[::ffff:7f00:1]/hook", "[::ffff:7f00:1]"),
        ("https://[::127.0.0.1]/hook", "[::7f00:1]"),
        ("https://[64:ff9b::127.0.0.1]/hook", "[64:ff9b::7f00:1]"),
        ("https://[2002:7f00:1::]/hook", "[2002:7f00:1::]"),
        ("https://[fd00:ec2::254]/hook", "[fd00:ec2::254]"),
        ("https://[fe80::1]/hook", "[fe80::1]"),
        ("https://localhost/hook", "localhost"),
        ("https://LOCALHOST/hook", "localhost"),
    ] {
        let message = refused(url, "").unwrap_or_else(|| panic!("{url} is taken"));
        let expected = format!("webhooks.url = (hidden): {host} is not public: use another host, or add its");
        assert!(message.starts_with(&expected), "{url}: {message}");
    }
    for url in ["https://127.1/hook", "https://2130706433/hook", "https://localhost/hook"] {
        assert_eq!(refused(url, "127.0.0.0/8"), None, "{url}");
    }
    assert_eq!(refused("https://[fd00::5]/hook", "10.0.0.0/8, fd00::/64"), None);
    assert!(refused("https://[fd00:0:0:1::5]/hook", "10.0.0.0/8, fd00::/64").is_some());
}

#[test]
fn only_this_machine_is_told_without_tls_and_only_when_it_is_allowed() {
    for url in ["http://127.0.0.1:8000/hook", "http://127.9:8000/", "http://[::1]/", "http://localhost:8000/hook"] {
        assert!(refused(url, "").is_some_and(|message| message.contains("is not public")), "{url}");
        assert_eq!(refused(url, "127.0.0.0/8, ::1"), None, "{url}");
    }
    for url in
        ["http://app.example.org/hook", "http://8.8.8.8/hook", "http://10.0.0.1/hook", "ftp://app.example.org/", "app"]
    {
        let message = refused(url, "10.0.0.0/8").unwrap_or_else(|| panic!("{url} is taken"));
        assert!(message.starts_with("webhooks.url = (hidden): must be an https:// URL"), "{url}: {message}");
    }
}

// SECURITY.md, requirements 75 and 79: what may hold a password is not repeated
#[test]
fn what_cannot_be_is_told_with_the_fix_and_without_the_secret() {
    let url = ("URL", "https://app.example.org/hook");
    let secrets = ("SECRETS", SECRET);
    let four = [SECRET; 4].join(",");
    for (settings, expected) in [
        (vec![url], "webhooks.secrets is not set. The keys that events are signed with"),
        (vec![url, ("SECRETS", "hunter2")], "webhooks.secrets = (hidden): must be whsec_ and 24 to 64 random octets"),
        (vec![url, ("SECRETS", four.as_str())], "webhooks.secrets = (hidden): at most 3"),
        (
            vec![url, secrets, ("EVENTS", "reset.completed, reset.done")],
            "webhooks.events = \"reset.completed, reset.done\": reset.done is not an event: write some of reset.requested, \
             reset.completed, reset.cancelled, reset.delivery_failed, account.locked_out, or leave it empty for all",
        ),
        (
            vec![url, secrets, ("ALLOWED_NETWORKS", "lan")],
            "webhooks.allowed_networks = \"lan\": lan is not a network (10.0.0.0/8) or an address",
        ),
        (vec![secrets], "webhooks.secrets = (hidden): webhooks.url is not set: set it, or remove this"),
        (
            vec![("EVENTS", "reset.completed")],
            "webhooks.events = \"reset.completed\": webhooks.url is not set: set it, or remove this",
        ),
        (
            vec![("URL", "https://user:hunter2@app.example.org/"), secrets],
            "webhooks.url = (hidden): must have no user name, no password and no fragment",
        ),
        (
            vec![("URL", "https://app.example.org/#hunter2"), secrets],
            "webhooks.url = (hidden): must have no user name, no password and no fragment",
        ),
    ] {
        let message = read(&settings).expect_err(expected).to_string();
        assert!(message.starts_with(expected), "{message}");
        assert!(!message.contains("hunter2") && !message.contains(SECRET), "{message}");
    }
}

#[test]
fn without_a_word_on_events_all_are_told() {
    assert!(read(&[]).unwrap().is_none());
    let url = ("URL", "https://app.example.org/hook?key=url-secret");
    let both = [SECRET, NEW_SECRET].join("\n");
    let all = read(&[url, ("SECRETS", &both)]).unwrap().unwrap();
    assert_eq!((all.events.len(), all.secrets.len()), (5, 2));
    assert!(all.allowed_networks.is_empty());
    assert!(!format!("{all:?}").contains("url-secret"), "{all:?}");
    let some = read(&[url, ("SECRETS", SECRET), ("EVENTS", "account.locked_out,reset.completed")]).unwrap().unwrap();
    assert_eq!(some.events, [WebhookEvent::AccountLockedOut, WebhookEvent::ResetCompleted]);
}
