//! From arguments to an exit code.

use clap::{CommandFactory as _, Parser as _};

use crate::commands::{Cli, Command, up};
use crate::config::{Dirs, Settings};
use crate::ctx::Ctx;
use crate::error::{CliError, ExitCode};
use crate::output::{Format, Outcome, note, print_error, print_outcome};

pub(crate) fn main() -> std::process::ExitCode {
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

fn start(cli: Cli) -> Result<ExitCode, CliError> {
    let runtime = if cli.command.is_server() {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()
    } else {
        tokio::runtime::Builder::new_current_thread().enable_all().build()
    };
    let runtime = runtime
        .map_err(|e| CliError::internal("runtime", format!("cannot start the runtime: {e}")))?;
    let result = runtime.block_on(run(cli));
    // A thread that reads stdin cannot be cancelled; it must not keep the process.
    runtime.shutdown_background();
    result
}

async fn run(cli: Cli) -> Result<ExitCode, CliError> {
    let globals = cli.globals;
    let dirs = Dirs::from_env(|name| std::env::var_os(name))?;
    if let Command::Up(args) = cli.command {
        // A server handles signals by itself: it has something to bring to an end.
        let show = |outcome: &Outcome| print_outcome(outcome, globals.output, &globals.fields);
        let outcome = up::run(args, dirs, show).await?;
        print_outcome(&outcome, globals.output, &globals.fields)?;
        return Ok(ExitCode::Ok);
    }
    let settings = Settings::resolve(&globals.flags(), dirs, |name| std::env::var(name).ok())?;
    let json = globals.output == Format::Json;
    let ctx = Ctx { settings, yes: globals.yes, json };
    let outcome = tokio::select! {
        outcome = cli.command.run(&ctx, Cli::command) => outcome?,
        _ = tokio::signal::ctrl_c() => {
            note("interrupted");
            return Ok(ExitCode::Interrupted);
        }
    };
    print_outcome(&outcome, globals.output, &globals.fields)?;
    Ok(ExitCode::Ok)
}
