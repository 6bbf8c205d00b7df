use super::shape;
use crate::commands::deleted::{self, ENVIRONMENTS};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Those that were deleted and can be restored
    #[arg(long)]
    deleted: bool,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    if args.deleted {
        return deleted::list(ctx, &ENVIRONMENTS).await;
    }
    Ok(Outcome::object(ctx.api()?.list(&shape::all()).await?, shape::COLUMNS))
}
