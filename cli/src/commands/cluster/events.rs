use api_client::Path;

use crate::commands::arguments::InEnvironment;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("TIME", "/time"),
    Column::new("CLUSTER", "/cluster_id"),
    Column::new("EVENT", "/reason"),
    Column::new("BY", "/actor"),
    Column::new("MESSAGE", "/message"),
    Column::wide("GENERATION", "/generation"),
    Column::wide("ID", "/id"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Also of clusters that are gone; events are kept for 30 days.\n\nExamples:\n  weir cluster events\n  weir cluster events lkc-123456 --output json"
)]
pub(crate) struct Args {
    /// Only of this cluster, by id
    #[arg(value_name = "ID")]
    cluster: Option<String>,
    #[command(flatten)]
    environment: InEnvironment,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = ctx.environment(args.environment.environment.as_deref()).await?;
    let mut path = Path::new("/weir/v1/cluster-events")
        .query("environment", &environment)
        .query("page_size", "100");
    if let Some(cluster) = &args.cluster {
        path = path.query("cluster", cluster);
    }
    Ok(Outcome::object(ctx.api()?.list(&path).await?, COLUMNS))
}
