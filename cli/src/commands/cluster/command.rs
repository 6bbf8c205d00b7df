use super::{create, delete, events, get, list, update};
use crate::commands::deleted::{self, CLUSTERS};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the clusters of an environment
    List(list::Args),
    /// Create a cluster
    Create(create::Args),
    /// Show a cluster
    Get(get::Args),
    /// Change a cluster
    Update(update::Args),
    /// Delete a cluster and its data; within the undo window it can be restored
    Delete(delete::Args),
    /// Bring back a cluster that was deleted, with its keys and records
    Restore(deleted::Args),
    /// Delete the data of a deleted cluster now, before its undo window is over
    Purge(deleted::Args),
    /// List what happened to clusters, the oldest first
    Events(events::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Create(args) => create::run(ctx, args).await,
            Self::Get(args) => get::run(ctx, args).await,
            Self::Update(args) => update::run(ctx, args).await,
            Self::Delete(args) => delete::run(ctx, args).await,
            Self::Restore(args) => deleted::restore(ctx, &CLUSTERS, args).await,
            Self::Purge(args) => deleted::purge(ctx, &CLUSTERS, args).await,
            Self::Events(args) => events::run(ctx, args).await,
        }
    }
}
