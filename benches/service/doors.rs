//! Whether response times reveal who has an account, for each way in (SECURITY.md, requirements 1, 2 and 29). Each
//! sample uses another address; known and unknown ones come one after the other in an irregular order. `cargo xtask
//! bench -- doors 20000` sets the number of samples of each.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::database::Database;
use crate::server::Setup;
use crate::statistics::{auc, median};
use crate::{Result, asking};

/// The default number of samples of known and of unknown addresses each.
const SAMPLES: usize = 2_000;

/// Separate addresses for each set, because one address can be used only a few times.
const SETS: [&str; 9] =
    ["pages", "secret", "disabled", "unverified", "publishable", "cognito", "agnost", "mcp", "authenticate"];

/// A hash of no real password, as costly as a new one.
const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YmVuY2htYXJrIG9mIGRvbw$YmVuY2htYXJrIG9mIGRvb3JzIHdpdGggMzIgb2N0ZXQ";

/// The result for one way in.
pub struct Door {
    pub name: &'static str,
    pub known: Vec<Duration>,
    pub unknown: Vec<Duration>,
}

/// The results for one database.
pub struct Doors {
    pub database: String,
    pub doors: Vec<Door>,
}

/// An address, and whether it has an account.
struct Sample {
    is_known: bool,
    email: String,
    /// What the preceding step returned: a cookie, or the id of a reset.
    held: String,
}

struct Keys {
    secret: String,
    publishable: String,
    public_id: String,
}

/// Measures each way in. The database is removed afterwards, even after a failure.
pub async fn run(database: Database) -> Result<Doors> {
    let doors = measure(&database).await;
    let removed = database.remove().await;
    let doors = doors?;
    removed?;
    Ok(doors)
}

/// The number of samples, from the command line.
fn samples() -> usize {
    std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(SAMPLES)
}

async fn measure(database: &Database) -> Result<Doors> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), database.settings(folder.path())?)?;
    setup.run(&["migrate"]).await?;
    import(&setup, folder.path()).await?;
    let secret = key(&setup, &[]).await?;
    let publishable = key(&setup, &["--kind", "publishable"]).await?;
    let keys = Keys { secret: secret.1, public_id: publishable.0, publishable: publishable.1 };
    let (server, _) = setup.start().await?;
    let house = House { caller: Caller::new(setup.base())?, setup: &setup, database, folder: folder.path(), keys };
    let doors = house.visit().await;
    server.stop().await?;
    Ok(Doors { database: database.name(), doors: doors? })
}

async fn key(setup: &Setup, more: &[&str]) -> Result<(String, String)> {
    let arguments: Vec<&str> = ["keys", "create", "doors", "--json"].into_iter().chain(more.iter().copied()).collect();
    let made: Value = serde_json::from_str(&setup.output(&arguments).await?)?;
    let text = |name: &str| made[name].as_str().map(str::to_owned).ok_or_else(|| format!("the key has no {name}"));
    Ok((text("id")?, text("key")?))
}

/// Known and unknown addresses that differ in nothing else and alternate in every index.
fn set(name: &str) -> Vec<Sample> {
    let sample = |(number, is_known)| Sample {
        is_known,
        email: format!("{:06x}-{name}@example.org", number * 611_953 % 1_000_003),
        held: String::new(),
    };
    asking::shuffled(samples()).into_iter().enumerate().map(sample).collect()
}

async fn import(setup: &Setup, folder: &Path) -> Result<()> {
    let mut rows = "email,email_verified,disabled,password_hash\n".to_owned();
    for name in SETS {
        let (verified, disabled) = (name != "unverified", name == "disabled");
        for sample in set(name).iter().filter(|sample| sample.is_known) {
            writeln!(rows, "{},{verified},{disabled},\"{PASSWORD_HASH}\"", sample.email)?;
        }
    }
    let file = folder.join("accounts.csv");
    std::fs::write(&file, rows)?;
    setup.run(&["accounts", "import", &file.display().to_string()]).await
}

/// A server, and the keys for its APIs.
struct House<'a> {
    caller: Caller,
    setup: &'a Setup,
    database: &'a Database,
    folder: &'a Path,
    keys: Keys,
}

