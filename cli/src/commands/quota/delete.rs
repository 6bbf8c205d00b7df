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
    let quota = args.quota;
    ctx.confirm(format!("This deletes quota \"{quota}\"; nobody is slowed by it then."), &quota)?;
    ctx.api()?.delete(&shape::collection().segment(&quota)).await?;
    Ok(Outcome::default().note(format!("Deleted quota \"{quota}\".")))
}
