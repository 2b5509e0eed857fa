//! People reset their passwords while the server is killed at random moments and started again. Afterwards every
//! accepted step must be accounted for: killing the process at any point loses nothing.
//!
//! `person` and `journeys` are the load, `story` records what each person was promised, and `verdict` compares that
//! with the database, with the mail that arrived and with what the server answers. `in_app` is the same for accounts in
//! an app's table, and `parallel` tries one account very often at the same time. They run with the other tests, and
//! against the release build with `cargo xtask crash`.
#![expect(clippy::print_stdout, reason = "it says what was accepted, and with which seed")]

mod in_app;
mod journeys;
mod parallel;
mod person;
mod story;
mod verdict;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use keyback::accounts::Hasher;
use keyback::model::NewPassword;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::{
    Database, OLD_PASSWORD, Program, Provider, ProviderBehaviour, SmtpBehaviour, SmtpServer, on_both_databases,
};
use in_app::InApp;
use person::Person;
use story::Story;

/// How often the server is killed on each database.
const KILLS: usize = 24;

/// How many people are under way at any time.
const AT_ONCE: usize = 16;

/// More accounts than are needed: each person has one of their own.
const ACCOUNTS: usize = 2000;

/// The longest that a server lives before it is killed.
const LONGEST_LIFE: u64 = 1500;

const PENDING: &str = "SELECT COUNT(*) FROM outbox WHERE finished_at IS NULL";

/// Where the accounts are.
enum Users {
    /// In Keyback's own table.
    Own,
    /// In the table of an app.
    InApp(InApp),
}

const BEING_WRITTEN: &str = "SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL";

/// What everybody in a run shares.
struct World {
    seed: u64,
    database: Database,
    users: Users,
    smtp: SmtpServer,
    /// Who is told of events.
    app: Provider,
    key: String,
    /// Where the server is; `None` while there is none.
    server: watch::Sender<Option<String>>,
    next_person: AtomicUsize,
    /// Nobody begins a new journey any more.
    over: AtomicBool,
}

/// Random numbers that begin with a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % bound
    }
}

/// Accounts `person<n>@example.org`, also known as `person<n>`, with the old password.
async fn add_accounts(program: &Program) {
    let old = NewPassword::parse(OLD_PASSWORD.to_owned()).unwrap();
    let hash = Hasher::start(None, keyback::telemetry::Metrics::default()).unwrap().hash(old).await.unwrap();
    let mut rows = "email,email_verified,username,password_hash\n".to_owned();
    for number in 0..ACCOUNTS {
        writeln!(rows, "person{number}@example.org,true,person{number},\"{}\"", hash.as_str()).unwrap();
    }
    program.import(&rows).await;
}

/// One journey after the other, each by somebody else, until it is over.
async fn live(world: Arc<World>) -> Vec<Story> {
    let mut stories = Vec::new();
    while !world.over.load(Ordering::SeqCst) {
        let number = world.next_person.fetch_add(1, Ordering::SeqCst);
        assert!(number < ACCOUNTS, "everybody had a turn");
        stories.push(Person::new(Arc::clone(&world), number).travel().await);
    }
    stories
}

/// What the mail server does to a message while a server lives that is going to be killed.
fn behaviour(chance: &mut Chance) -> SmtpBehaviour {
    match chance.below(8) {
        0 => SmtpBehaviour::HoldMessage,
        1 => SmtpBehaviour::HangUpAfterData,
        2 => SmtpBehaviour::HangUpInsideData,
        3 => SmtpBehaviour::DeferMessage,
        _ => SmtpBehaviour::Accept,
    }
}

/// Starts the server, lets it live for a moment, kills it; and then the minutes pass for which a dead
/// worker's claim holds, a message waits that did not go, and a password counts as being written.
async fn serve_and_kill(world: &World, program: &Program, chance: &mut Chance) {
    let serving = program.serve().await;
    world.smtp.behave(behaviour(chance));
    world.server.send_replace(Some(serving.base.clone()));
    tokio::time::sleep(Duration::from_millis(chance.below(LONGEST_LIFE))).await;
    serving.kill().await;
    world.server.send_replace(None);
    world.smtp.behave(SmtpBehaviour::Accept);
    world.smtp.hang_up();
    world.database.change("UPDATE outbox SET lease_until = 0, due_at = 0 WHERE finished_at IS NULL").await;
    world.database.change("UPDATE challenges SET write_started_at = 0 WHERE write_purpose IS NOT NULL").await;
}

#[on_both_databases]
async fn a_server_that_is_killed_at_random_moments_loses_nothing_that_it_accepted(database: Database) {
    kill_at_random_moments(database, Users::Own).await;
}

async fn kill_at_random_moments(database: Database, users: Users) {
    let seed = getrandom::u64().unwrap();
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let smtp = SmtpServer::start().await;
    let app = Provider::start().await;
    app.behave(ProviderBehaviour::answer(204, ""));
    let program = Program::new(&database, &smtp.url())
        .with("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")
        .with("WEBHOOKS__URL", &app.url())
        .with("WEBHOOKS__SECRETS", "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0=")
        .with("WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.0/8");
    let program = match &users {
        Users::Own => {
            add_accounts(&program).await;
            program
        }
        Users::InApp(in_app) => {
            in_app.add_members(ACCOUNTS).await;
            in_app.configured(program)
        }
    };
    let key = program.api_key().await;
    let (server, over) = (watch::Sender::new(None), AtomicBool::new(false));
    let world =
        Arc::new(World { seed, database, users, smtp, app, key, server, next_person: AtomicUsize::new(0), over });
    let mut people = JoinSet::new();
    (0..AT_ONCE).for_each(|_| drop(people.spawn(live(Arc::clone(&world)))));

    for _ in 0..KILLS {
        serve_and_kill(&world, &program, &mut chance).await;
    }
    let pending = world.database.number(PENDING).await;
    let serving = program.serve().await;
    world.server.send_replace(Some(serving.base.clone()));
    world.over.store(true, Ordering::SeqCst);
    let stories = people.join_all().await.concat();
    world.database.wait_until(BEING_WRITTEN, 0).await;
    world.database.wait_until(PENDING, 0).await;
    // Once more, so that whatever is true now has been read from the database.
    serving.kill().await;
    let serving = program.serve().await;
    world.server.send_replace(Some(serving.base.clone()));

    let delivered = verdict::pass(&world, &stories).await;
    let accepted: usize = stories.iter().map(|story| story.accepted).sum();
    println!(
        "{KILLS} kills, {} people, {accepted} requests accepted, {} completions, {} messages delivered, {} of them twice, \
             {} events told, {pending} pending at the last kill",
        stories.len(),
        stories.iter().filter(|story| story.was_told_done).count(),
        delivered.messages,
        delivered.duplicates,
        delivered.events,
    );
    serving.stop().await;
    let world = Arc::into_inner(world).expect("everybody is home");
    world.database.remove().await;
    if let Users::InApp(in_app) = world.users {
        in_app.remove().await;
    }
}
