use std::path::PathBuf;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;
use crate::roles::{Restored, restore_backup};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The backup is checked first, as by `weir backup verify`. The restored Weir has a cell of its own, which the original\ncannot write to. Stop the original before clients use the restored one: they are one installation with two histories.\nCut short, run the command again.\n\nExamples:\n  weir backup restore /backups/2026-11-23 --data-dir /var/lib/weir\n  weir backup restore s3://bucket/backups/a --data-dir /var/lib/weir --store s3://bucket/restored"
)]
pub(crate) struct Args {
    /// The backup: a folder, or file:///path, s3://bucket/prefix, gs://… or az://container/prefix
    source: String,
    /// Folder to make; it must be empty [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
    /// An empty store for the records, when they lay in a store
    #[arg(long, value_name = "URL", env = "WEIR_STORE", hide_env = true)]
    store: Option<String>,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let Restored { manifest, took } =
        restore_backup(&args.source, &folder, args.store.as_deref()).await?;
    let shown = folder.display();
    let outcome = Outcome::default().note(format!(
        "Restored {} files of {} bytes in {:.1} s, from a backup of {}.",
        manifest.files.len(),
        manifest.bytes(),
        took.as_secs_f64(),
        manifest.installation
    ));
    let outcome = if manifest.lacks_keys() {
        outcome.note(format!(
            "The backup has no `encryption-keys`: put a copy of that file into {shown} before the start."
        ))
    } else {
        outcome
    };
    Ok(outcome.next(format!("weir up --data-dir {shown}")))
}
