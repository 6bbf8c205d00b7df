use super::{accept, create, delete, get, list, renew};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the invitations
    List(list::Args),
    /// Invite somebody; the link is shown once
    Create(create::Args),
    /// Show an invitation
    Get(get::Args),
    /// Make another link; the one before it opens nothing any more
    Renew(renew::Args),
    /// Take an invitation back
    Delete(delete::Args),
    /// Join with the link that somebody handed you
    Accept(accept::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Create(args) => create::run(ctx, args).await,
            Self::Get(args) => get::run(ctx, args).await,
            Self::Renew(args) => renew::run(ctx, args).await,
            Self::Delete(args) => delete::run(ctx, args).await,
            Self::Accept(args) => accept::run(ctx, args).await,
        }
    }
}
