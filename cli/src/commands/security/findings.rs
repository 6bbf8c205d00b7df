use api_client::Path;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

pub(super) const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("RULE", "/rule"),
    Column::new("SEVERITY", "/severity"),
    Column::new("STATE", "/state"),
    Column::new("DETAIL", "/detail"),
    Column::wide("SUBJECT", "/subject"),
    Column::wide("FIRST SEEN", "/first_seen_at"),
    Column::wide("LAST SEEN", "/last_seen_at"),
    Column::wide("RESOURCE", "/resource"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Only organization administrators may.\n\nExamples:\n  weir security findings\n  weir security findings --state acknowledged"
)]
pub(crate) struct Args {
    /// Only with this state
    #[arg(long, value_parser = ["open", "acknowledged", "resolved", "all"], default_value = "open")]
    state: String,
    /// Only of this rule
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut path = collection().query("page_size", "100");
    if args.state != "all" {
        path = path.query("state", &args.state.to_uppercase());
    }
    if let Some(rule) = args.rule {
        path = path.query("rule", &rule);
    }
    Ok(Outcome::object(ctx.api()?.list(&path).await?, COLUMNS))
}

pub(super) fn collection() -> Path {
    Path::new("/weir/v1/security-findings")
}
