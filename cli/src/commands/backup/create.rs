use std::path::PathBuf;

use serde_json::json;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};
use crate::roles::{BackUp, back_up};

const COLUMNS: &[Column] = &[
    Column::new("BACKUP", "/backup"),
    Column::new("FILES", "/files"),
    Column::new("BYTES", "/bytes"),
    Column::new("SECONDS", "/seconds"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Everything that was acknowledged before the command began is in the backup. Weir goes on meanwhile. The backup\nholds secrets: keep it as you keep the data folder. Cut short, it is of no use; run the command again with the same target.\n\nExamples:\n  weir backup create /backups/2026-11-23\n  weir backup create s3://bucket/backups/2026-11-23"
)]
pub(crate) struct Args {
    /// An empty place: a folder, or file:///path, s3://bucket/prefix, gs://… or az://container/prefix
    target: String,
    /// Folder of the Weir to back up [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
    /// Leave out the file that opens encrypted records; without it nobody can read them
    #[arg(long)]
    without_keys: bool,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let what = BackUp { folder: &folder, target: &args.target, with_keys: !args.without_keys };
    let made = back_up(what).await?;
    let row = json!({
        "backup": made.manifest.id,
        "files": made.manifest.files.len(),
        "bytes": made.manifest.bytes(),
        "seconds": made.took.as_secs_f64(),
    });
    let check = format!("weir backup verify {}", args.target);
    Ok(Outcome::object(row, COLUMNS).next(check))
}
