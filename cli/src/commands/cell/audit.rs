use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use common_errors::ErrorKind;
use common_seams::{OsRng, Rng as _};
use serde_json::json;
use storage::audit::{AuditError, Report, Sample, audit};
use storage::meta::MetaError;
use storage::retry::RetryingStore;
use storage::store::{ObjectStore, StoreError};

use crate::error::CliError;
use crate::output::{Column, Outcome};
use crate::roles::{join_to_read, open_store_that_is_there};

/// How long a store that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of the blocks and slots one in so many is read, unless all are.
const SAMPLE: u64 = 50;
/// Findings that are shown.
const SHOWN_MAX: usize = 100;
const COLUMNS: &[Column] = &[
    Column::new("KEPT", "/kept"),
    Column::new("OBJECTS", "/objects"),
    Column::new("BYTES", "/bytes"),
    Column::new("NEEDED", "/needed"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads only, also while the cell runs. Credentials come from the environment.\nExit code 0: everything is as it should be. 5: something is wrong, and is named.\n\nExamples:\n  weir cell audit s3://bucket/prefix\n  weir cell audit s3://bucket/prefix --all\n  weir cell audit s3://bucket/prefix --meta-store etcd://host:2379/prefix"
)]
pub(crate) struct Args {
    /// Address of the store: file:///path, s3://bucket/prefix, gs://… or az://container/prefix
    url: String,
    /// Where topics and leadership are, when they lie in an etcd
    #[arg(long, value_name = "URL", env = "WEIR_META_STORE", hide_env = true)]
    meta_store: Option<String>,
    /// Read every byte, instead of a sample of another part at each run
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(args: Args) -> Result<Outcome, CliError> {
    let rng = Arc::new(OsRng::new());
    let from = rng.below(SAMPLE);
    let sample = if args.all { Sample::ALL } else { Sample { every: SAMPLE, from } };
    let records = open_store_that_is_there(&args.url)?;
    let store = join_to_read(records, args.meta_store.as_deref()).await?;
    let store: Arc<dyn ObjectStore> = Arc::new(RetryingStore::for_a_while(store, rng, PATIENCE));
    let report = audit(&*store, sample).await.map_err(|e| not_audited(&e))?;
    if report.findings.is_empty() { Ok(clean(&report)) } else { Err(damaged(&report)) }
}

fn clean(report: &Report) -> Outcome {
    let rows = report.classes.iter();
    let rows = rows.map(|(class, tally)| {
        json!({
            "kept": class.to_string(),
            "objects": tally.objects,
            "bytes": tally.bytes,
            "needed": !class.is_orphan(),
        })
    });
    let note = format!(
        "Nothing is wrong: {} partitions have all their offsets, and {} checksums match.",
        report.partitions, report.checksums
    );
    let rows: Vec<_> = rows.collect();
    Outcome::object(json!({ "data": rows }), COLUMNS).note(note)
}

fn damaged(report: &Report) -> CliError {
    let count = report.findings.len() as u64 + report.findings_more;
    let things = if count == 1 { "thing is" } else { "things are" };
    let mut message = format!("{count} {things} wrong with this cell");
    for finding in report.findings.iter().take(SHOWN_MAX) {
        let _ = write!(message, "\n  {finding}");
    }
    if count > SHOWN_MAX as u64 {
        let _ = write!(message, "\n  and {} more", count - SHOWN_MAX as u64);
    }
    let advice: BTreeSet<&str> = report.findings.iter().map(|f| f.fault.advice()).collect();
    let error = CliError::new(ErrorKind::Precondition, "cell.damaged", message);
    advice.into_iter().fold(error, CliError::suggest)
}

fn not_audited(error: &AuditError) -> CliError {
    let made = |kind, code| CliError::new(kind, code, error.to_string());
    match error {
        AuditError::Store(StoreError::Denied { .. }) => made(ErrorKind::Forbidden, "store.denied")
            .suggest("Check the credentials in the environment; the key needs to get and list."),
        AuditError::Store(_) => made(ErrorKind::Unavailable, "store.unavailable")
            .suggest("Check the address of the store, and try again."),
        AuditError::NoCell(_) => made(ErrorKind::NotFound, "cell.unknown")
            .suggest("Name the store as it was given to `weir up --store`."),
        AuditError::Meta(MetaError::Level(_)) => {
            made(ErrorKind::Precondition, "cell.level").suggest("See docs/operate/upgrade.md.")
        }
        AuditError::Marker(..) | AuditError::Meta(_) => {
            made(ErrorKind::Precondition, "cell.damaged")
                .suggest("Bring the object back from a version of the bucket or from a backup.")
        }
        AuditError::OnDisk => made(ErrorKind::Invalid, "cell.on_disk")
            .suggest("See docs/operate/data-folder.md for what a start checks."),
    }
}

#[cfg(test)]
mod tests {
    use storage::audit::{Class, Fault, Finding, Tally};

    use super::*;

    #[test]
    fn what_is_wrong_is_listed_with_what_to_do() {
        let missing = || Fault::Missing { needed_by: "a test".into() };
        let find = |n| Finding { key: format!("seg/{n:03}"), fault: missing() };
        let findings = (0..102).map(find).collect();
        let error = damaged(&Report { findings, findings_more: 5, ..Report::default() });
        assert_eq!((error.kind, &*error.code), (ErrorKind::Precondition, "cell.damaged"));
        assert!(error.message.starts_with("107 things are wrong"), "{}", error.message);
        assert!(error.message.contains("\n  seg/000: missing, and a test needs it\n"));
        assert!(error.message.ends_with("\n  and 7 more"), "{}", error.message);
        assert_eq!(error.suggestions, [missing().advice()]);
    }

    #[test]
    fn a_clean_cell_is_shown_by_what_it_keeps() {
        let mut report = Report { partitions: 3, ..Report::default() };
        report.classes.insert(Class::Slots, Tally { objects: 2, bytes: 9 });
        let outcome = clean(&report);
        assert!(outcome.notes[0].contains("3 partitions"));
        let expected =
            json!({"data": [{"kept": "slots", "objects": 2, "bytes": 9, "needed": true}]});
        let shown = crate::output::Data::Object { value: expected, columns: COLUMNS };
        assert_eq!(outcome.data, shown);
    }
}
