use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Service account, by id or name
    #[arg(value_name = "ID|NAME")]
    account: String,
    /// What the account is for
    #[arg(long)]
    description: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = ctx.resolve(&args.account, &shape::KIND, &shape::all()).await?;
    let body = json!({"description": args.description});
    let changed = ctx.api()?.patch(&shape::collection().segment(&id), &body).await?;
    Ok(Outcome::object(changed, shape::COLUMNS))
}
