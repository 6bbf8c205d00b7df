use super::{delete, get, list, reset_mfa, update};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the people
    List(list::Args),
    /// Show a person
    Get(get::Args),
    /// Change the name of a person
    Update(update::Args),
    /// Remove the second factor of somebody who lost it
    ResetMfa(reset_mfa::Args),
    /// Delete a person: sessions end, keys and roles go
    Delete(delete::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Get(args) => get::run(ctx, args).await,
            Self::Update(args) => update::run(ctx, args).await,
            Self::ResetMfa(args) => reset_mfa::run(ctx, args).await,
            Self::Delete(args) => delete::run(ctx, args).await,
        }
    }
}
