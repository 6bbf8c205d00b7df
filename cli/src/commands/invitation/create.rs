use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, text_of};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "No letter is sent: hand the link on yourself. It opens once, for 72 hours.\nRoles can be bound to the person before they accept.\n\nExamples:\n  weir invitation create ada@example.com"
)]
pub(crate) struct Args {
    /// E-mail address of the person
    email: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let made = ctx.api()?.post(&shape::collection(), &json!({"email": args.email})).await?;
    let link = text_of(made.get("link"));
    Ok(Outcome::object(made, shape::NEW_COLUMNS)
        .note("The link is shown once. Hand it to the person: no letter is sent.")
        .next(format!("weir invitation accept '{link}'")))
}
