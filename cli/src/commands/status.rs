use std::path::PathBuf;

use common_errors::ErrorKind;
use serde_json::json;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Data, Outcome};
use crate::roles::{COLUMNS, Instance, rows, running_pid};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the Weir to look at [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let shown = folder.display();
    let Some(pid) = running_pid(&folder)? else {
        let message = format!("no Weir runs on {shown}");
        return Err(CliError::new(ErrorKind::Unavailable, "up.not_running", message)
            .suggest("Start it with `weir up`, or in the background with `weir up --detach`."));
    };
    let pid = pid.as_raw_nonzero().get().unsigned_abs();
    let Some(instance) = Instance::read(&folder)?.filter(|instance| instance.pid == pid) else {
        let message = format!("process {pid} uses {shown} but does not answer yet");
        return Err(CliError::new(ErrorKind::Unavailable, "up.starting", message)
            .suggest("Ask again in a moment."));
    };
    if ctx.json {
        return Ok(Outcome {
            data: Data::Text(format!("{:#}\n", json!(instance))),
            ..Outcome::default()
        });
    }
    Ok(Outcome::object(rows(&instance), COLUMNS).next("weir topic list"))
}
