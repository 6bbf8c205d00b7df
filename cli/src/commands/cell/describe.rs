use std::path::PathBuf;

use broker::rpc::CellReport;
use serde_json::{Value, json};
use storage::counted::{Op, StoreUse};

use super::finalize::level;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Data, Outcome};
use crate::roles::{self, Cause, Stage, StageReport, Woken};

pub(super) const COLUMNS: &[Column] = &[
    Column::new("BROKER", "/broker_id"),
    Column::new("EPOCH", "/epoch"),
    Column::new("GROUPS", "/groups"),
    Column::new("STATE", "/state"),
    Column::new("ADDRESS", "/rpc"),
];

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  weir cell describe\n  weir cell describe -o json")]
pub(crate) struct Args {
    /// Folder of the Weir to look at [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let stage = roles::stage(&folder)?;
    if let Some(told) = stage.as_ref().filter(|told| has_no_broker(told.state)) {
        return Ok(at_rest(ctx, told));
    }
    let report = match roles::describe(&folder).await {
        Ok(report) => report,
        Err(silent) => {
            // Its brokers may have ended since.
            let told = roles::stage(&folder)?.filter(|told| has_no_broker(told.state));
            return told.map(|told| at_rest(ctx, &told)).ok_or(silent);
        }
    };
    if ctx.json {
        let mut value = json!(report);
        value["state"] = json!(Stage::Awake);
        value["woken"] = json!(stage.and_then(|told| told.woken));
        return Ok(as_json(value));
    }
    let outcome = notes(Outcome::object(rows(&report), COLUMNS), &report);
    Ok(match stage.and_then(|told| told.woken) {
        Some(woken) => outcome.note(woke(&woken)),
        None => outcome,
    })
}

fn as_json(value: Value) -> Outcome {
    Outcome { data: Data::Text(format!("{value:#}\n")), ..Outcome::default() }
}

fn at_rest(ctx: &Ctx, told: &StageReport) -> Outcome {
    if ctx.json { as_json(json!(told)) } else { describe_zero(told) }
}

fn has_no_broker(stage: Stage) -> bool {
    matches!(stage, Stage::Zero | Stage::Waking)
}

/// A cell that has no broker to ask.
pub(super) fn describe_zero(told: &StageReport) -> Outcome {
    let now = match (told.state, told.is_watched) {
        (Stage::Waking, _) => "The cell wakes: its first broker starts.",
        (_, true) => "The cell is at zero: no broker runs. The next client or REST call starts it.",
        (_, false) => "The cell is at zero, and nothing listens: `weir up` lets clients wake it.",
    };
    let outcome = Outcome::default().note(now);
    match &told.woken {
        Some(woken) => outcome.note(woke(woken)),
        None => outcome,
    }
}

fn woke(woken: &Woken) -> String {
    let by = match woken.by {
        Cause::Kafka => "a Kafka client",
        Cause::Rest => "a REST call",
        Cause::Scale => "`weir cell scale`",
    };
    format!("It last woke for {by}, in {:.1} s.", woken.took_ms as f64 / 1e3)
}

/// The brokers of a cell as a list.
pub(super) fn rows(report: &CellReport) -> Value {
    let row = |(epoch, broker): (&u64, &broker::rpc::BrokerReport)| {
        let state = match (broker.draining, broker.connected) {
            (true, _) => "draining",
            (false, true) => "connected",
            (false, false) => "silent",
        };
        let mut row = json!(broker);
        row["epoch"] = json!(epoch);
        row["state"] = json!(state);
        row
    };
    let brokers: Vec<Value> = report.brokers.iter().map(row).collect();
    json!({"kind": "BrokerList", "data": brokers})
}

fn notes(outcome: Outcome, report: &CellReport) -> Outcome {
    let mut outcome = outcome.note(format!(
        "{} placement groups, {} without a leader, {} moving; the controller is {}.",
        report.groups,
        report.groups_without_leader,
        report.moves.len(),
        report.controller
    ));
    outcome = outcome.note(level(report));
    if let Some(signal) = &report.signal {
        outcome = outcome.note(format!("SIGNAL: {signal}"));
    }
    outcome = store_notes(outcome, report);
    for alarm in &report.alarms {
        outcome = outcome.note(format!("ALARM: {alarm}"));
    }
    outcome
}

/// What the brokers asked the store for: that is what a store costs.
fn store_notes(mut outcome: Outcome, report: &CellReport) -> Outcome {
    let used: Vec<&StoreUse> = report.brokers.values().filter_map(|b| b.store.as_ref()).collect();
    if used.is_empty() {
        return outcome;
    }
    let asked = |op| used.iter().map(|u| u.counts.all(op).requests).sum::<u64>();
    outcome = outcome.note(format!(
        "Asked of the store since the brokers started: {} PUT, {} GET, {} LIST, {} DELETE; `-o json` has them by kind.",
        asked(Op::Put),
        asked(Op::Get) + asked(Op::Range),
        asked(Op::List),
        asked(Op::Delete)
    ));
    let slowest = used.iter().map(|u| u.slot_p99_us).max().unwrap_or(0);
    if slowest > 0 {
        let ms = slowest as f64 / 1e3;
        outcome = outcome.note(format!("The store takes up to {ms:.0} ms for a slot (p99)."));
    }
    outcome
}
