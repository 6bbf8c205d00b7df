use api_client::Path;
use common_errors::ErrorKind;
use serde_json::json;

use crate::config::Secret;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, ask_new_secret, ask_secret};

/// Changes the password of whoever is signed in.
pub(super) async fn run(ctx: &Ctx) -> Result<Outcome, CliError> {
    let Some(token) = &ctx.settings.token.value else {
        return Err(CliError::new(
            ErrorKind::Unauthenticated,
            "session.none",
            "nobody is signed in",
        )
        .suggest("Sign in with `weir login`: keys have no password."));
    };
    let old = own_password().await?;
    let new = ask_new_secret("Your new password: ").await?;
    let body = json!({"old_password": old.reveal(), "new_password": new.reveal()});
    let api = ctx.client_of(&ctx.settings.endpoint.value, Some(token))?;
    api.post(&Path::new("/weir/v1/password"), &body).await?;
    Ok(Outcome::default().note("Changed. Your other sessions are over."))
}

/// The password of whoever is signed in.
pub(super) async fn own_password() -> Result<Secret, CliError> {
    match std::env::var("WEIR_PASSWORD").ok().filter(|text| !text.is_empty()) {
        Some(password) => Ok(Secret::new(password)),
        None => ask_secret("Your password: ").await,
    }
}
