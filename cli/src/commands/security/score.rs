use api_client::Path;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("SCORE", "/score"),
    Column::new("MOST BY", "/deductions/0/rule"),
    Column::new("POINTS", "/deductions/0/points"),
    Column::wide("DEDUCTIONS", "/deductions"),
    Column::wide("METHOD", "/method"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn run(ctx: &Ctx, _: Args) -> Result<Outcome, CliError> {
    let score = ctx.api()?.get(&Path::new("/weir/v1/security-score")).await?;
    Ok(Outcome::object(score, COLUMNS).next("weir security findings"))
}
