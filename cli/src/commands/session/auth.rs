use api_client::Path;
use serde_json::{Value, json};

use super::token::expiry;
use super::{device, mfa, password};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("METHOD", "/method"),
    Column::new("NAME", "/name"),
    Column::new("ID", "/id"),
    Column::new("EXPIRES", "/expires_at"),
    Column::new("ENDPOINT", "/endpoint"),
    Column::wide("ORGANIZATION", "/organization_id"),
    Column::wide("SOURCE", "/source"),
];

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show who commands are: a person who is signed in, or the owner of a key
    Status,
    /// Change your password; your other sessions end
    #[command(
        after_help = "Both passwords are asked for. Where nobody can be asked they are the first two lines of\nstdin; the old one may be in WEIR_PASSWORD instead."
    )]
    Password,
    /// Approve a device that shows a code, or refuse it
    Approve(device::Approve),
    /// Your second factor: codes of an authenticator
    #[command(subcommand)]
    Mfa(mfa::Command),
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Status => status(ctx).await,
            Self::Password => password::run(ctx).await,
            Self::Approve(args) => device::approve(ctx, args).await,
            Self::Mfa(command) => command.run(ctx).await,
        }
    }
}

async fn status(ctx: &Ctx) -> Result<Outcome, CliError> {
    let settings = &ctx.settings;
    let shown = if let Some(token) = &settings.token.value {
        let me = ctx.api()?.get(&Path::new("/me")).await?;
        let text = |pointer: &str| me.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        json!({
            "method": "session",
            "name": text("/user/email"),
            "id": text("/user/resource_id"),
            "organization_id": text("/organization/resource_id"),
            "expires_at": expiry(token.reveal()),
            "endpoint": settings.endpoint.value,
            "source": settings.token.source,
        })
    } else {
        json!({
            "method": if settings.api_key.value.is_some() { "api_key" } else { "none" },
            "name": settings.api_key.value,
            "endpoint": settings.endpoint.value,
            "source": settings.api_key.source,
        })
    };
    Ok(Outcome::object(shown, COLUMNS))
}
