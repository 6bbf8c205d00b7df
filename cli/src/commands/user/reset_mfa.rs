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
    let name = args.user;
    ctx.confirm(format!("This lets user \"{name}\" sign in with the password alone."), &name)?;
    let path = api_client::Path::new("/weir/v1/users").segment(&id).segment("second-factor");
    ctx.api()?.delete(&path).await?;
    Ok(Outcome::default().note(format!("User \"{id}\" has no second factor.")))
}
