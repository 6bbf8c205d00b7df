use api_client::Path;
use common_errors::ErrorKind;

use crate::config::Contexts;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

/// Ends the session where it is known, then forgets it here.
pub(crate) async fn run(ctx: &Ctx) -> Result<Outcome, CliError> {
    let Some(token) = &ctx.settings.token.value else {
        return Err(CliError::new(
            ErrorKind::Unauthenticated,
            "session.none",
            "nobody is signed in",
        )
        .suggest("See who commands are with `weir auth status`."));
    };
    let api = ctx.client_of(&ctx.settings.endpoint.value, Some(token))?;
    match api.delete(&Path::new("/sessions")).await.map_err(CliError::from) {
        Ok(_) => {}
        // It is over already.
        Err(error) if error.kind == ErrorKind::Unauthenticated => {}
        Err(error) => return Err(error),
    }
    let config = &ctx.settings.dirs.config;
    let mut contexts = Contexts::load(config)?;
    for context in contexts.contexts.values_mut() {
        if context.session.as_ref().is_some_and(|session| session.token == *token) {
            context.session = None;
        }
    }
    contexts.save(config)?;
    Ok(Outcome::default().note("Signed out."))
}
