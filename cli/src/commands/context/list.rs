use serde_json::json;

use super::view;
use crate::config::Contexts;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

pub(super) fn run(ctx: &Ctx) -> Result<Outcome, CliError> {
    let contexts = Contexts::load(&ctx.settings.dirs.config)?;
    let current = ctx.settings.context_name.value.as_deref();
    let rows: Vec<_> = contexts
        .contexts
        .iter()
        .map(|(name, context)| view::of(name, context, current == Some(name)))
        .collect();
    Ok(Outcome::object(json!({"kind": "ContextList", "data": rows}), view::COLUMNS))
}
