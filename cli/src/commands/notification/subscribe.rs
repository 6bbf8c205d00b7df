use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "`weir notification types` lists what there is.\n\nExamples:\n  weir notification subscribe ops --to cluster-ready"
)]
pub(crate) struct Args {
    /// Integration, by id or name
    integration: String,
    /// What it is told of
    #[arg(long, value_name = "TYPE")]
    to: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = shape::integration(ctx, &args.integration).await?;
    let body = json!({
        "notification_type": {"id": args.to},
        "integrations": [{"id": id}],
    });
    let made = ctx.api()?.post(&shape::subscriptions(), &body).await?;
    Ok(Outcome::object(made, shape::SUBSCRIPTION).next("weir notification deliveries"))
}
