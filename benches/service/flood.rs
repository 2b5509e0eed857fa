//! A flood of requests, from one large network or from many addresses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::lockout::{Asked, Counter, Visitor};

/// The maximum number of pending requests; further ones are not sent.
const AT_ONCE: usize = 300;

/// How often per second new requests are started.
const TICKS: u32 = 100;

/// Where the requests come from.
#[derive(Clone, Copy)]
pub enum Source {
    /// One IPv6 /48, with a new /64 for every request.
    OneNetwork,
    /// A thousand IPv4 addresses, each in a separate /24.
    ThousandAddresses,
}

impl Source {
    pub const ALL: [Self; 2] = [Self::OneNetwork, Self::ThousandAddresses];

    pub const fn name(self) -> &'static str {
        match self {
            Self::OneNetwork => "one /48",
            Self::ThousandAddresses => "1,000 addresses",
        }
    }

    fn address(self, number: usize) -> String {
        match self {
            Self::OneNetwork => format!("2001:db8:bad:{:x}::1", number % 0x1_0000),
            Self::ThousandAddresses => format!("100.{}.{}.7", 64 + number % 1000 / 250, number % 250),
        }
    }
}

pub struct Flood {
    task: JoinHandle<()>,
    begun: Instant,
    sent: Counter,
    accepted: Counter,
}

impl Flood {
    pub fn begin(visitor: Visitor, source: Source, rate: u32) -> Self {
        let (sent, accepted) = (Counter::default(), Counter::default());
        let task = tokio::spawn(pour(visitor, source, rate, sent.clone(), accepted.clone()));
        Self { task, begun: Instant::now(), sent, accepted }
    }

    /// Ends the flood. Returns the requests sent per second, and how many were accepted.
    pub async fn end(self) -> (f64, usize) {
        let per_second = self.sent.get() as f64 / self.begun.elapsed().as_secs_f64();
        self.task.abort();
        let _aborted = self.task.await;
        (per_second, self.accepted.get())
    }
}

async fn pour(visitor: Visitor, source: Source, rate: u32, sent: Counter, accepted: Counter) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let (every, at_once) =
        if rate < TICKS { (Duration::from_secs(1) / rate, 1) } else { (Duration::from_secs(1) / TICKS, rate / TICKS) };
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for _ in 0..at_once {
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let number = sent.add();
            let (visitor, accepted) = (visitor.clone(), accepted.clone());
            tokio::spawn(async move {
                let form = [("identifier".to_owned(), format!("flood-{number}@example.org"))];
                if let Ok(Asked::Accepted) = visitor.ask(&source.address(number), &form).await {
                    accepted.add();
                }
                drop(place);
            });
        }
    }
}
