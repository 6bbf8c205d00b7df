use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Integration, by id or name
    integration: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = shape::integration(ctx, &args.integration).await?;
    ctx.confirm(format!("This deletes integration \"{id}\" and what waits for it."), &id)?;
    ctx.api()?.delete(&shape::integrations().segment(&id)).await?;
    Ok(Outcome::default().note(format!("Deleted integration \"{id}\".")))
}
