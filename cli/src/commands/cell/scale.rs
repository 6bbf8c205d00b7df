use std::path::{Path, PathBuf};
use std::time::Duration;

use broker::rpc::CellReport;
use common_errors::ErrorKind;

use super::describe::{COLUMNS, describe_zero, rows};
use crate::ctx::Ctx;
use crate::duration;
use crate::error::CliError;
use crate::output::{Outcome, Progress};
use crate::roles::{self, Stage};

/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(50);
/// A client that has gone is forgotten by then.
const GONE: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir cell scale 4\n  weir cell scale 1 --no-wait\n  weir cell scale 0\n\nNo record moves: brokers only change what they lead. With none, `weir up` still listens, and the next client or REST call\nstarts as many as there were."
)]
pub(crate) struct Args {
    /// How many brokers the cell is to have
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(0..=64))]
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
    let folder = args.data_dir.clone().unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let mut waiting = Progress::of("the cell");
    if args.brokers == 0 {
        return to_zero(&folder, &args, &mut waiting).await;
    }
    if !roles::is_at_rest(&folder)? {
        // Says so when the cell cannot have several, or does not run.
        roles::describe(&folder).await?;
    }
    roles::want(&folder, args.brokers)?;
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
            let wish = format!("balanced over {} brokers", args.brokers);
            return Err(slow(&wish, args.timeout));
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

/// Ends every broker, unless a client is there that would start them at once.
async fn to_zero(folder: &Path, args: &Args, waiting: &mut Progress) -> Result<Outcome, CliError> {
    // A cell that wakes is awake before it can rest again.
    while roles::is_at_rest(folder)? && is_up(folder)? && waiting.elapsed() < args.timeout {
        tokio::time::sleep(PAUSE).await;
    }
    if !roles::is_at_rest(folder)? {
        while let open @ 1.. = clients(&roles::describe(folder).await?) {
            if waiting.elapsed() > GONE {
                return Err(in_use(open));
            }
            tokio::time::sleep(PAUSE).await;
        }
        roles::rest(folder)?;
    }
    loop {
        let stage = roles::stage(folder)?.filter(|told| told.state == Stage::Zero);
        if let Some(told) = stage {
            return Ok(describe_zero(&told));
        }
        if args.no_wait {
            return Ok(Outcome::default().note("The brokers of the cell end."));
        }
        if !roles::is_at_rest(folder)? {
            let message = "somebody needed the cell meanwhile, and it is awake again";
            return Err(CliError::new(ErrorKind::Conflict, "cell.in_use", message));
        }
        if waiting.elapsed() > args.timeout {
            return Err(slow("at zero", args.timeout));
        }
        waiting.state("the brokers end");
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_up(folder: &Path) -> Result<bool, CliError> {
    let stage = roles::stage(folder)?.map(|told| told.state);
    Ok(matches!(stage, Some(Stage::Awake | Stage::Waking)))
}

fn clients(report: &CellReport) -> u64 {
    report.brokers.values().filter_map(|broker| broker.clients).map(|clients| clients.open).sum()
}

fn in_use(open: u64) -> CliError {
    let clients = if open == 1 { "1 client is" } else { &format!("{open} clients are") };
    let message = format!("{clients} connected, and would start the brokers again at once");
    CliError::new(ErrorKind::Precondition, "cell.in_use", message)
        .suggest("Stop them first; idle clients are connected, too.")
}

fn slow(wish: &str, limit: Duration) -> CliError {
    let message = format!("the cell is not {wish} within {}", duration::show(limit));
    CliError::new(ErrorKind::Timeout, "cell.slow", message)
        .suggest("It goes on by itself. See how far it is with `weir cell describe`.")
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
