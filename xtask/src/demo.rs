//! `cargo xtask demo`: from a fresh clone to a running server in one command.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::profile::Profile;
use crate::workspace::Workspace;
use crate::{browser, server, tools};

/// The port of the demo, unless another one is given.
const PORT: u16 = 3000;

pub(crate) fn start(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    browser::build(workspace)?;
    println!("Server: building what has changed");
    server::build(workspace, Profile::Dev)?;
    let (app, arguments) = without_app(arguments)?;
    let mut demo = Command::new(workspace.binary(Profile::Dev));
    demo.arg("demo").args(&arguments);
    match app.as_deref() {
        None => {}
        Some("django") => {
            demo.args(django(workspace, &arguments)?);
        }
        Some(other) => bail!("--app {other}: there is only django"),
    }
    become_program(&mut demo)
}

/// Takes `--app NAME` out of what the demo is given.
fn without_app(arguments: &[OsString]) -> Result<(Option<String>, Vec<OsString>)> {
    let Some(at) = arguments.iter().position(|argument| argument == "--app") else {
        return Ok((None, arguments.to_vec()));
    };
    let name = arguments.get(at + 1).and_then(|name| name.to_str()).context("--app needs a name: --app django")?;
    let others = arguments.iter().enumerate().filter(|(number, _)| *number != at && *number != at + 1);
    Ok((Some(name.to_owned()), others.map(|(_, argument)| argument.clone()).collect()))
}

/// Starts a small app with its own users on the next port. It ends with this process. Returns what the demo needs to
/// know of it.
fn django(workspace: &Workspace, arguments: &[OsString]) -> Result<Vec<OsString>> {
    let environment = workspace.own_users().join("python");
    tools::python_packages(workspace, "end2end/own-users", &environment)?;
    let given = arguments.iter().position(|argument| argument == "--port").and_then(|at| arguments.get(at + 1));
    let port = given.and_then(|port| port.to_str()?.parse().ok()).unwrap_or(PORT);
    let (own_port, folder) = (port + 1, std::env::temp_dir().join(format!("keyback-shop-{}", std::process::id())));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("shop.db");
    let mut app = workspace
        .command(environment.join("bin/python"))
        .arg(workspace.path("end2end/own-users/demo/shop.py"))
        .arg(own_port.to_string())
        .arg(&file)
        .arg(format!("http://localhost:{port}"))
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the app")?;
    let mut line = String::new();
    BufReader::new(app.stdout.take().context("the app has no output")?).read_line(&mut line)?;
    ensure!(line.trim() == "ready", "the app did not start; is port {own_port} in use?");
    println!("The app:               http://localhost:{own_port}/  (jane, walnut-river-lantern)");
    let database = format!("sqlite:{}", file.display());
    let sign_in = format!("http://localhost:{own_port}/");
    Ok(["--app-database", &database, "--app-preset", "django", "--app-sign-in", &sign_in].map(OsString::from).to_vec())
}

/// On Unix the server replaces this process, so that it receives signals and its exit code is ours.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    Err(command.exec()).context("cannot start the server")
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    crate::process::run(command)
}
