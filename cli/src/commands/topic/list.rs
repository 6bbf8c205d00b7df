use super::shape::{self, Topics};
use crate::commands::arguments::OnCluster;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    on: OnCluster,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let topics = Topics::of(ctx, &args.on).await?;
    let list = topics.api.list(&topics.path()).await.map_err(|e| topics.explain(e.into()))?;
    Ok(Outcome::object(list, shape::COLUMNS))
}
