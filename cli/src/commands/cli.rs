use clap::{Parser, Subcommand};

use super::arguments::Globals;
use super::{
    api_key, apply, audit, backup, broker, cell, cluster, completion, config, context, database,
    down, env, invitation, notification, quota, reset, security, service_account, session, status,
    topic, up, user,
};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

const AFTER: &str = "\
Examples:
  weir up
  echo '{\"id\":1}' | weir topic produce orders --create
  weir topic consume orders -n 1
  weir cluster create orders --cloud aws --region eu-west-1 --wait

Environment:
  WEIR_CONTEXT                        context to use
  WEIR_ENDPOINT                       URL of the API
  WEIR_API_KEY, WEIR_API_SECRET       control-plane key
  WEIR_TOKEN                          token of a session, in place of a key
  WEIR_PASSWORD                       password of `weir login`
  WEIR_ENVIRONMENT, WEIR_CLUSTER      defaults of commands that name none
  WEIR_KAFKA_BOOTSTRAP                Kafka address: SASL_SSL://host:port
                                      or SASL_PLAINTEXT://host:port
  WEIR_KAFKA_API_KEY, WEIR_KAFKA_API_SECRET
                                      key of the cluster
  WEIR_CA_CERT                        certificate authority to trust beside the system's
  WEIR_OUTPUT                         table, wide, json, yaml or name

Exit codes:
  0 ok, 1 failure, 2 usage, 3 authentication or permission, 4 not found,
  5 conflict or precondition, 6 quota or limit, 7 time-out, 8 unavailable (try again),
  9 something would change (`weir apply --dry-run`), 130 interrupted";

/// A data streaming cloud that speaks the Kafka protocol
#[derive(Debug, Parser)]
#[command(name = "weir", version, max_term_width = 100, after_long_help = AFTER,
          disable_help_subcommand = false, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a whole Weir in this process
    Up(Box<up::Args>),
    /// Run one broker of a cell of several; `weir up` does it
    #[command(hide = true)]
    Broker(broker::Args),
    /// Show what the local Weir serves and where
    Status(status::Args),
    /// Stop the local Weir
    Down(down::Args),
    /// Delete everything that the local Weir stored
    Reset(reset::Args),
    /// Sign in with e-mail address and password
    Login(session::LoginArgs),
    /// Sign out
    Logout,
    /// Who commands are
    #[command(subcommand)]
    Auth(session::Auth),
    /// Make and change what files describe, after showing a plan
    Apply(apply::Args),
    /// Environments: groups of clusters
    #[command(subcommand)]
    Env(env::Command),
    /// Kafka clusters
    #[command(subcommand)]
    Cluster(cluster::Command),
    /// Topics of a cluster, and the records in them
    #[command(subcommand)]
    Topic(topic::Command),
    /// Keys that programs sign in with
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Accounts for programs
    #[command(subcommand, visible_alias = "sa")]
    ServiceAccount(service_account::Command),
    /// People of the organisation
    #[command(subcommand)]
    User(user::Command),
    /// People who are asked to join
    #[command(subcommand)]
    Invitation(invitation::Command),
    /// How fast programs may use a cluster
    #[command(subcommand)]
    Quota(quota::Command),
    /// Who did what, and who was kept from it
    #[command(subcommand)]
    Audit(audit::Command),
    /// Who is told when something happens
    #[command(subcommand)]
    Notification(notification::Command),
    /// What rules over the audit log found
    #[command(subcommand)]
    Security(security::Command),
    /// Copies of a whole Weir: control plane and records
    #[command(subcommand)]
    Backup(backup::Command),
    /// The database of the control plane
    #[command(subcommand)]
    Database(database::Command),
    /// Cells: what holds clusters
    #[command(subcommand)]
    Cell(cell::Command),
    /// Places that commands can go to
    #[command(subcommand)]
    Context(context::Command),
    /// Where settings come from
    #[command(subcommand)]
    Config(config::Command),
    /// Print the completion script of a shell
    Completion(completion::Args),
}

impl Command {
    /// Runs a command to its end.
    pub(crate) async fn run(
        self,
        ctx: &Ctx,
        tree: fn() -> clap::Command,
    ) -> Result<Outcome, CliError> {
        match self {
            Self::Up(_) | Self::Broker(_) => {
                Err(CliError::internal("command.server", "this command runs a server"))
            }
            Self::Status(args) => status::run(ctx, args).await,
            Self::Down(args) => down::run(ctx, args).await,
            Self::Reset(args) => reset::run(ctx, args),
            Self::Login(args) => session::login(ctx, args).await,
            Self::Logout => session::logout(ctx).await,
            Self::Auth(command) => command.run(ctx).await,
            Self::Apply(args) => apply::run(ctx, args).await,
            Self::Env(command) => command.run(ctx).await,
            Self::Cluster(command) => command.run(ctx).await,
            Self::Topic(command) => command.run(ctx).await,
            Self::ApiKey(command) => command.run(ctx).await,
            Self::ServiceAccount(command) => command.run(ctx).await,
            Self::User(command) => command.run(ctx).await,
            Self::Invitation(command) => command.run(ctx).await,
            Self::Quota(command) => command.run(ctx).await,
            Self::Audit(command) => command.run(ctx).await,
            Self::Notification(command) => command.run(ctx).await,
            Self::Security(command) => command.run(ctx).await,
            Self::Backup(command) => command.run(ctx).await,
            Self::Database(command) => command.run(ctx).await,
            Self::Cell(command) => command.run(ctx).await,
            Self::Context(command) => command.run(ctx),
            Self::Config(command) => command.run(ctx),
            Self::Completion(args) => completion::run(args, tree()),
        }
    }
}
