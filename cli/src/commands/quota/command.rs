use super::{create, delete, get, list, update};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the client quotas of a cluster
    List(list::Args),
    /// Create a client quota
    Create(create::Args),
    /// Show a client quota
    Get(get::Args),
    /// Change a client quota
    Update(update::Args),
    /// Delete a client quota
    Delete(delete::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Create(args) => create::run(ctx, args).await,
            Self::Get(args) => get::run(ctx, args).await,
            Self::Update(args) => update::run(ctx, args).await,
            Self::Delete(args) => delete::run(ctx, args).await,
        }
    }
}
