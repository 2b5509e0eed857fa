//! Nobody can lock everybody else out with a flood of requests (SECURITY.md, requirement 10).

mod networks;
mod reserve;
mod sessions;
mod shares;
mod tickets;
mod waiting;

use sha2::{Digest, Sha256};

use crate::support::{Browser, Database, TestApp};

/// What everybody may ask for in a minute: 32 on the pages, of which 24 need no reason, four are for networks that were
/// not seen, two for solved puzzles and two for those who waited.
const OVERALL: (&str, &str) = ("LIMITS__OVERALL_PER_MINUTE", "64");
const OPEN: usize = 24;
const UNSEEN: usize = 4;
const PROOFS: usize = 2;
const WAITS: usize = 2;

/// The page on which a person waits, read as a browser does.
struct Wait {
    action: String,
    /// The fields of its form as they are drawn.
    fields: Vec<(String, String)>,
    seed: String,
    bits: u32,
    seconds_left: u32,
}

impl Wait {
    fn read(page: &str) -> Self {
        let form = page.split("<form").nth(1).and_then(|rest| rest.split("</form>").next()).expect("a form");
        let attribute = |of: &str, name: &str| {
            let value = of.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            value.unwrap_or_else(|| panic!("no {name} in {of}")).to_owned()
        };
        let inputs = form.split("<input").skip(1).map(|input| input.split('>').next().unwrap());
        Self {
            action: attribute(form, "action"),
            fields: inputs.map(|input| (attribute(input, " name"), attribute(input, " value"))).collect(),
            seed: attribute(form, "data-seed"),
            bits: attribute(form, "data-bits").parse().unwrap(),
            seconds_left: attribute(page, "data-seconds").parse().unwrap(),
        }
    }

    fn field(&self, wanted: &str) -> &str {
        self.fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).expect("a field")
    }

    /// Does the work that script does, with another implementation of the hash.
    fn proof(&self) -> String {
        let mut number = 0_u32;
        loop {
            let hash: [u8; 32] =
                Sha256::new().chain_update(number.to_be_bytes()).chain_update(&self.seed).finalize().into();
            if u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).leading_zeros() >= self.bits {
                return number.to_string();
            }
            number += 1;
        }
    }

    /// Presses the button with that proof; tells where it leads.
    async fn go_on(&self, browser: &mut Browser, proof: &str) -> String {
        let fields = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), if name == "proof" { proof } else { value.as_str() }));
        browser.post(&self.action, &fields.collect::<Vec<_>>()).await.location().to_owned()
    }
}

/// Uses up what needs no reason, from one network with many addresses.
async fn flood(app: &TestApp) {
    for number in 0..OPEN {
        let location = ask_from(app, &format!("2001:db8:f:{number:x}00::1"), &format!("flood{number}")).await;
        assert_eq!(location, "/check-inbox", "{number}");
    }
    assert_eq!(ask_from(app, "2001:db8:f:ff00::1", "flood").await, "/one-moment");
}

/// Uses up what is kept for networks that were not seen, too.
async fn flood_from_everywhere(app: &TestApp) {
    flood(app).await;
    for number in 0..UNSEEN {
        let location = ask_from(app, &format!("198.18.{number}.1"), &format!("everywhere{number}")).await;
        assert_eq!(location, "/check-inbox", "{number}");
    }
}

/// Asks during a flood, and waits.
async fn wait_at(app: &TestApp, address: &str, email: &str) -> (Browser, Wait) {
    let mut browser = person_at(app, address);
    let answer = app.ask(&mut browser, email).await;
    assert_eq!(answer.location(), "/one-moment");
    let page = browser.follow(&answer).await;
    assert_eq!(page.status, reqwest::StatusCode::TOO_MANY_REQUESTS);
    (browser, Wait::read(&page.body))
}

/// A person behind a proxy that we trust.
fn person_at(app: &TestApp, address: &str) -> Browser {
    app.browser().with_header("x-forwarded-for", address)
}

async fn app_with(database: Database, settings: &[(&str, &str)]) -> TestApp {
    let proxy = [("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
    let settings: Vec<(&str, &str)> = proxy.into_iter().chain(settings.iter().copied()).collect();
    TestApp::start_with(database, &settings).await
}

/// Asks for somebody new from an address; tells where that leads.
async fn ask_from(app: &TestApp, address: &str, name: &str) -> String {
    app.ask(&mut person_at(app, address), &format!("{name}@example.org")).await.location().to_owned()
}
