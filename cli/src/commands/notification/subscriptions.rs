use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn run(ctx: &Ctx, _: Args) -> Result<Outcome, CliError> {
    let path = shape::subscriptions().query("page_size", "100");
    Ok(Outcome::object(ctx.api()?.list(&path).await?, shape::SUBSCRIPTION))
}
