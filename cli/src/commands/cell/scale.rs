use std::path::PathBuf;
use std::time::Duration;

use broker::rpc::CellReport;
use common_errors::ErrorKind;

use super::describe::{COLUMNS, rows};
use crate::ctx::Ctx;
use crate::duration;
use crate::error::CliError;
use crate::output::{Outcome, Progress};
use crate::roles;

/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir cell scale 4\n  weir cell scale 1 --no-wait\n\nNo record moves: brokers only change what they lead."
)]
pub(crate) struct Args {
    /// How many brokers the cell is to have
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    brokers: u32,
    /// Folder of the Weir to scale [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
    /// Do not wait until every broker leads its share
    #[arg(long)]
    no_wait: bool,
    /// How long to wait
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "2m")]
    timeout: Duration,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    // Says so when the cell cannot have several, or does not run.
    roles::describe(&folder).await?;
    roles::want(&folder, args.brokers)?;
    let mut waiting = Progress::of("the cell");
    loop {
        let report = roles::describe(&folder).await?;
        if args.no_wait || is_balanced(&report, args.brokers) {
            let seconds = waiting.elapsed().as_secs_f64();
            let outcome = Outcome::object(rows(&report), COLUMNS);
            return Ok(if args.no_wait {
                outcome
            } else {
                outcome.note(format!("Balanced after {seconds:.1} s."))
            });
        }
        if waiting.elapsed() > args.timeout {
            let limit = duration::show(args.timeout);
            let message =
                format!("the cell is not balanced over {} brokers within {limit}", args.brokers);
            return Err(CliError::new(ErrorKind::Timeout, "cell.slow", message)
                .suggest("It goes on by itself. See how far it is with `weir cell describe`."));
        }
        waiting.state(&format!(
            "{} of {} brokers, {} groups move",
            report.brokers.len(),
            args.brokers,
            report.moves.len()
        ));
        tokio::time::sleep(PAUSE).await;
    }
}

/// Every broker leads its share, one more or less.
fn is_balanced(report: &CellReport, brokers: u32) -> bool {
    let groups: Vec<u32> = report.brokers.values().map(|b| b.groups).collect();
    let (least, most) = (groups.iter().min(), groups.iter().max());
    let share = report.groups / brokers;
    u32::try_from(groups.len()) == Ok(brokers)
        && report.groups_without_leader == 0
        && report.moves.is_empty()
        && least.is_some_and(|least| *least >= share)
        && most.is_some_and(|most| *most <= share + 1)
}
