use super::{acknowledge, findings, resolve, score};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List findings that somebody should look at
    Findings(findings::Args),
    /// Say that somebody knows of a finding
    Acknowledge(acknowledge::Args),
    /// Say that a finding is taken care of
    Resolve(resolve::Args),
    /// Show how safe the organisation is, as far as rules can tell
    Score(score::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Findings(args) => findings::run(ctx, args).await,
            Self::Acknowledge(args) => acknowledge::run(ctx, args).await,
            Self::Resolve(args) => resolve::run(ctx, args).await,
            Self::Score(args) => score::run(ctx, args).await,
        }
    }
}
