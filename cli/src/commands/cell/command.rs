use super::{audit, describe, finalize, migrate, prove, restore, scale};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check everything that a cell keeps in a store
    Audit(audit::Args),
    /// Test whether an object store can hold a cell
    Prove(prove::Args),
    /// Show the brokers of the local cell and what they lead
    Describe(describe::Args),
    /// Let the local cell use the formats of the version it was upgraded to
    Finalize(finalize::Args),
    /// Make a new cell from a cell in a store, or from a copy of one
    Restore(restore::Args),
    /// Move the records of a data folder into a store
    Migrate(migrate::Args),
    /// Change how many brokers the local cell has
    Scale(scale::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Audit(args) => audit::run(args).await,
            Self::Prove(args) => prove::run(args).await,
            Self::Describe(args) => describe::run(ctx, args).await,
            Self::Finalize(args) => finalize::run(ctx, args).await,
            Self::Restore(args) => restore::run(args).await,
            Self::Migrate(args) => migrate::run(ctx, args).await,
            Self::Scale(args) => scale::run(ctx, args).await,
        }
    }
}
