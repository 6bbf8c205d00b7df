use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, text_of};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir service-account create billing --description \"Reads invoices\""
)]
pub(crate) struct Args {
    /// Name, unique within the organisation
    name: String,
    /// What the account is for
    #[arg(long, default_value = "")]
    description: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let body = json!({"display_name": args.name, "description": args.description});
    let made = ctx.api()?.post(&shape::collection(), &body).await?;
    let id = text_of(made.get("id"));
    Ok(Outcome::object(made, shape::COLUMNS)
        .next(format!("weir api-key create --owner {id} --cluster CLUSTER")))
}
