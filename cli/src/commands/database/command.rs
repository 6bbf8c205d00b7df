use super::migrate;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Move environments, clusters, keys and the audit log from the data folder into a Postgres
    Migrate(migrate::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Migrate(args) => migrate::run(ctx, args).await,
        }
    }
}
