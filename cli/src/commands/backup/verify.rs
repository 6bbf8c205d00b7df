use serde_json::json;

use crate::error::CliError;
use crate::output::{Column, Outcome};
use crate::roles::verify_backup;

const COLUMNS: &[Column] = &[
    Column::new("BACKUP", "/backup"),
    Column::new("INSTALLATION", "/installation"),
    Column::new("VERSION", "/weir_version"),
    Column::new("FILES", "/files"),
    Column::new("BYTES", "/bytes"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads every byte. Exit code 0: all files are there and match their checksums. 5: something is wrong, and is named.\n\nExamples:\n  weir backup verify /backups/2026-11-23\n  weir backup verify s3://bucket/backups/2026-11-23"
)]
pub(crate) struct Args {
    /// The backup: a folder, or file:///path, s3://bucket/prefix, gs://… or az://container/prefix
    source: String,
}

pub(crate) async fn run(args: Args) -> Result<Outcome, CliError> {
    let manifest = verify_backup(&args.source).await?;
    let row = json!({
        "backup": manifest.id,
        "installation": manifest.installation,
        "weir_version": manifest.weir_version,
        "began_at_ms": manifest.began_at_ms,
        "ended_at_ms": manifest.ended_at_ms,
        "keys": manifest.keys,
        "files": manifest.files.len(),
        "bytes": manifest.bytes(),
    });
    Ok(Outcome::object(row, COLUMNS).note("All files are there and match their checksums."))
}
