use serde_json::json;

use super::findings::{COLUMNS, collection};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the finding
    finding: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let path = collection().segment(&args.finding);
    let changed = ctx.api()?.patch(&path, &json!({"state": "RESOLVED"})).await?;
    Ok(Outcome::object(changed, COLUMNS))
}
