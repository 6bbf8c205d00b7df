use super::shape;
use crate::commands::arguments::InEnvironment;
use crate::commands::deleted::{self, CLUSTERS};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Those of all environments that were deleted and can be restored
    #[arg(long, conflicts_with = "environment")]
    deleted: bool,
    #[command(flatten)]
    environment: InEnvironment,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    if args.deleted {
        return deleted::list(ctx, &CLUSTERS).await;
    }
    let environment = ctx.environment(args.environment.environment.as_deref()).await?;
    let path = shape::collection().query("environment", &environment).query("page_size", "100");
    Ok(Outcome::object(ctx.api()?.list(&path).await?, shape::COLUMNS))
}
