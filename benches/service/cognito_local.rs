//! `cognito-local` from npm, the emulator that teams use instead of Amazon Cognito during development: the same call on
//! the same machine in the same run. It is skipped if its package or Node is not installed (`cargo xtask bench`
//! installs the packages of end2end).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::Result;
use crate::server::free_address;

/// Users in its pool.
pub const USERS: usize = 100;

/// How long it may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// The running emulator. It stops when this is dropped.
pub struct CognitoLocal {
    pub endpoint: String,
    pub client_id: String,
    _child: Child,
}

/// The path of its script, if it is installed.
pub fn installed() -> Option<PathBuf> {
    let start = Path::new(env!("CARGO_MANIFEST_DIR")).join("end2end/node_modules/cognito-local/lib/bin/start.js");
    start.is_file().then_some(start)
}

impl CognitoLocal {
    /// Starts it with its files in `folder`, and a user pool with the given number of users.
    pub async fn start(script: &Path, folder: &Path) -> Result<Self> {
        let listen = free_address()?;
        let (host, port) = listen.split_once(':').ok_or("no port")?;
        let child = Command::new("node")
            .arg(script)
            .current_dir(folder)
            .envs([("HOST", host), ("PORT", port)])
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("cognito-local.log"))?)
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let endpoint = format!("http://{listen}/");
        let start = Instant::now();
        let pool = loop {
            match call(&http, &endpoint, "CreateUserPool", &json!({ "PoolName": "bench" })).await {
                Ok(pool) => break pool,
                Err(_) if start.elapsed() < START_TIMEOUT => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error) => return Err(error),
            }
        };
        let pool = &pool["UserPool"]["Id"];
        let client =
            call(&http, &endpoint, "CreateUserPoolClient", &json!({ "UserPoolId": pool, "ClientName": "bench" }))
                .await?;
        let client_id = client["UserPoolClient"]["ClientId"].as_str().ok_or("no client id")?.to_owned();
        for number in 0..USERS {
            let attributes = json!([{ "Name": "email", "Value": user(number) }]);
            let body = json!({ "UserPoolId": pool, "Username": user(number), "UserAttributes": attributes, "MessageAction": "SUPPRESS" });
            call(&http, &endpoint, "AdminCreateUser", &body).await?;
        }
        Ok(Self { endpoint, client_id, _child: child })
    }
}

/// The name of one of its users.
pub fn user(number: usize) -> String {
    format!("user-{}@example.org", number % USERS)
}

async fn call(http: &reqwest::Client, endpoint: &str, operation: &str, body: &Value) -> Result<Value> {
    let answer = http
        .post(endpoint)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
        .body(body.to_string())
        .send()
        .await?;
    let (status, text) = (answer.status(), answer.text().await?);
    if status.is_success() {
        Ok(serde_json::from_str(&text)?)
    } else {
        Err(format!("{operation}: {status} {text}").into())
    }
}
