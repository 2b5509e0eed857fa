//! Runs other programs and reports clearly when one of them fails.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program to its end. It uses the terminal itself.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed with {status}", shown(command));
    }
    Ok(())
}

/// Runs a program to its end and returns its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{} failed with {}", shown(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("the output of {} is not text", shown(command)))
}

/// Whether a program of this name can be started.
pub(crate) fn installed(program: &str) -> bool {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&file).is_file()))
}

/// The command as somebody would type it, without the folder of the program.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut line = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    format!("`{line}`")
}
