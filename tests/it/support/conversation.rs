//! A command of the real program that reads and writes JSON, one line per message, until its input ends.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use super::{Finished, Program};

/// How long the command may take for an answer or for its end, before a test fails.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Conversation {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    errors: JoinHandle<String>,
}

impl Program {
    /// Starts a command to talk to.
    pub(crate) async fn converse(&self, arguments: &[&str]) -> Conversation {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut errors = child.stderr.take().unwrap();
        Conversation {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            errors: tokio::spawn(async move {
                let mut text = String::new();
                errors.read_to_string(&mut text).await.unwrap();
                text
            }),
            child,
        }
    }
}

impl Conversation {
    pub(crate) async fn say(&mut self, message: &Value) {
        self.write(&format!("{message}\n")).await;
    }

    pub(crate) async fn write(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).await.unwrap();
    }

    /// The next line, which must be JSON.
    pub(crate) async fn hear(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await.expect("an answer in time").unwrap();
        let line = line.expect("an answer before the end");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Closes its input; it must end by itself. `stdout` is what was not heard.
    pub(crate) async fn hang_up(mut self) -> Finished {
        drop(self.input);
        let mut stdout = String::new();
        while let Some(line) = tokio::time::timeout(PATIENCE, self.output.next_line()).await.expect("an end").unwrap() {
            stdout.push_str(&line);
        }
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end").unwrap();
        Finished { code: status.code().expect("an exit code"), stdout, stderr: self.errors.await.unwrap() }
    }
}
