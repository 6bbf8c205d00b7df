use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn run(ctx: &Ctx, _args: Args) -> Result<Outcome, CliError> {
    Ok(Outcome::object(ctx.api()?.list(&shape::all()).await?, shape::COLUMNS))
}
