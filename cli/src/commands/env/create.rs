use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, text_of};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  weir env create staging")]
pub(crate) struct Args {
    /// Name, unique within the organisation
    name: String,
    /// Package of schema registry and catalogue
    #[arg(long, value_parser = ["essentials", "advanced"])]
    governance: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut body = json!({"display_name": args.name});
    if let Some(package) = &args.governance {
        body["stream_governance_config"] = json!({"package": package.to_uppercase()});
    }
    let made = ctx.api()?.post(&shape::collection(), &body).await?;
    let id = text_of(made.get("id"));
    Ok(Outcome::object(made, shape::COLUMNS).next(format!(
        "weir cluster create NAME --environment {id} --cloud aws --region eu-west-1 --wait"
    )))
}
