use std::path::PathBuf;

use serde_json::json;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};
use crate::roles::{MoveReport, move_store};

const COLUMNS: &[Column] = &[
    Column::new("TABLES", "/tables"),
    Column::new("ROWS", "/rows"),
    Column::new("PAUSE SECONDS", "/pause_seconds"),
    Column::new("ONLINE", "/online"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Weir may run: changes wait for the copy, everything else goes on. Every table is compared before the database is in force.\nKilled at any moment, either the file or the database is in force; run the command again. The file stays as control.db.moved.\n\nExamples:\n  WEIR_DATABASE_URL=postgres://weir:PASSWORD@db/weir weir database migrate\n  weir database migrate postgres://weir@db/weir"
)]
pub(crate) struct Args {
    /// Address of an empty database; with a password only in the environment: WEIR_DATABASE_URL
    #[arg(env = "WEIR_DATABASE_URL", hide_env = true)]
    url: String,
    /// The data folder whose store moves [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let MoveReport { tables, rows, pause, online } = move_store(&folder, &args.url).await?;
    let row = json!({
        "tables": tables,
        "rows": rows,
        "pause_seconds": pause.as_secs_f64(),
        "online": online,
    });
    let note = "\nThe folder remembers the database, not its password: give it to the next `weir up`, too.";
    Ok(Outcome::object(row, COLUMNS).note(note))
}
