use serde_json::json;

use super::create::kind;
use super::shape;
use crate::commands::arguments::InEnvironment;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir cluster update orders --name orders-eu\n  weir cluster update orders --deletion-protection true"
)]
pub(crate) struct Args {
    /// Cluster, by id or name
    #[arg(value_name = "ID|NAME")]
    cluster: String,
    #[command(flatten)]
    environment: InEnvironment,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New kind; Basic can become Standard
    #[arg(long, value_parser = ["basic", "standard", "dedicated"], ignore_case = true)]
    tier: Option<String>,
    /// New size of a dedicated cluster
    #[arg(long, value_name = "COUNT")]
    cku: Option<u32>,
    /// Whether deletion is refused
    #[arg(long, value_name = "true|false")]
    deletion_protection: Option<bool>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = ctx.environment(args.environment.environment.as_deref()).await?;
    let id = ctx.cluster_in(&args.cluster, &environment).await?;
    let mut spec = json!({});
    if let Some(name) = args.name {
        spec["display_name"] = json!(name);
    }
    if let Some(tier) = args.tier {
        spec["config"] = json!({"kind": kind(&tier)});
    }
    if let Some(cku) = args.cku {
        spec["config"] = json!({"kind": "Dedicated", "cku": cku});
    }
    if let Some(protect) = args.deletion_protection {
        spec["deletion_protection"] = json!(protect);
    }
    if spec == json!({}) {
        return Err(CliError::usage("update.nothing", "nothing to change was given")
            .suggest("Give `--name`, `--tier`, `--cku` or `--deletion-protection`."));
    }
    spec["environment"] = json!({"id": environment});
    let path = shape::collection().segment(&id);
    let changed = ctx.api()?.patch(&path, &json!({"spec": spec})).await?;
    Ok(Outcome::object(changed, shape::COLUMNS))
}
