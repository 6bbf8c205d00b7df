use super::shape::{self, Topics, already_exists};
use crate::commands::arguments::{OnCluster, pair};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir topic create payments --partitions 6 --config retention.ms=86400000"
)]
pub(crate) struct Args {
    /// Name of the topic
    name: String,
    #[command(flatten)]
    on: OnCluster,
    /// Number of partitions; the cluster's default when not given
    #[arg(long, value_name = "COUNT")]
    partitions: Option<i32>,
    /// Configuration, as NAME=VALUE; may be repeated
    #[arg(long = "config", value_name = "NAME=VALUE", value_parser = pair)]
    configs: Vec<(String, String)>,
    /// Succeed when the topic is there already
    #[arg(long)]
    if_not_exists: bool,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let topics = Topics::of(ctx, &args.on).await?;
    let name = &args.name;
    match topics.create(name, args.partitions, &args.configs).await {
        Ok(made) => Ok(Outcome::object(made, shape::COLUMNS)
            .next(format!("echo hello | weir topic produce {name}"))),
        Err(error) if already_exists(&error) && args.if_not_exists => {
            Ok(Outcome::default().note(format!("Topic \"{name}\" is there already.")))
        }
        Err(error) if already_exists(&error) => Err(error
            .suggest(format!("See it with `weir topic get {name}`."))
            .suggest("Add `--if-not-exists` to accept it.")),
        Err(error) => Err(error),
    }
}
