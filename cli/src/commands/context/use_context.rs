use crate::config::Contexts;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Context that commands use from now on
    name: String,
}

pub(super) fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let config = &ctx.settings.dirs.config;
    let mut contexts = Contexts::load(config)?;
    contexts.named(&args.name)?;
    contexts.current = Some(args.name.clone());
    contexts.save(config)?;
    Ok(Outcome::default()
        .note(format!("Commands use context \"{}\".", args.name))
        .next("weir env list"))
}
