use super::{create, delete, deliveries, list, subscribe, subscriptions, test, types, unsubscribe};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List integrations: where notifications go, and how that goes
    List(list::Args),
    /// Create an integration
    Create(create::Args),
    /// Send a test message to an integration
    Test(test::Args),
    /// Delete an integration that no subscription has
    Delete(delete::Args),
    /// List what somebody can be told of
    Types(types::Args),
    /// Have an integration told of something
    Subscribe(subscribe::Args),
    /// List subscriptions
    Subscriptions(subscriptions::Args),
    /// Delete a subscription
    Unsubscribe(unsubscribe::Args),
    /// List what was sent in the last seven days or waits to be
    Deliveries(deliveries::Args),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::List(args) => list::run(ctx, args).await,
            Self::Create(args) => create::run(ctx, args).await,
            Self::Test(args) => test::run(ctx, args).await,
            Self::Delete(args) => delete::run(ctx, args).await,
            Self::Types(args) => types::run(ctx, args).await,
            Self::Subscribe(args) => subscribe::run(ctx, args).await,
            Self::Subscriptions(args) => subscriptions::run(ctx, args).await,
            Self::Unsubscribe(args) => unsubscribe::run(ctx, args).await,
            Self::Deliveries(args) => deliveries::run(ctx, args).await,
        }
    }
}
