use super::{create, delete, get, list, update};
use crate::commands::deleted::{self, ENVIRONMENTS};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the environments
    List(list::Args),
    /// Create an environment
    Create(create::Args),
    /// Show an environment
    Get(get::Args),
    /// Change an environment
    Update(update::Args),
    /// Delete an environment with everything in it; within the undo window it can be restored
    Delete(delete::Args),
    /// Bring back an environment that was deleted, with its clusters
    Restore(deleted::Args),
    /// Delete the data of a deleted environment now, before its undo window is over
    Purge(deleted::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Create(args) => create::run(ctx, args).await,
            Self::Get(args) => get::run(ctx, args).await,
            Self::Update(args) => update::run(ctx, args).await,
            Self::Delete(args) => delete::run(ctx, args).await,
            Self::Restore(args) => deleted::restore(ctx, &ENVIRONMENTS, args).await,
            Self::Purge(args) => deleted::purge(ctx, &ENVIRONMENTS, args).await,
        }
    }
}
