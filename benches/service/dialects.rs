//! The same request through each protocol, half of them for unknown people, compared with `ForgotPassword` of
//! `cognito-local`.

use std::path::Path;
use std::time::Instant;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::client::Client;
use crate::cognito_local::{self, CognitoLocal};
use crate::database::Database;
use crate::parallel::{Queue, work_off};
use crate::server::Setup;
use crate::{Result, asking};

/// Requests through each protocol.
pub const REQUESTS: usize = 600;

/// How often each protocol has its turn; the median is reported.
pub const ROUNDS: usize = 3;

/// Requests per second for each protocol, in each round.
pub struct Rates {
    pub database: String,
    pub by_dialect: Vec<(&'static str, Vec<f64>)>,
}

/// One call of a protocol, for one address.
pub type Call = fn(&Key, &str) -> Outgoing;

pub struct Key {
    id: String,
    pub key: String,
    client_secret: String,
}

impl Key {
    /// Creates a secret key.
    pub async fn create(setup: &Setup) -> Result<Self> {
        let made: Value = serde_json::from_str(&setup.output(&["keys", "create", "bench", "--json"]).await?)?;
        let text = |name: &str| made[name].as_str().map(str::to_owned).ok_or_else(|| format!("the key has no {name}"));
        Ok(Self { id: text("id")?, key: text("key")?, client_secret: text("client_secret")? })
    }
}

pub struct Outgoing {
    pub path: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

pub const DIALECTS: [(&str, Call); 5] =
    [("native", native), ("Agnost", agnost), ("Cognito", cognito), ("Productflame", productflame), ("MCP", mcp)];

/// Measures every protocol on one database. The database is removed afterwards, even after a failure.
pub async fn run(database: Database) -> Result<Rates> {
    let rates = measure(&database).await;
    let removed = database.remove().await;
    let rates = rates?;
    removed?;
    Ok(rates)
}

async fn measure(database: &Database) -> Result<Rates> {
    let folder = tempfile::tempdir()?;
    let setup = Setup::new(folder.path(), database.settings(folder.path())?)?;
    setup.run(&["migrate"]).await?;
    import(&setup, folder.path()).await?;
    let key = Key::create(&setup).await?;
    let (server, _) = setup.start().await?;
    let mut by_dialect: Vec<(&'static str, Vec<f64>)> = vec![("pages", Vec::new())];
    by_dialect.extend(DIALECTS.iter().map(|(name, _)| (*name, Vec::new())));
    let pages = Client::new(setup.base())?;
    for round in 0..ROUNDS {
        by_dialect[0].1.push(asking::accepted_per_second(&pages, addresses("pages", round)).await?);
        for (place, (name, call)) in DIALECTS.into_iter().enumerate() {
            let outgoing = addresses(name, round).iter().map(|address| call(&key, address)).collect();
            by_dialect[place + 1].1.push(per_second(setup.base(), outgoing).await?);
        }
    }
    server.stop().await?;
    Ok(Rates { database: database.name(), by_dialect })
}

/// `ForgotPassword` of the emulator. `None` if it is not installed.
pub async fn emulator() -> Result<Option<Rates>> {
    let Some(script) = cognito_local::installed() else { return Ok(None) };
    let folder = tempfile::tempdir()?;
    let emulator = CognitoLocal::start(&script, folder.path()).await?;
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let outgoing = (0..REQUESTS).map(|number| Outgoing {
            path: "",
            headers: amazon(),
            body: json!({ "ClientId": emulator.client_id, "Username": cognito_local::user(number) }),
        });
        rates.push(per_second(&emulator.endpoint, outgoing.collect()).await?);
    }
    Ok(Some(Rates {
        database: "cognito-local, its JSON files".to_owned(),
        by_dialect: vec![("ForgotPassword", rates)],
    }))
}

async fn per_second(base: &str, outgoing: Vec<Outgoing>) -> Result<f64> {
    let http = reqwest::Client::builder().tcp_nodelay(true).no_proxy().build()?;
    let base = base.to_owned();
    let start = Instant::now();
    let answers = work_off(&Queue::new(outgoing), asking::CONNECTIONS, |call| {
        let (http, url) = (http.clone(), format!("{base}{}", call.path));
        async move {
            let mut request = http.post(&url).body(call.body.to_string());
            for (name, value) in call.headers {
                request = request.header(name, value);
            }
            let answer = request.send().await?;
            let (status, text) = (answer.status(), answer.text().await?);
            let refused = !status.is_success() || text.contains("\"isError\":true");
            if refused { Err(format!("{url}: {status} {text}").into()) } else { Ok(()) }
        }
    })
    .await?;
    Ok(answers.len() as f64 / start.elapsed().as_secs_f64())
}

fn native(key: &Key, email: &str) -> Outgoing {
    Outgoing {
        path: "/api/v1/resets",
        headers: vec![("authorization", format!("Bearer {}", key.key)), json_type()],
        body: json!({ "email": email }),
    }
}

/// This protocol tells a server who has no account, so all of its addresses are known ones.
fn agnost(key: &Key, email: &str) -> Outgoing {
    Outgoing {
        path: "/agnost/auth/send-reset",
        headers: vec![("authorization", key.key.clone()), json_type()],
        body: json!({ "email": email.replace("other", "known") }),
    }
}

fn cognito(key: &Key, email: &str) -> Outgoing {
    Outgoing {
        path: "/cognito",
        headers: amazon(),
        body: json!({ "ClientId": key.id, "Username": email, "SecretHash": secret_hash(key, email) }),
    }
}

fn productflame(key: &Key, email: &str) -> Outgoing {
    Outgoing {
        path: "/v1/auth/reset-password",
        headers: vec![("authorization", key.key.clone()), json_type()],
        body: json!({ "email": email }),
    }
}

fn mcp(key: &Key, email: &str) -> Outgoing {
    Outgoing {
        path: "/mcp",
        headers: vec![
            ("authorization", format!("Bearer {}", key.key)),
            ("accept", "application/json, text/event-stream".to_owned()),
            json_type(),
        ],
        body: json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": "request_reset", "arguments": { "email": email } } }),
    }
}

fn json_type() -> (&'static str, String) {
    ("content-type", "application/json".to_owned())
}

fn amazon() -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", "AWSCognitoIdentityProviderService.ForgotPassword".to_owned()),
    ]
}

