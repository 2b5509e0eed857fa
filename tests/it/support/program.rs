//! The real program as a child process. Its settings are environment variables, and it inherits nothing else.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyback::model::ServerKey;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::{Browser, Database, PUBLIC_URL};

/// How long a child may take for what it is told, before a test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program with its settings.
#[derive(Clone)]
pub(crate) struct Program {
    variables: BTreeMap<OsString, OsString>,
    folder: Option<std::path::PathBuf>,
    file_limit: Option<u64>,
    descriptor_limit: Option<u64>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A server that runs until it is told to stop, or dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) base: String,
    pub(crate) printed: Vec<String>,
    stderr: Arc<Mutex<String>>,
}

impl Program {
    /// With no settings at all.
    pub(crate) fn bare() -> Self {
        // An application in the test's own process would do so; the browser needs it. Once is enough.
        let _done_before = rustls::crypto::ring::default_provider().install_default();
        Self { variables: BTreeMap::new(), folder: None, file_limit: None, descriptor_limit: None }
    }

    /// With everything that `serve` needs.
    pub(crate) fn new(database: &Database, mail_url: &str) -> Self {
        let program = Self::bare()
            .with("SERVER__LISTEN", "127.0.0.1:0")
            .with("SERVER__PUBLIC_URL", PUBLIC_URL)
            .with("DATABASE__URL", &database.url())
            .with("MAIL__URL", mail_url)
            .with("MAIL__FROM", "Example <no-reply@example.org>")
            .with("LIMITS__CALLER_PER_15_MINUTES", "100000")
            .with("LIMITS__OVERALL_PER_MINUTE", "100000");
        if database.is_sqlite() {
            return program;
        }
        program.with("SERVER__SECRET_KEY", &ServerKey::random().unwrap().to_base64())
    }

    /// With one more setting, named as in the environment without `KEYBACK_`.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.with_variable(&format!("KEYBACK_{name}"), value)
    }

    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// With a variable whose name or value is no text.
    pub(crate) fn with_octets(mut self, name: &[u8], value: &[u8]) -> Self {
        self.variables.insert(OsString::from_vec(name.to_vec()), OsString::from_vec(value.to_vec()));
        self
    }

    /// In that working directory.
    pub(crate) fn inside(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Unable to write any file beyond so many octets.
    pub(crate) fn with_file_limit(mut self, octets: u64) -> Self {
        self.file_limit = Some(octets);
        self
    }

    /// Unable to open more files than that.
    pub(crate) fn with_descriptor_limit(mut self, files: u64) -> Self {
        self.descriptor_limit = Some(files);
        self
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_keyback");
        // The signal that comes with it would end the process; ignored, it is an error of the write.
        let file_limit = self.file_limit.map(|octets| format!("trap '' XFSZ; ulimit -S -f {}; ", octets / 512));
        let descriptor_limit = self.descriptor_limit.map(|files| format!("ulimit -n {files}; "));
        let mut command = match [file_limit, descriptor_limit].into_iter().flatten().reduce(|one, other| one + &other) {
            None => Command::new(program),
            Some(limits) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", &format!("{limits}exec \"$0\" \"$@\""), program]);
                shell
            }
        };
        command.args(arguments).env_clear().envs(&self.variables).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Finished {
        self.run_with_input(arguments, b"").await
    }

    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Finished {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing may be gone already.
        let _gone = stdin.write_all(input).await;
        drop(stdin);
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
        let output = output.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap();
        Finished {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must end well; gives what it printed.
    pub(crate) async fn succeed(&self, arguments: &[&str]) -> String {
        let finished = self.run(arguments).await;
        assert_eq!(finished.code, 0, "{arguments:?}: {}", finished.stderr);
        finished.stdout
    }

    /// Adds accounts `person<n>@example.org` with verified addresses.
    pub(crate) async fn add_people(&self, count: usize) {
        let rows: String = (0..count).map(|number| format!("person{number}@example.org,true\n")).collect();
        self.import(&format!("email,email_verified\n{rows}")).await;
    }

    /// Adds the accounts of a table.
    pub(crate) async fn import(&self, csv: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("people.csv");
        std::fs::write(&file, csv).unwrap();
        self.succeed(&["accounts", "import", file.to_str().unwrap()]).await;
    }

    /// Makes a key for the API.
    pub(crate) async fn api_key(&self) -> String {
        self.succeed(&["keys", "create", "tests"]).await.trim().to_owned()
    }

    /// Starts `serve` and waits until it listens.
    pub(crate) async fn serve(&self) -> Serving {
        self.serve_by(&["serve"]).await
    }

    pub(crate) async fn serve_by(&self, arguments: &[&str]) -> Serving {
        let mut child = self.command(arguments).spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (mut errors, kept) = (child.stderr.take().unwrap(), Arc::clone(&stderr));
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = errors.read(&mut buffer).await {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        let base = loop {
            let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("a line").unwrap();
            let Some(line) = line else { panic!("it does not serve: {}", stderr.lock().unwrap()) };
            let address = line.strip_prefix("Keyback listens on ").and_then(|rest| rest.split(' ').next());
            let of_demo = line.strip_prefix("Try the new password:  ").and_then(|url| url.strip_suffix("/dev/sign-in"));
            let base = address.map(|address| format!("http://{address}")).or(of_demo.map(str::to_owned));
            printed.push(line);
            if let Some(base) = base {
                break base;
            }
        };
        Serving { child, base, printed, stderr }
    }
}

impl Serving {
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.base, PUBLIC_URL)
    }

    /// Everything that it wrote to standard error so far.
    pub(crate) fn log(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Ends [`Program::with_file_limit`].
    pub(crate) async fn lift_file_limit(&self) {
        let id = self.child.id().expect("a running process").to_string();
        let limit = ["--pid", id.as_str(), "--fsize=unlimited"];
        assert!(Command::new("prlimit").args(limit).status().await.unwrap().success());
    }

    /// SIGTERM.
    pub(crate) async fn tell_to_stop(&self) {
        let id = self.child.id().expect("a running process").to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }

    /// SIGKILL; comes back when the process is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end").unwrap()
    }

    /// SIGTERM, and the exit code 0 that belongs to it.
    pub(crate) async fn stop(mut self) {
        self.tell_to_stop().await;
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }
}
