use super::shape;
use crate::commands::deleted::{self, ENVIRONMENTS};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Environment, by id or name
    #[arg(value_name = "ID|NAME")]
    environment: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = ctx.resolve(&args.environment, &shape::KIND, &shape::all()).await?;
    let name = args.environment;
    ctx.confirm(
        format!("This deletes environment \"{name}\" with its clusters, keys and data."),
        &name,
    )?;
    ctx.api()?.delete(&shape::collection().segment(&id)).await?;
    let way_back = deleted::way_back(ctx, &ENVIRONMENTS, &id).await;
    let outcome = Outcome::default().note(format!("Deleted environment \"{id}\"."));
    Ok(way_back.into_iter().fold(outcome, Outcome::note))
}
