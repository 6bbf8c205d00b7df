//! From arguments to an exit code.

use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};

use crate::commands::{Cli, Command, Globals, broker, up};
use crate::config::{Dirs, Settings};
use crate::ctx::Ctx;
use crate::error::{CliError, ExitCode};
use crate::output::{Format, Outcome, note, print_error, print_outcome};

pub(crate) fn main() -> std::process::ExitCode {
    #[cfg(debug_assertions)]
    rehearse();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Printing help can only fail when nobody reads it.
            let _ = error.print();
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Ok };
            return code.into();
        }
    };
    let format = cli.globals.output;
    match start(cli) {
        Ok(code) => code.into(),
        Err(error) => {
            print_error(&error, format);
            error.exit_code().into()
        }
    }
}

/// Takes this process for a version that knows more format levels, where a test of upgrades says so.
#[cfg(debug_assertions)]
fn rehearse() {
    let wanted = std::env::var("WEIR_REHEARSED_LEVEL").ok();
    if let Some(level) = wanted.and_then(|level| level.parse().ok()) {
        storage::levels::rehearse_process(level);
    }
}

/// How long tasks that cannot be cancelled may hold up the end of a server.
const LAST_TASKS_MAX: Duration = Duration::from_secs(5);

fn start(cli: Cli) -> Result<ExitCode, CliError> {
    match cli.command {
        Command::Up(args) => serve(*args, &cli.globals),
        Command::Broker(args) => {
            let runtime = build(tokio::runtime::Builder::new_multi_thread())?;
            let ended = runtime.block_on(broker::run(args));
            runtime.shutdown_timeout(LAST_TASKS_MAX);
            ended.map(|()| ExitCode::Ok)
        }
        command => {
            let runtime = build(tokio::runtime::Builder::new_current_thread())?;
            let result = runtime.block_on(run(command, &cli.globals));
            // A thread that reads stdin cannot be cancelled; it must not keep the process.
            runtime.shutdown_background();
            result
        }
    }
}

/// A server handles signals by itself: it has something to bring to an end.
fn serve(args: up::Args, globals: &Globals) -> Result<ExitCode, CliError> {
    let dirs = Dirs::from_env(|name| std::env::var_os(name))?;
    let show = |outcome: &Outcome| print_outcome(outcome, globals.output, &globals.fields);
    let runtime = build(tokio::runtime::Builder::new_multi_thread())?;
    let folder = runtime.block_on(up::run(args, dirs, show));
    runtime.shutdown_timeout(LAST_TASKS_MAX);
    folder.map(|folder| {
        drop(folder);
        ExitCode::Ok
    })
}

async fn run(command: Command, globals: &Globals) -> Result<ExitCode, CliError> {
    let dirs = Dirs::from_env(|name| std::env::var_os(name))?;
    let settings = Settings::resolve(&globals.flags(), dirs, |name| std::env::var(name).ok())?;
    let json = globals.output == Format::Json;
    let ctx = Ctx { settings, yes: globals.yes, json };
    let outcome = tokio::select! {
        outcome = command.run(&ctx, Cli::command) => outcome?,
        _ = tokio::signal::ctrl_c() => {
            note("interrupted");
            return Ok(ExitCode::Interrupted);
        }
    };
    print_outcome(&outcome, globals.output, &globals.fields)?;
    Ok(if outcome.is_pending { ExitCode::Pending } else { ExitCode::Ok })
}

fn build(mut builder: tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, CliError> {
    let runtime = builder.enable_all().build();
    runtime.map_err(|e| CliError::internal("runtime", format!("cannot start the runtime: {e}")))
}
