use super::{get, list, use_context};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the contexts
    List,
    /// Make a context the current one
    Use(use_context::Args),
    /// Show a context, without its secrets
    Get(get::Args),
}

impl Command {
    pub(crate) fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List => list::run(ctx),
            Self::Use(args) => use_context::run(ctx, args),
            Self::Get(args) => get::run(ctx, args),
        }
    }
}
