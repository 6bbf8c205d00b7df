use api_client::Path;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("SEVERITY", "/severity"),
    Column::new("CATEGORY", "/category"),
    Column::new("TELLS", "/description"),
    Column::wide("NAME", "/display_name"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn run(ctx: &Ctx, _: Args) -> Result<Outcome, CliError> {
    let path = Path::new("/notifications/v1/notification-types");
    Ok(Outcome::object(ctx.api()?.get(&path).await?, COLUMNS))
}
