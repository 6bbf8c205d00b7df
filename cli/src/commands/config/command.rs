use super::explain;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show every setting and where its value comes from
    Explain,
}

impl Command {
    pub(crate) fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Explain => Ok(explain::run(ctx)),
        }
    }
}
