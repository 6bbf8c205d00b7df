use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Environment, by id or name; the one of the context when not given
    #[arg(value_name = "ID|NAME")]
    environment: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = ctx.environment(args.environment.as_deref()).await?;
    let found = ctx.api()?.get(&shape::collection().segment(&id)).await?;
    Ok(Outcome::object(found, shape::COLUMNS))
}
