use super::shape;
use crate::commands::arguments::InEnvironment;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Cluster, by id or name; the one of the context when not given
    #[arg(value_name = "ID|NAME")]
    cluster: Option<String>,
    #[command(flatten)]
    environment: InEnvironment,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = ctx.environment(args.environment.environment.as_deref()).await?;
    let id = ctx.cluster(args.cluster.as_deref(), Some(&environment)).await?;
    let found = ctx.api()?.get(&shape::one(&id, &environment)).await?;
    Ok(Outcome::object(found, shape::COLUMNS))
}
