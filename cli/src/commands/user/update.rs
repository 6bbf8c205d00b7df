use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir user update ada@example.com --full-name \"Ada Lovelace\""
)]
pub(crate) struct Args {
    /// Person, by id or e-mail address
    #[arg(value_name = "ID|EMAIL")]
    user: String,
    /// The name that people read
    #[arg(long, value_name = "NAME")]
    full_name: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = ctx.resolve(&args.user, &shape::KIND, &shape::all()).await?;
    let body = json!({"full_name": args.full_name});
    let changed = ctx.api()?.patch(&shape::collection().segment(&id), &body).await?;
    Ok(Outcome::object(changed, shape::COLUMNS))
}
