use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the key
    key: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let key = args.key;
    ctx.confirm(format!("This deletes key \"{key}\"; programs that use it stop working."), &key)?;
    ctx.api()?.delete(&shape::collection().segment(&key)).await?;
    Ok(Outcome::default().note(format!("Deleted key \"{key}\".")))
}
