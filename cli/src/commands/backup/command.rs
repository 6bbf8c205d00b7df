use super::{create, restore, verify};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Back up control plane and records of a Weir, also while it runs
    Create(create::Args),
    /// Check that a backup is whole
    Verify(verify::Args),
    /// Make a new data folder from a backup
    Restore(restore::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Create(args) => create::run(ctx, args).await,
            Self::Verify(args) => verify::run(args).await,
            Self::Restore(args) => restore::run(ctx, args).await,
        }
    }
}
