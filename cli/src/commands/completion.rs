use clap_complete::Shell;

use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  source <(weir completion bash)\n  weir completion fish > ~/.config/fish/completions/weir.fish"
)]
pub(crate) struct Args {
    /// Shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: Args, mut tree: clap::Command) -> Result<Outcome, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut tree, "weir", &mut script);
    Ok(Outcome::text(String::from_utf8_lossy(&script).into_owned()))
}
