use super::prove;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Test whether an object store can hold a cell
    Prove(prove::Args),
}

impl Command {
    pub(crate) async fn run(self) -> Result<Outcome, CliError> {
        match self {
            Self::Prove(args) => prove::run(args).await,
        }
    }
}
