//! Three real processes with one PostgreSQL database, behind a reverse proxy that sends each request to the next of
//! them: together they are one service. All state is in the database, so no step may depend on which instance handled
//! the one before.

mod journeys;
mod limits;
mod outbox;
mod single_use;
mod starting;

use crate::support::{Browser, Database, PUBLIC_URL, Program, Proxy, Serving, SmtpServer};

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// How many processes there are.
const INSTANCES: usize = 3;

/// The processes and what stands around them.
struct Fleet {
    database: Database,
    smtp: SmtpServer,
    program: Program,
    instances: Vec<Serving>,
    proxy: Proxy,
}

impl Fleet {
    /// Starts all of them at once on an empty database, with further settings.
    async fn start(settings: &[(&str, &str)]) -> Self {
        let (database, smtp) = (Database::postgres().await, SmtpServer::start().await);
        let program = Program::new(&database, &smtp.url()).with("SERVER__TRUSTED_PROXIES", "127.0.0.0/8");
        let program = settings.iter().fold(program, |program, (name, value)| program.with(name, value));
        let (one, two, three) = tokio::join!(program.serve(), program.serve(), program.serve());
        let instances = vec![one, two, three];
        let proxy = Proxy::start(instances.iter().map(|instance| instance.base.clone()).collect()).await;
        Self { database, smtp, program, instances, proxy }
    }

    /// A browser that knows the proxy alone.
    fn browser(&self) -> Browser {
        Browser::new(&self.proxy.base, PUBLIC_URL)
    }

    /// Since `begun` there were so many requests, each to another instance than the one before.
    fn assert_each_step_changed_the_instance(&self, begun: usize, steps: usize) {
        let taken = self.proxy.taken().split_off(begun);
        assert_eq!(taken.len(), steps, "{taken:?}");
        assert!(taken.windows(2).all(|pair| pair[0] != pair[1]), "{taken:?}");
    }

    /// Every process ends well and has complained of nothing.
    async fn stop(self) {
        for instance in &self.instances {
            let log = instance.log();
            assert!(!log.contains("ERROR"), "{log}");
        }
        for instance in self.instances {
            instance.stop().await;
        }
        self.database.remove().await;
    }
}

/// Marks tests that only PostgreSQL can pass: there is no second machine at a SQLite file.
macro_rules! on_postgres {
    ($($(#[doc = $documentation:literal])* async fn $name:ident() $body:block)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
        async fn $name() $body
    )* };
}
use on_postgres;
