use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the integration
    integration: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = args.integration;
    ctx.confirm(format!("This deletes integration \"{id}\" and what waits for it."), &id)?;
    ctx.api()?.delete(&shape::integrations().segment(&id)).await?;
    Ok(Outcome::default().note(format!("Deleted integration \"{id}\".")))
}
