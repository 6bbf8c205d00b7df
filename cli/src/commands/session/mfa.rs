use api_client::Path;
use common_errors::ErrorKind;
use serde_json::{Value, json};

use super::password::own_password;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome, ask_line};

const STATE: &[Column] = &[
    Column::new("ENABLED", "/enabled"),
    Column::new("SINCE", "/enabled_at"),
    Column::new("RECOVERY CODES", "/recovery_codes_left"),
];
const NEW: &[Column] = &[Column::new("SECRET", "/secret"), Column::new("URI", "/uri")];
const CODES: &[Column] = &[Column::new("RECOVERY CODE", "/code")];

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show whether you have a second factor
    Status,
    /// Begin a second factor: what your authenticator has to know is shown once
    #[command(
        after_help = "Your password is asked for, read from WEIR_PASSWORD, or from stdin.\nNothing changes at sign-in until you confirm with a code."
    )]
    Enable,
    /// Confirm a second factor with a code; recovery codes are shown once
    Confirm {
        /// Six digits that your authenticator shows
        code: String,
    },
    /// Remove your second factor
    #[command(
        after_help = "Your password and a code, or a recovery code, are asked for; where nobody can be\nasked they are the first two lines of stdin."
    )]
    Disable,
}

impl Command {
    pub(crate) async fn run(self, ctx: &Ctx) -> Result<Outcome, CliError> {
        match self {
            Self::Status => Ok(Outcome::object(session(ctx)?.get(&factor()).await?, STATE)),
            Self::Enable => enable(ctx).await,
            Self::Confirm { code } => confirm(ctx, &code).await,
            Self::Disable => disable(ctx).await,
        }
    }
}

async fn enable(ctx: &Ctx) -> Result<Outcome, CliError> {
    let api = session(ctx)?;
    let password = own_password().await?;
    let begun = api.post(&factor(), &json!({"password": password.reveal()})).await?;
    Ok(Outcome::object(begun, NEW)
        .note("Give it to your authenticator, then confirm with a code that it shows.")
        .next("weir auth mfa confirm CODE"))
}

async fn confirm(ctx: &Ctx, code: &str) -> Result<Outcome, CliError> {
    let path = factor().segment("confirm");
    let made = session(ctx)?.post(&path, &json!({"code": code})).await?;
    let codes = made.get("recovery_codes").and_then(Value::as_array).cloned().unwrap_or_default();
    let rows: Vec<Value> = codes.into_iter().map(|code| json!({"code": code})).collect();
    Ok(Outcome::object(json!({"data": rows}), CODES)
        .note("A code is asked for from now on.")
        .note("Keep these for the day that your authenticator is lost: each opens once."))
}

async fn disable(ctx: &Ctx) -> Result<Outcome, CliError> {
    let api = session(ctx)?;
    let password = own_password().await?;
    let code = ask_line("Code of your authenticator, or a recovery code: ").await?;
    let body = json!({"password": password.reveal(), "code": code});
    api.post(&factor().segment("remove"), &body).await?;
    Ok(Outcome::default().note("Only the password is asked for from now on."))
}

fn factor() -> Path {
    Path::new("/weir/v1/second-factor")
}

/// A client with the session of whoever is signed in: keys have no second factor.
fn session(ctx: &Ctx) -> Result<api_client::Client, CliError> {
    let Some(token) = &ctx.settings.token.value else {
        return Err(CliError::new(
            ErrorKind::Unauthenticated,
            "session.none",
            "nobody is signed in",
        )
        .suggest("Sign in with `weir login`."));
    };
    ctx.client_of(&ctx.settings.endpoint.value, Some(token))
}
