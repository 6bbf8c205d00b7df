use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the quota
    quota: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let found = ctx.api()?.get(&shape::collection().segment(&args.quota)).await?;
    Ok(Outcome::object(found, shape::COLUMNS))
}
