//! An example server as a child process, with a clock that the test sets.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use keyback::model::Timestamp;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use standardwebhooks::Webhook;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::SECRET;

#[derive(Clone, Copy)]
pub(super) enum Language {
    Python,
    Node,
}

/// Runs the example with the time that is in a file.
const PYTHON: &str = "import runpy, sys, time\n\
                      clock = sys.argv.pop(1)\n\
                      time.time = lambda: float(open(clock).read())\n\
                      sys.argv.pop(0)\n\
                      runpy.run_path(sys.argv[0], run_name='__main__')";

pub(super) struct Example {
    pub(super) base: String,
    language: Language,
    folder: TempDir,
    _child: Child,
}

impl Example {
    pub(super) async fn start(language: Language) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = folder.path().join("clock");
        std::fs::write(&clock, "0").unwrap();
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/directory-http");
        let file = folder.path().join("app");
        let mut command = match language {
            Language::Python => {
                let mut command = Command::new("python3");
                command.args(["-c", PYTHON]).arg(&clock).arg(examples.join("server.py"));
                command
            }
            Language::Node => {
                std::fs::write(&file, r#"{"users": [], "sessions": []}"#).unwrap();
                let preload = format!(
                    "data:text/javascript,import fs from 'node:fs'; Date.now = () => 1000 * fs.readFileSync({}, 'utf8');",
                    json!(clock).to_string().replace('"', "'")
                );
                let mut command = Command::new("node");
                command.args(["--import", &preload]).arg(examples.join("server.mjs"));
                command
            }
        };
        command.arg(&file).env("KEYBACK_SECRET", SECRET).env("PORT", "0");
        command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.expect("it starts").unwrap();
        Self { base: line.expect("its address"), language, folder, _child: child }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn set_time(&self, now: Timestamp) {
        // A server that reads it meanwhile must find the old or the new time.
        std::fs::write(self.file("clock.new"), now.millis().div_euclid(1000).to_string()).unwrap();
        std::fs::rename(self.file("clock.new"), self.file("clock")).unwrap();
    }

    fn now(&self) -> i64 {
        std::fs::read_to_string(self.file("clock")).unwrap().parse().unwrap()
    }

    /// A call as Keyback makes it.
    pub(super) async fn call(&self, path: &str, body: &Value) -> Value {
        let id = format!("call_{:016x}", getrandom::u64().unwrap());
        self.call_as(&id, self.now(), path, body).await.unwrap()
    }

    /// The answer, or its status if it is not 200.
    pub(super) async fn call_as(&self, id: &str, timestamp: i64, path: &str, body: &Value) -> Result<Value, u16> {
        let body = body.to_string();
        let signature = Webhook::new(SECRET).unwrap().sign(id, timestamp, body.as_bytes()).unwrap();
        let request = reqwest::Client::new().post(format!("{}/v1/{path}", self.base)).body(body);
        let request = request.header("webhook-id", id).header("webhook-timestamp", timestamp);
        let answer = request.header("webhook-signature", signature).send().await.unwrap();
        if answer.status() != 200 {
            return Err(answer.status().as_u16());
        }
        Ok(answer.json().await.unwrap())
    }

    pub(super) async fn verify(&self, id: &str, password: &str) -> bool {
        self.call("verify", &json!({ "id": id, "password": password })).await["valid"].as_bool().unwrap()
    }

    pub(super) async fn version(&self, id: &str) -> String {
        let found = self.call("find", &json!({ "identifier": { "kind": "id", "value": id } })).await;
        found["account"]["version"].as_str().unwrap().to_owned()
    }

    /// The person changes the password in the app.
    pub(super) async fn change_password(&self, id: &str, password: &str) {
        let version = self.version(id).await;
        let body = json!({ "id": id, "password": password, "version": version, "reason": "reset" });
        assert_eq!(self.call("set_password", &body).await["result"], "done");
    }

    /// With two sessions.
    pub(super) async fn add_user(&self, id: &str, email: &str, password: Option<&str>) {
        let username = email.split('@').next().unwrap();
        match self.language {
            Language::Python => {
                // Bound, because statements are logged and addresses must not be.
                let insert = sqlx::query("INSERT INTO users (id, email, username, password) VALUES ($1, $2, $3, $4)");
                let user = insert.bind(id).bind(email).bind(username).bind(password.map(|_| "salt$"));
                user.execute(&mut self.connect().await).await.unwrap();
            }
            Language::Node => self.change_file(|app| {
                let password = password.map(|_| "salt$");
                let user =
                    json!({ "id": id, "email": email, "username": username, "password": password, "version": "1" });
                app["users"].as_array_mut().unwrap().push(user);
            }),
        }
        if let Some(password) = password {
            self.change_password(id, password).await;
        }
        self.sign_in(id).await;
        self.sign_in(id).await;
    }

    pub(super) async fn disable(&self, id: &str) {
        match self.language {
            Language::Python => self.execute(&format!("UPDATE users SET active = 0 WHERE id = {id}")).await,
            Language::Node => self.change_file(|app| {
                for user in app["users"].as_array_mut().unwrap().iter_mut().filter(|user| user["id"] == id) {
                    user["disabled"] = true.into();
                }
            }),
        }
    }

    /// One more session.
    pub(super) async fn sign_in(&self, id: &str) {
        let token = format!("{:016x}", getrandom::u64().unwrap());
        match self.language {
            Language::Python => self.execute(&format!("INSERT INTO sessions VALUES ('{token}', {id})")).await,
            Language::Node => self.change_file(|app| {
                let session = json!({ "token": token, "user_id": id });
                app["sessions"].as_array_mut().unwrap().push(session);
            }),
        }
    }

    pub(super) async fn sessions(&self, id: &str) -> usize {
        match self.language {
            Language::Python => {
                let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM sessions WHERE user_id = {id}"));
                let row = sqlx::query(count).fetch_one(&mut self.connect().await).await.unwrap();
                row.get::<i64, _>(0).try_into().unwrap()
            }
            Language::Node => self.read_file()["sessions"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|session| session["user_id"] == id)
                .count(),
        }
    }

    async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&format!("sqlite:{}", self.file("app").display())).await.unwrap();
        sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut connection).await.unwrap();
        connection
    }

    async fn execute(&self, statement: &str) {
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut self.connect().await).await.unwrap();
    }

    fn read_file(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.file("app")).unwrap()).unwrap()
    }

    fn change_file(&self, change: impl FnOnce(&mut Value)) {
        let mut app = self.read_file();
        change(&mut app);
        std::fs::write(self.file("app"), app.to_string()).unwrap();
    }
}
