use api_client::Path;
use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Integration, by id or name
    integration: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let id = shape::integration(ctx, &args.integration).await?;
    let path = Path::new("/notifications/v1/integrations:test");
    ctx.api()?.post(&path, &json!({"id": id})).await?;
    Ok(Outcome::default()
        .note(format!("The receiver of \"{id}\" took the message."))
        .next(format!("weir notification subscribe {id} --to cluster-ready")))
}
