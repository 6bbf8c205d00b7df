use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Invitation, by id or e-mail address
    #[arg(value_name = "ID|EMAIL")]
    invitation: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = ctx.resolve(&args.invitation, &shape::KIND, &shape::all()).await?;
    let name = args.invitation;
    let warning = format!(
        "This takes back invitation \"{name}\"; who did not accept it is no user any more."
    );
    ctx.confirm(warning, &name)?;
    ctx.api()?.delete(&shape::collection().segment(&id)).await?;
    Ok(Outcome::default().note(format!("Deleted invitation \"{id}\".")))
}
