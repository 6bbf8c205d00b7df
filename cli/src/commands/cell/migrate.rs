use std::path::PathBuf;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;
use crate::roles::move_to_store;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Weir must be stopped. Topics, offsets, producers and committed offsets of groups stay what they are; `weir up` then\nfinds them in the store. Killed at any moment, the command goes on when it is run again.\n\nExamples:\n  weir down\n  weir cell migrate s3://bucket/prefix\n  weir up"
)]
pub(crate) struct Args {
    /// Address of an empty store: file:///path, s3://bucket/prefix, gs://… or az://container/prefix
    url: String,
    /// The data folder whose records move [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let note = match move_to_store(&folder, &args.url).await? {
        Some(copied) => format!(
            "Moved {} partitions: {} objects of {} bytes. `weir up` serves them from {}.\nWhat the folder still has of them, below `cell`, is not used any more.",
            copied.partitions, copied.objects, copied.bytes, args.url
        ),
        None => format!("The records of this folder lie in {} already.", args.url),
    };
    Ok(Outcome::default().note(note))
}
