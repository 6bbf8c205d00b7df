use std::path::PathBuf;
use std::time::Duration;

use common_errors::ErrorKind;
use rustix::process::{Signal, kill_process};

use crate::ctx::Ctx;
use crate::duration;
use crate::error::CliError;
use crate::output::{Outcome, Progress};
use crate::roles::running_pid;

/// How often the process is looked at.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the Weir to stop [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
    /// How long to wait for it to end
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "30s")]
    timeout: Duration,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let Some(pid) = running_pid(&folder)? else {
        return Ok(Outcome::default().note(format!("No Weir runs on {}.", folder.display())));
    };
    let number = pid.as_raw_nonzero();
    kill_process(pid, Signal::TERM).map_err(|e| {
        let message = format!("cannot stop process {number}: {e}");
        CliError::new(ErrorKind::Forbidden, "down.signal", message)
            .suggest(format!("See whose it is with `ps -o user= -p {number}`."))
    })?;
    let waiting = Progress::of(format!("process {number}"));
    while running_pid(&folder)? == Some(pid) {
        if waiting.elapsed() > args.timeout {
            let limit = duration::show(args.timeout);
            let message = format!("process {number} did not end within {limit}");
            return Err(CliError::new(ErrorKind::Timeout, "down.slow", message)
                .suggest(format!("Wait longer with `--timeout 5m`, or end it: `kill -9 {number}`; nothing acknowledged is lost.")));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(Outcome::default().note(format!("Stopped process {number}.")))
}
