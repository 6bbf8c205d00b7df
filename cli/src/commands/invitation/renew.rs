use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, text_of};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "For an invitation that expired, whose link was lost or went astray, or that Terraform made.\n\nExamples:\n  weir invitation renew ada@example.com"
)]
pub(crate) struct Args {
    /// Invitation, by id or e-mail address
    #[arg(value_name = "ID|EMAIL")]
    invitation: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = ctx.resolve(&args.invitation, &shape::KIND, &shape::all()).await?;
    let path = api_client::Path::new("/weir/v1/invitations").segment(&id).segment("link");
    let made = ctx.api()?.post(&path, &json!({})).await?;
    let link = text_of(made.get("link"));
    Ok(Outcome::object(made, shape::NEW_COLUMNS)
        .note("The link is shown once; the one before it opens nothing any more.")
        .next(format!("weir invitation accept '{link}'")))
}
