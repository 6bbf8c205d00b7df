use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Person, by id or e-mail address
    #[arg(value_name = "ID|EMAIL")]
    user: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = ctx.resolve(&args.user, &shape::KIND, &shape::all()).await?;
    let found = ctx.api()?.get(&shape::collection().segment(&id)).await?;
    Ok(Outcome::object(found, shape::COLUMNS))
}
