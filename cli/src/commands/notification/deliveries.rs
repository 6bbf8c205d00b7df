use api_client::Path;

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("TIME", "/created_at"),
    Column::new("TYPE", "/notification_type"),
    Column::new("TO", "/integration/id"),
    Column::new("STATE", "/state"),
    Column::new("TITLE", "/title"),
    Column::wide("TRIES", "/attempts"),
    Column::wide("NEXT", "/next_attempt_at"),
    Column::wide("ERROR", "/error"),
    Column::wide("ID", "/notification_id"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only to this integration, by id or name
    #[arg(long, value_name = "ID|NAME")]
    integration: Option<String>,
    /// Every message, not just the newest 100
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut path = Path::new("/weir/v1/notification-deliveries").query("page_size", "100");
    if let Some(integration) = args.integration {
        path = path.query("integration", &shape::integration(ctx, &integration).await?);
    }
    let api = ctx.api()?;
    let found = if args.all { api.list(&path).await? } else { api.get(&path).await? };
    Ok(Outcome::object(found, COLUMNS))
}
