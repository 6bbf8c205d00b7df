use super::shape;
use crate::commands::arguments::InEnvironment;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only keys of this owner (`sa-…` or `u-…`)
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// Only keys of this cluster, by id or name
    #[arg(long, value_name = "ID|NAME")]
    cluster: Option<String>,
    #[command(flatten)]
    environment: InEnvironment,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut path = shape::collection().query("page_size", "100");
    if let Some(owner) = &args.owner {
        path = path.query("spec.owner", owner);
    }
    if let Some(cluster) = &args.cluster {
        let environment = args.environment.environment.as_deref();
        let cluster = ctx.cluster(Some(cluster), environment).await?;
        path = path.query("spec.resource", &cluster);
    }
    Ok(Outcome::object(ctx.api()?.list(&path).await?, shape::COLUMNS))
}
