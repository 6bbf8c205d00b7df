use std::path::PathBuf;

use broker::rpc::CellReport;
use common_errors::ErrorKind;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;
use crate::roles;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir cell describe\n  weir cell finalize\n\nRun it when all brokers are upgraded and you do not want to go back: versions of Weir before can\nnever serve the cell again."
)]
pub(crate) struct Args {
    /// Folder of the Weir that was upgraded [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let report = roles::describe(&folder).await?;
    let Some(next) = report.format_level_next else {
        return nothing_to_raise(&report);
    };
    let warning = format!(
        "This raises the cell to format level {next}. Versions of Weir that do not know it can never serve the cell again."
    );
    ctx.confirm(warning, &next.to_string())?;
    roles::finalize(&folder, next).await?;
    Ok(Outcome::default().note(format!("The cell has format level {next}.")))
}

fn nothing_to_raise(report: &CellReport) -> Result<Outcome, CliError> {
    if held_back_by(report).is_empty() {
        return Ok(Outcome::default().note(level(report)));
    }
    Err(CliError::new(ErrorKind::Precondition, "cell.held_back", level(report))
        .suggest("Upgrade these brokers first: docs/operate/upgrade.md."))
}

/// The brokers that are older than another one.
fn held_back_by(report: &CellReport) -> Vec<i32> {
    let next = report.format_level.saturating_add(1);
    let (knows, lacks): (Vec<_>, Vec<_>) =
        report.brokers.values().partition(|b| b.formats.contains(next));
    if knows.is_empty() {
        return Vec::new();
    }
    let mut ids: Vec<i32> = lacks.iter().map(|b| b.broker_id).collect();
    ids.sort_unstable();
    ids
}

/// The format level of a cell, and what can be done about it.
pub(super) fn level(report: &CellReport) -> String {
    let now = report.format_level;
    let next = now.saturating_add(1);
    let held_back_by = held_back_by(report);
    if let Some(next) = report.format_level_next {
        format!(
            "Format level {now}; all brokers know level {next}: `weir cell finalize` raises it."
        )
    } else if held_back_by.is_empty() {
        format!("Format level {now}, the highest that the brokers know.")
    } else {
        format!("Format level {now}; brokers {held_back_by:?} do not know level {next} yet.")
    }
}

#[cfg(test)]
mod tests {
    use broker::rpc::BrokerReport;
    use storage::levels::FormatLevels;

    use super::*;

    fn report(highest: &[u16]) -> CellReport {
        let broker = |(epoch, write_max): (u64, &u16)| {
            let formats = FormatLevels { read_min: 1, write_max: *write_max };
            let broker_id = i32::try_from(epoch).unwrap();
            (epoch, BrokerReport { broker_id, formats, ..BrokerReport::default() })
        };
        let brokers = (1..).zip(highest).map(broker).collect();
        CellReport { brokers, format_level: 1, ..CellReport::default() }
    }

    #[test]
    fn it_is_told_what_keeps_a_level_from_being_raised() {
        let same = report(&[1, 1]);
        assert_eq!(level(&same), "Format level 1, the highest that the brokers know.");
        assert!(nothing_to_raise(&same).is_ok(), "there is nothing to do");
        let mixed = report(&[2, 1, 2]);
        assert_eq!(level(&mixed), "Format level 1; brokers [2] do not know level 2 yet.");
        let error = nothing_to_raise(&mixed).unwrap_err();
        assert_eq!((error.kind, &*error.code), (ErrorKind::Precondition, "cell.held_back"));
        let ready = CellReport { format_level_next: Some(2), ..report(&[2, 2]) };
        assert!(level(&ready).ends_with("`weir cell finalize` raises it."), "{}", level(&ready));
    }
}
