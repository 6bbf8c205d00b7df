use super::view;
use crate::config::Contexts;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Context to show; the current one when not given
    name: Option<String>,
}

pub(super) fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let current = ctx.settings.context_name.value.clone();
    let Some(name) = args.name.or_else(|| current.clone()) else {
        return Err(CliError::usage("context.none", "no context is chosen")
            .suggest("Start a local Weir with `weir up`, which makes the context \"local\"."));
    };
    let contexts = Contexts::load(&ctx.settings.dirs.config)?;
    let context = contexts.named(&name)?;
    let is_current = current.as_deref() == Some(name.as_str());
    Ok(Outcome::object(view::of(&name, context, is_current), view::COLUMNS))
}
