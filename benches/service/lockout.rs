//! Whether a flood of requests can lock everybody else out: a hundred people ask for a reset during one. Each case has
//! a new server with the default limits.
//!
//! The flood solves no puzzles and does not wait, and each of its requests has another address. People come one after
//! the other, each from a separate network. Each does what the page says until they pass or a minute is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keyback::puzzle::Puzzle;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use crate::Result;
use crate::database::Database;
use crate::flood::{Flood, Source};
use crate::server::Setup;

pub const PEOPLE: usize = 100;

/// The time over which the people arrive.
pub const SPREAD: Duration = Duration::from_secs(90);

/// How long a person tries.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time from the start of the flood until the first person arrives.
const LEAD: Duration = Duration::from_secs(3);

/// The pause after an answer that is neither a pass nor a request to wait.
const PAUSE: Duration = Duration::from_secs(10);

/// Requests per second.
pub const RATES: [u32; 3] = [10, 100, 1000];

/// The result of one case.
pub struct Case {
    pub source: Source,
    pub rate: u32,
    pub with_script: bool,
    /// How many requests the flood really sent per second, and how many of them were accepted.
    pub sent_per_second: f64,
    pub flood_accepted: usize,
    /// How long it took each person who passed.
    pub passed: Vec<Duration>,
}

pub async fn run(database: Database, source: Source, rate: u32, with_script: bool) -> Result<Case> {
    let case = measure(&database, source, rate, with_script).await;
    database.remove().await?;
    case
}

async fn measure(database: &Database, source: Source, rate: u32, with_script: bool) -> Result<Case> {
    let folder = tempfile::tempdir()?;
    let mut setup = Setup::new(folder.path(), database.settings(folder.path())?)?;
    setup.with_usual_limits();
    setup.run(&["migrate"]).await?;
    let (server, _) = setup.start().await?;
    let visitor = Visitor { http: crate::client::plain()?, base: setup.base().to_owned() };

    let flood = Flood::begin(visitor.clone(), source, rate);
    let first = tokio::time::Instant::now() + LEAD;
    let mut people = JoinSet::new();
    for number in 0..PEOPLE {
        let at = first + SPREAD.mul_f64(number as f64 / PEOPLE as f64);
        let visitor = visitor.clone();
        people.spawn(async move {
            sleep_until(at).await;
            come(&visitor, number, with_script).await
        });
    }
    let passed = people.join_all().await.into_iter().flatten().collect();
    let (sent_per_second, flood_accepted) = flood.end().await;
    server.stop().await?;
    Ok(Case { source, rate, with_script, sent_per_second, flood_accepted, passed })
}

/// One person, from the first request until they pass. `None` if a minute was not enough.
async fn come(visitor: &Visitor, number: usize, with_script: bool) -> Option<Duration> {
    let start = Instant::now();
    // A separate /24.
    let address = format!("{}.{}.{}.9", 60 + number % 40, number, 7 + number);
    let email = format!("person-{number}@example.org");
    let mut form = vec![("identifier".to_owned(), email)];
    while start.elapsed() < PATIENCE {
        match visitor.ask(&address, &form).await {
            Ok(Asked::Accepted) => return Some(start.elapsed()),
            Ok(Asked::Waits(cookie)) => match visitor.moment(&address, &cookie).await {
                Ok(moment) => form = moment.fields_after(with_script).await,
                Err(_) => sleep(PAUSE).await,
            },
            Ok(Asked::Refused) | Err(_) => sleep(PAUSE).await,
        }
    }
    None
}

/// Sends requests as a trusted proxy forwards them.
#[derive(Clone)]
pub struct Visitor {
    http: reqwest::Client,
    base: String,
}

pub enum Asked {
    Accepted,
    /// Has to wait, with this cookie.
    Waits(String),
    Refused,
}

impl Visitor {
    pub async fn ask(&self, address: &str, form: &[(String, String)]) -> Result<Asked> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.http.post(format!("{}/actions/ask", self.base)).header("origin", &self.base);
        let request = request.header("x-forwarded-for", address).header("sec-fetch-site", "same-origin");
        let answer = request.header("content-type", "application/x-www-form-urlencoded").body(body).send().await?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let asked = match header("location") {
            "/check-inbox" => Asked::Accepted,
            "/one-moment" => Asked::Waits(header("set-cookie").split(';').next().unwrap_or_default().to_owned()),
            _ => Asked::Refused,
        };
        answer.bytes().await?;
        Ok(asked)
    }

    async fn moment(&self, address: &str, cookie: &str) -> Result<Moment> {
        let request = self.http.get(format!("{}/one-moment", self.base)).header("x-forwarded-for", address);
        let page = request.header("cookie", cookie).send().await?.text().await?;
        Moment::read(&page).ok_or_else(|| "the page has no form".into())
    }
}

/// The page on which people wait.
struct Moment {
    fields: Vec<(String, String)>,
    seed: String,
    bits: u32,
    /// The time until the script sends the form.
    pause: Duration,
    /// The time until the ticket passes without a solution.
    ripe: Duration,
    was_refused: bool,
}

impl Moment {
    fn read(page: &str) -> Option<Self> {
        let form = page.split("<form").nth(1)?.split("</form>").next()?;
        let inputs = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
        let seconds = |name| Some(Duration::from_secs(attribute(page, name)?.parse().ok()?));
        Some(Self {
            fields: inputs
                .filter_map(|input| Some((attribute(input, "name")?.to_owned(), attribute(input, "value")?.to_owned())))
                .filter(|(name, _)| name != "proof")
                .collect(),
            seed: attribute(form, "data-seed")?.to_owned(),
            bits: attribute(form, "data-bits")?.parse().ok()?,
            pause: seconds("data-pause")?,
            ripe: seconds("data-seconds")?,
            was_refused: page.contains("id=\"notice\""),
        })
    }

    /// Does what the script does, or a person who reads that they have to wait.
    async fn fields_after(self, with_script: bool) -> Vec<(String, String)> {
        let mut fields = self.fields;
        if with_script {
            let proof = tokio::task::spawn_blocking(move || {
                let puzzle = Puzzle::new(&self.seed);
                puzzle
                    .and_then(|puzzle| (0..).find(|number| puzzle.is_solved_by(*number, self.bits)))
                    .unwrap_or_default()
            });
            sleep(self.pause).await;
            fields.push(("proof".to_owned(), proof.await.unwrap_or_default().to_string()));
        } else if self.was_refused && self.ripe.is_zero() {
            sleep(PAUSE).await;
        } else {
            sleep(self.ripe).await;
        }
        fields
    }
}

fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

/// A counter for several tasks.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
