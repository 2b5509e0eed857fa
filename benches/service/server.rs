//! Runs the release binary as a child process and reads its memory and processor times.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::Result;
use crate::client::Client;

/// How long a start may take before it counts as failed.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a stop may take. The server allows itself ten seconds.
const STOP_TIMEOUT: Duration = Duration::from_secs(12);

/// The settings of a server, which can be started any number of times.
#[derive(Clone)]
pub struct Setup {
    settings: Vec<(&'static str, String)>,
    base: String,
    log: PathBuf,
}

impl Setup {
    /// A free port on loopback, mail as files, and limits that the benchmark does not reach. The load comes from one
    /// address, so the server trusts the `X-Forwarded-For` header.
    pub fn new(folder: &Path, database: Vec<(&'static str, String)>) -> Result<Self> {
        let listen = free_address()?;
        let base = format!("http://{listen}");
        let mut settings = vec![
            ("KEYBACK_SERVER__LISTEN", listen),
            ("KEYBACK_SERVER__PUBLIC_URL", base.clone()),
            ("KEYBACK_SERVER__TRUSTED_PROXIES", "127.0.0.0/8".to_owned()),
            ("KEYBACK_MAIL__URL", format!("file:{}", folder.join("mail").display())),
            ("KEYBACK_MAIL__FROM", "Benchmark <no-reply@example.org>".to_owned()),
            ("KEYBACK_LIMITS__CALLER_PER_15_MINUTES", "1000000".to_owned()),
            ("KEYBACK_LIMITS__OVERALL_PER_MINUTE", "10000000".to_owned()),
        ];
        settings.extend(database);
        Ok(Self { settings, base, log: folder.join("keyback.log") })
    }

    /// The same with one more setting, or another value for it.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.settings.retain(|(other, _)| *other != name);
        self.settings.push((name, value.to_owned()));
        self
    }

    /// Another instance of the same service, on another port.
    pub fn another_instance(&self) -> Result<Self> {
        let mut other = self.clone();
        let listen = free_address()?;
        other.base = format!("http://{listen}");
        other.settings.retain(|(name, _)| *name != "KEYBACK_SERVER__LISTEN");
        other.settings.push(("KEYBACK_SERVER__LISTEN", listen));
        Ok(other)
    }

    /// Uses the default limits.
    pub fn with_usual_limits(&mut self) {
        self.settings.retain(|(name, _)| !name.starts_with("KEYBACK_LIMITS__"));
    }

    /// The base URL of the server.
    pub fn base(&self) -> &str {
        &self.base
    }

    fn public_url(&self) -> &str {
        let found = self.settings.iter().find(|(name, _)| *name == "KEYBACK_SERVER__PUBLIC_URL");
        found.map_or(&self.base, |(_, url)| url)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyback"));
        command
            .args(arguments)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::options().create(true).append(true).open(&self.log)?)
            .kill_on_drop(true);
        Ok(command)
    }

    /// Runs a command of `keyback` to its end.
    pub async fn run(&self, arguments: &[&str]) -> Result<()> {
        let status = self.command(arguments)?.status().await?;
        if status.success() { Ok(()) } else { Err(self.fault(&format!("keyback {arguments:?} failed with {status}"))) }
    }

    /// Runs a command to its end. Returns its output.
    pub async fn output(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments)?.stdout(Stdio::piped()).output().await?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?)
        } else {
            Err(self.fault(&format!("keyback {arguments:?} failed with {}", output.status)))
        }
    }

    /// Starts the server. Returns how long it took from the start of the process to the first page.
    pub async fn start(&self) -> Result<(Server, Duration)> {
        let start = Instant::now();
        let mut server = Server { child: self.command(&["serve"])?.spawn()? };
        let client = Client::of_instances(self.public_url(), vec![self.base.clone()])?;
        while start.elapsed() < START_TIMEOUT {
            if let Some(status) = server.child.try_wait()? {
                return Err(self.fault(&format!("keyback serve ended with {status}")));
            }
            if client.get("/forgot-password", None).await.is_ok_and(|answer| answer.status == 200) {
                return Ok((server, start.elapsed()));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err(self.fault("keyback serve does not answer"))
    }

    fn fault(&self, what: &str) -> Box<dyn std::error::Error + Send + Sync> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(10).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        format!("{what}\n{}", lines.join("\n")).into()
    }
}

/// A free port on this machine.
pub fn free_address() -> Result<String> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string())
}

/// A running server. It stops when this is dropped.
pub struct Server {
    child: Child,
}

/// In MiB.
#[derive(Clone, Copy)]
pub struct Memory {
    pub resident: f64,
    pub peak: f64,
}

/// By thread. A thread that ends takes its count along.
#[derive(Default)]
pub struct ProcessorTimes(HashMap<OsString, Duration>);

impl ProcessorTimes {
    /// The time that was added since `before`. `None` if nothing is known.
    pub fn since(&self, before: &Self) -> Option<Duration> {
        let added =
            self.0.iter().map(|(thread, now)| now.saturating_sub(before.0.get(thread).copied().unwrap_or_default()));
        (!self.0.is_empty()).then(|| added.sum())
    }
}

impl Server {
    /// The memory according to the kernel. `None` without `/proc`.
    pub fn memory(&self) -> Option<Memory> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let mebibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
            Some(kibibytes / 1024.0)
        };
        Some(Memory { resident: mebibytes("VmRSS:")?, peak: mebibytes("VmHWM:")? })
    }

    /// The processor time of each of its threads. Empty without `/proc`.
    pub fn processor_times(&self) -> ProcessorTimes {
        let Some(id) = self.child.id() else { return ProcessorTimes::default() };
        let Ok(threads) = std::fs::read_dir(format!("/proc/{id}/task")) else { return ProcessorTimes::default() };
        let times = threads.filter_map(|thread| {
            let thread = thread.ok()?;
            let statistics = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            let run = statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)?;
            Some((thread.file_name(), run))
        });
        ProcessorTimes(times.collect())
    }

    /// Stops it as an operator does, or kills it if that takes too long.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(id) = self.child.id() {
            Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        }
        if tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}
