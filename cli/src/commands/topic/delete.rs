use super::shape::Topics;
use crate::commands::arguments::OnCluster;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the topic
    name: String,
    #[command(flatten)]
    on: OnCluster,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let topics = Topics::of(ctx, &args.on).await?;
    let name = &args.name;
    ctx.confirm(format!("This deletes topic \"{name}\" and all its records."), name)?;
    match topics.api.delete(&topics.path().segment(name)).await {
        Ok(_) => Ok(Outcome::default().note(format!("Deleted topic \"{name}\"."))),
        Err(error) => Err(topics.missing(name, error.into()).await),
    }
}
