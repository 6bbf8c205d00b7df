use api_client::Path;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("TIME", "/time"),
    Column::new("PRINCIPAL", "/data/authenticationInfo/principalResourceId"),
    Column::new("METHOD", "/data/methodName"),
    Column::new("RESULT", "/data/result/status"),
    Column::new("RESOURCE", "/subject"),
    Column::wide("FROM", "/data/requestMetadata/client_address/0/ip"),
    Column::wide("KEY", "/data/authenticationInfo/metadata/identifier"),
    Column::wide("ID", "/id"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Only organization administrators may. With --output json an event is CloudEvents 1.0.\n\nExamples:\n  weir audit list --result denied\n  weir audit list --principal sa-123456 --since 2026-11-01T00:00:00Z --all"
)]
pub(crate) struct Args {
    /// Not before this: 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only of this service account or person
    #[arg(long, value_name = "ID")]
    principal: Option<String>,
    /// Only with this resource: its id or name, or a CRN and what is below it
    #[arg(long, value_name = "ID|CRN")]
    resource: Option<String>,
    /// Only with this result
    #[arg(long, value_parser = ["success", "failure", "denied", "pending"])]
    result: Option<String>,
    /// Only of the request with this X-Request-Id
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Every event, not just the newest 100
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut path = Path::new("/weir/v1/audit-events").query("page_size", "100");
    for (name, value) in [
        ("start_time", args.since),
        ("end_time", args.until),
        ("principal", args.principal),
        ("resource", args.resource),
        ("result", args.result.map(|result| result.to_uppercase())),
        ("request_id", args.request),
    ] {
        if let Some(value) = value {
            path = path.query(name, &value);
        }
    }
    let api = ctx.api()?;
    let events = if args.all { api.list(&path).await? } else { api.get(&path).await? };
    Ok(Outcome::object(events, COLUMNS))
}
