use super::{describe, prove, scale};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Test whether an object store can hold a cell
    Prove(prove::Args),
    /// Show the brokers of the local cell and what they lead
    Describe(describe::Args),
    /// Change how many brokers the local cell has
    Scale(scale::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Prove(args) => prove::run(args).await,
            Self::Describe(args) => describe::run(ctx, args).await,
            Self::Scale(args) => scale::run(ctx, args).await,
        }
    }
}
