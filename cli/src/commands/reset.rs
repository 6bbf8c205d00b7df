use std::path::PathBuf;

use common_errors::ErrorKind;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;
use crate::roles::{DataDir, forget_context};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to delete [default: your data folder]
    #[arg(long, value_name = "DIR", env = "WEIR_DATA_DIR", hide_env = true)]
    data_dir: Option<PathBuf>,
}

pub(crate) fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let folder = args.data_dir.unwrap_or_else(|| ctx.settings.dirs.data.clone());
    let shown = folder.display();
    if !folder.exists() {
        return Ok(Outcome::default().note(format!("There is nothing at {shown}.")));
    }
    let Some(data) = DataDir::open_existing(&folder)? else {
        let message = format!("{shown} is not a Weir folder: it holds no format.json");
        return Err(CliError::new(ErrorKind::Precondition, "folder.foreign", message)
            .suggest("Delete it yourself if you are sure what it is."));
    };
    let path = data.path().to_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let warning =
        format!("This deletes {} with every topic, record and key in it.", path.display());
    ctx.confirm(warning, &name)?;
    data.delete()?;
    forget_context(&ctx.settings.dirs.config, &path)?;
    Ok(Outcome::default().note(format!("Deleted {}.", path.display())).next("weir up"))
}
