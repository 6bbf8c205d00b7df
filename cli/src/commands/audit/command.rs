use super::{list, settings};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List events of the audit log, the newest first
    List(list::Args),
    /// Show how the audit log is kept, or change that
    Settings(settings::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Settings(args) => settings::run(ctx, args).await,
        }
    }
}
