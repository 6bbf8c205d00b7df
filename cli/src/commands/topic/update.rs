use serde_json::{Value, json};

use super::shape::{self, Topics};
use crate::commands::arguments::{OnCluster, pair};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir topic update payments --config retention.ms=3600000\n  weir topic update payments --partitions 12"
)]
pub(crate) struct Args {
    /// Name of the topic
    name: String,
    #[command(flatten)]
    on: OnCluster,
    /// New number of partitions; it can only grow
    #[arg(long, value_name = "COUNT")]
    partitions: Option<i32>,
    /// Configuration to set, as NAME=VALUE; may be repeated
    #[arg(long = "config", value_name = "NAME=VALUE", value_parser = pair)]
    configs: Vec<(String, String)>,
    /// Configuration to set back to its default; may be repeated
    #[arg(long = "unset", value_name = "NAME")]
    unset: Vec<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    if args.partitions.is_none() && args.configs.is_empty() && args.unset.is_empty() {
        return Err(CliError::usage("update.nothing", "nothing to change was given")
            .suggest("Give `--partitions`, `--config` or `--unset`."));
    }
    let topics = Topics::of(ctx, &args.on).await?;
    match change(&topics, &args).await {
        Ok(topic) => Ok(Outcome::object(topic, shape::COLUMNS)),
        Err(error) => Err(topics.missing(&args.name, error).await),
    }
}

async fn change(topics: &Topics, args: &Args) -> Result<Value, CliError> {
    let path = topics.path().segment(&args.name);
    let set = args
        .configs
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value, "operation": "SET"}));
    let unset = args.unset.iter().map(|name| json!({"name": name, "operation": "DELETE"}));
    let changes: Vec<Value> = set.chain(unset).collect();
    if !changes.is_empty() {
        let alter = path.clone().literal("configs:alter");
        topics.api.post(&alter, &json!({"data": changes})).await?;
    }
    if let Some(partitions) = args.partitions {
        topics.api.patch(&path, &json!({"partitions_count": partitions})).await?;
    }
    Ok(topics.api.get(&path).await?)
}
