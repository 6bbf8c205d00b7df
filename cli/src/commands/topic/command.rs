use super::{consume, create, delete, get, list, produce, update};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the topics of a cluster
    List(list::Args),
    /// Create a topic
    Create(create::Args),
    /// Show a topic and its configuration
    Get(get::Args),
    /// Change a topic's configuration or raise its partitions
    Update(update::Args),
    /// Delete a topic and its records
    Delete(delete::Args),
    /// Write lines of stdin as records
    Produce(produce::Args),
    /// Read records to stdout
    Consume(consume::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Create(args) => create::run(ctx, args).await,
            Self::Get(args) => get::run(ctx, args).await,
            Self::Update(args) => update::run(ctx, args).await,
            Self::Delete(args) => delete::run(ctx, args).await,
            Self::Produce(args) => produce::run(ctx, args).await,
            Self::Consume(args) => consume::run(ctx, args).await,
        }
    }
}
