use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the key
    key: String,
    /// New name
    #[arg(long, required_unless_present = "description")]
    name: Option<String>,
    /// What the key is for
    #[arg(long)]
    description: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut spec = json!({});
    if let Some(name) = args.name {
        spec["display_name"] = json!(name);
    }
    if let Some(description) = args.description {
        spec["description"] = json!(description);
    }
    let path = shape::collection().segment(&args.key);
    let changed = ctx.api()?.patch(&path, &json!({"spec": spec})).await?;
    Ok(Outcome::object(changed, shape::COLUMNS))
}