fn secret_hash(key: &Key, username: &str) -> String {
    use base64::Engine;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.client_secret.as_bytes())
        .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    mac.update(username.as_bytes());
    mac.update(key.id.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

/// New addresses, because each may be used only once during the cooldown.
fn addresses(dialect: &str, round: usize) -> Vec<String> {
    let dialect = dialect.to_lowercase();
    let name = |number| if number % 2 == 0 { "known" } else { "other" };
    (0..REQUESTS).map(|number| format!("{}-{dialect}-{round}-{number}@example.org", name(number))).collect()
}

/// A hash of no real password. Agnost sends nothing to an account without one.
const PASSWORD_HASH: &str = "$2b$05$abcdefghijklmnopqrstuuK9EL1W2iE1caVbZ6tVGlsteY8Uxrz1a";

async fn import(setup: &Setup, folder: &Path) -> Result<()> {
    let mut rows = "email,email_verified,password_hash\n".to_owned();
    for name in ["pages"].into_iter().chain(DIALECTS.map(|(name, _)| name)) {
        for address in (0..ROUNDS).flat_map(|round| addresses(name, round)) {
            if address.starts_with("known") {
                rows.push_str(&format!("{address},true,{PASSWORD_HASH}\n"));
            } else if name == "Agnost" {
                rows.push_str(&format!("{},true,{PASSWORD_HASH}\n", address.replace("other", "known")));
            }
        }
    }
    let file = folder.join("accounts.csv");
    std::fs::write(&file, rows)?;
    setup.run(&["accounts", "import", &file.display().to_string()]).await
}
