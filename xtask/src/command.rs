//! Runs programs so that a failure names the command line that failed.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// The cargo that runs this process, in the root of the workspace.
pub(crate) fn cargo<I, S>(args: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(Path::new(&cargo), args)
}

/// Any program, in the root of the workspace.
pub(crate) fn program<P, I, S>(program: P, args: I) -> Command
where
    P: AsRef<OsStr>,
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(program);
    command.args(args).current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// Runs to the end with inherited output.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = text(command);
    eprintln!("$ {line}");
    let status = command.status().with_context(|| format!("start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs to the end and returns its standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let line = text(command);
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed: {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("read the output of `{line}`"))
}

/// The command as one would type it.
pub(crate) fn text(command: &Command) -> String {
    let mut line = word(command.get_program());
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&word(argument));
    }
    line
}

fn word(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_names_the_command() {
        let error = run(&mut program("sh", ["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c 'exit 3'` failed: exit status: 3");
    }

    #[test]
    fn missing_program_names_the_command() {
        let error = run(&mut program("weir-no-such-program", ["x"])).unwrap_err();
        assert_eq!(error.to_string(), "start `weir-no-such-program x`");
    }
}
