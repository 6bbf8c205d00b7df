use serde_json::Value;

use super::shape::{self, Topics};
use crate::commands::arguments::OnCluster;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const CONFIG_COLUMNS: &[Column] = &[
    Column::new("CONFIG", "/name"),
    Column::new("VALUE", "/value"),
    Column::new("DEFAULT", "/is_default"),
    Column::wide("SOURCE", "/source"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the topic
    name: String,
    #[command(flatten)]
    on: OnCluster,
    /// Show the configuration instead of the topic
    #[arg(long)]
    configs: bool,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let topics = Topics::of(ctx, &args.on).await?;
    let path = topics.path().segment(&args.name);
    let path = if args.configs { path.literal("configs") } else { path };
    let found: Result<Value, _> = topics.api.get(&path).await;
    match found {
        Ok(found) if args.configs => Ok(Outcome::object(found, CONFIG_COLUMNS)),
        Ok(found) => Ok(Outcome::object(found, shape::COLUMNS)),
        Err(error) => Err(topics.missing(&args.name, error.into()).await),
    }
}
