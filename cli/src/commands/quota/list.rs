use super::shape;
use crate::commands::arguments::OnCluster;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnCluster,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = ctx.environment(args.on.environment.environment.as_deref()).await?;
    let cluster = ctx.cluster(args.on.cluster.as_deref(), Some(&environment)).await?;
    let path = shape::collection()
        .query("environment", &environment)
        .query("spec.cluster", &cluster)
        .query("page_size", "100");
    Ok(Outcome::object(ctx.api()?.list(&path).await?, shape::COLUMNS))
}