impl House<'_> {
    /// Steps that send messages are measured while the worker sends those of the preceding ones, the others when it has
    /// nothing to do.
    async fn visit(&self) -> Result<Vec<Door>> {
        let Keys { secret, publishable, public_id } = &self.keys;
        let mut doors = Vec::new();
        let pages = Client::new(self.setup.base())?;
        let mut sessions = set("pages");
        doors.push(self.page(&pages, "page, request", "/actions/ask", &mut sessions).await?);
        self.rest().await?;
        doors.push(self.page(&pages, "page, wrong code", "/actions/check-code", &mut sessions).await?);

        let ask = |sample: &Sample| json!({ "email": sample.email });
        let mut asked = set("secret");
        let by_secret = |path: &str, body| Call::post(path, &format!("Bearer {secret}"), body);
        let request = "/api/v1/resets";
        doors.push(self.door("native, request, secret key", &mut asked, |s| by_secret(request, ask(s))).await?);
        self.rest().await?;
        let code =
            |sample: &Sample| by_secret(&format!("{request}/{}/verify", sample.held), json!({"code": "00000000"}));
        doors.push(self.door("native, wrong code by id", &mut asked, code).await?);
        let code =
            |sample: &Sample| by_secret("/api/v1/resets/verify", json!({ "email": sample.email, "code": "00000000" }));
        doors.push(self.door("native, wrong code by address", &mut asked, code).await?);
        let read = |sample: &Sample| Call { body: None, ..by_secret(&format!("{request}/{}", sample.held), json!({})) };
        doors.push(self.door("native, timeline", &mut asked, read).await?);

        let mut others = set("disabled");
        doors.push(self.door("native, request, disabled", &mut others, |s| by_secret(request, ask(s))).await?);
        let mut others = set("unverified");
        doors.push(self.door("native, request, unverified", &mut others, |s| by_secret(request, ask(s))).await?);
        let mut others = set("publishable");
        let by_publishable = |path: &str, scheme: &str, body| Call::post(path, &format!("{scheme}{publishable}"), body);
        let call = |sample: &Sample| by_publishable(request, "Bearer ", ask(sample));
        doors.push(self.door("native, request, publishable", &mut others, call).await?);

        let mut others = set("cognito");
        let call = |sample: &Sample| {
            Call::amazon("ForgotPassword", json!({ "ClientId": public_id, "Username": sample.email }))
        };
        doors.push(self.door("Cognito, ForgotPassword", &mut others, call).await?);
        self.rest().await?;
        let call = |sample: &Sample| {
            let body = json!({ "ClientId": public_id, "Username": sample.email, "ConfirmationCode": "00000000",
                "Password": "meadow-copper-violin" });
            Call::amazon("ConfirmForgotPassword", body)
        };
        doors.push(self.door("Cognito, Confirm, wrong code", &mut others, call).await?);

        let mut others = set("agnost");
        let call = |sample: &Sample| by_publishable("/agnost/auth/send-reset", "", ask(sample));
        doors.push(self.door("Agnost, send-reset", &mut others, call).await?);

        let mut others = set("mcp");
        let call = |sample: &Sample| {
            by_secret(
                "/mcp",
                json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": { "name": "request_reset", "arguments": { "email": sample.email } } }),
            )
        };
        doors.push(self.door("MCP, request_reset", &mut others, call).await?);
        self.rest().await?;

        let mut others = set("authenticate");
        let call = |sample: &Sample| {
            by_secret("/api/v1/accounts/authenticate", json!({ "email": sample.email, "password": "meadow-copper" }))
        };
        doors.push(self.door("authenticate, wrong password", &mut others, call).await?);
        Ok(doors)
    }

    /// Measures a form of the pages, and keeps the session.
    async fn page(&self, pages: &Client, name: &'static str, path: &str, samples: &mut [Sample]) -> Result<Door> {
        let mut door = Door { name, known: Vec::new(), unknown: Vec::new() };
        for sample in samples {
            let took = if sample.held.is_empty() {
                let answer = pages.post(path, &[("identifier", &sample.email)], None).await?;
                let answer = answer.leading_to("/check-inbox")?;
                sample.held = answer.cookie.clone().ok_or("no session")?;
                answer.took
            } else {
                pages.post(path, &[("code", "000000")], Some(&sample.held)).await?.leading_to("/code")?.took
            };
            door.add(sample.is_known, took);
        }
        Ok(door)
    }

    /// Measures a call of a program, and keeps the id of a reset.
    async fn door(&self, name: &'static str, samples: &mut [Sample], call: impl Fn(&Sample) -> Call) -> Result<Door> {
        let mut door = Door { name, known: Vec::new(), unknown: Vec::new() };
        let mut first = None;
        for sample in samples {
            let (status, text, took) = self.caller.call(call(sample)).await?;
            if *first.get_or_insert(status) != status || status >= 500 || status == 429 {
                return Err(format!("{name}: {status} {text}").into());
            }
            if let Ok(Value::Object(answer)) = serde_json::from_str(&text)
                && let Some(id) = answer.get("id").and_then(Value::as_str)
            {
                id.clone_into(&mut sample.held);
            }
            door.add(sample.is_known, took);
        }
        Ok(door)
    }

    /// Waits until the worker has nothing to do.
    async fn rest(&self) -> Result<()> {
        self.database.wait_until_sent(self.folder).await
    }
}

impl Door {
    fn add(&mut self, is_known: bool, took: Duration) {
        if is_known { self.known.push(took) } else { self.unknown.push(took) }
    }

    /// Above one half: known addresses take longer.
    pub fn auc(&self) -> f64 {
        auc(&self.known, &self.unknown)
    }

    pub fn medians(&self) -> (Duration, Duration) {
        (median(&self.known), median(&self.unknown))
    }
}

/// A call of a program.
struct Call {
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Call {
    fn post(path: &str, authorization: &str, body: Value) -> Self {
        let headers = vec![
            ("authorization", authorization.to_owned()),
            ("accept", "application/json, text/event-stream".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        Self { path: path.to_owned(), headers, body: Some(body.to_string()) }
    }

    fn amazon(operation: &str, body: Value) -> Self {
        let headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}")),
        ];
        Self { path: "/cognito".to_owned(), headers, body: Some(body.to_string()) }
    }
}

/// A program with a stopwatch.
struct Caller {
    http: reqwest::Client,
    base: String,
    calls: std::sync::atomic::AtomicU32,
}

impl Caller {
    fn new(base: &str) -> Result<Self> {
        let http = reqwest::Client::builder().tcp_nodelay(true).no_proxy().build()?;
        Ok(Self { http, base: base.to_owned(), calls: std::sync::atomic::AtomicU32::new(0) })
    }

    /// Each call comes from another address, because actions that one address repeats are recorded only a limited
    /// number of times.
    async fn call(&self, call: Call) -> Result<(u16, String, Duration)> {
        let [_, a, b, c] = self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes();
        let url = format!("{}{}", self.base, call.path);
        let request = if call.body.is_some() { self.http.post(url) } else { self.http.get(url) };
        let mut request = request.header("x-forwarded-for", format!("11.{a}.{b}.{c}"));
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let start = Instant::now();
        let answer = request.send().await?;
        let (status, text) = (answer.status().as_u16(), answer.text().await?);
        Ok((status, text, start.elapsed()))
    }
}
