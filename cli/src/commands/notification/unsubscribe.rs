use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the subscription
    subscription: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = args.subscription;
    ctx.confirm(format!("This deletes subscription \"{id}\"."), &id)?;
    ctx.api()?.delete(&shape::subscriptions().segment(&id)).await?;
    Ok(Outcome::default().note(format!("Deleted subscription \"{id}\".")))
}
