//! Accounts behind HTTP: the two example servers of `docs/examples/directory-http/` as real processes, with a gate in
//! front of them that can lose, keep and forge what passes.

mod contract;
mod example;
mod gate;
mod late_calls;
mod outages;
mod resets;
mod settings;
mod signatures;

use std::time::Duration;

use example::{Example, Language};
use gate::{Behaviour, Gate};

use crate::support::{Browser, Database, TestApp};

/// The 32 octets `keyback-keyback-keyback-keyback-`.
pub(crate) const SECRET: &str = "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0=";

const JANE: &str = "jane@example.org";

const OPEN_WRITES: &str = "SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL";

/// Longer than a call can be on its way: two tries, two times the tolerance, and what the app may work on it.
const UNTIL_NO_CALL_CAN_ARRIVE: Duration = Duration::from_secs(10 + 2 * 300 + 60 + 1);

/// Keyback, an app, and what is between them.
struct World {
    keyback: TestApp,
    gate: Gate,
    app: Example,
}

impl World {
    async fn new(language: Language) -> Self {
        Self::with(language, Database::sqlite()).await
    }

    async fn with(language: Language, database: Database) -> Self {
        let app = Example::start(language).await;
        let gate = Gate::start(&app.base).await;
        let url = gate.url();
        let settings = [
            ("DIRECTORY__KIND", "http"),
            ("DIRECTORY__URL", url.as_str()),
            ("DIRECTORY__SECRETS", SECRET),
            ("DIRECTORY__ALLOWED_NETWORKS", "127.0.0.0/8"),
        ];
        let keyback = TestApp::start_with(database, &settings).await;
        let world = Self { keyback, gate, app };
        world.advance(Duration::ZERO);
        world.app.add_user("7", JANE, Some(crate::support::OLD_PASSWORD)).await;
        world
    }

    /// Both clocks go on.
    fn advance(&self, duration: Duration) {
        self.keyback.clock.advance(duration);
        self.app.set_time(self.keyback.clock.now());
    }

    /// A browser with the form of Jane's account open.
    async fn at_the_form(&self) -> Browser {
        self.advance(Duration::from_secs(61));
        super::at_the_form(&self.keyback, JANE).await
    }

    async fn settle(&self) {
        self.advance(Duration::from_secs(20));
        self.keyback.application.worker().settle_writes().await;
    }

    async fn is_password(&self, password: &str) -> bool {
        self.app.verify("7", password).await
    }

    async fn open_writes(&self) -> i64 {
        self.keyback.database.number(OPEN_WRITES).await
    }

    async fn completions(&self) -> usize {
        let audit = self.keyback.audit().await;
        audit.iter().filter(|step| step.event == "reset.completed" && step.result == "ok").count()
    }

    /// Jane follows the "this wasn't me" link, and presses the button if the page has one.
    async fn not_me(&self, key: &str) -> crate::support::Answer {
        let mut owner = self.keyback.browser();
        let page = owner.get(&format!("/not-me?key={key}")).await;
        if !page.status.is_redirection() {
            return page;
        }
        owner.post("/actions/not-me", &[]).await
    }

    async fn finish(self) {
        self.keyback.finish().await;
    }
}

/// Runs each test with the server in Python and with the one in Node.
macro_rules! with_both_servers {
    ($($test:ident),+ $(,)?) => {
        mod python {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::World::new(super::Language::Python).await).await;
            })+
        }
        mod node {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::World::new(super::Language::Node).await).await;
            })+
        }
    };
}

use with_both_servers;
