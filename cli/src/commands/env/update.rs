use serde_json::json;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  weir env update env-7q2m9k --name production")]
pub(crate) struct Args {
    /// Environment, by id or name
    #[arg(value_name = "ID|NAME")]
    environment: String,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New package of schema registry and catalogue
    #[arg(long, value_parser = ["essentials", "advanced"])]
    governance: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut body = json!({});
    if let Some(name) = args.name {
        body["display_name"] = json!(name);
    }
    if let Some(package) = args.governance {
        body["stream_governance_config"] = json!({"package": package.to_uppercase()});
    }
    if body == json!({}) {
        return Err(CliError::usage("update.nothing", "nothing to change was given")
            .suggest("Give `--name` or `--governance`."));
    }
    let id = ctx.resolve(&args.environment, &shape::KIND, &shape::all()).await?;
    let changed = ctx.api()?.patch(&shape::collection().segment(&id), &body).await?;
    Ok(Outcome::object(changed, shape::COLUMNS))
}
