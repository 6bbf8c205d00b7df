use serde_json::json;

use super::rates::rate;
use super::shape;
use crate::commands::arguments::OnCluster;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir quota create reports --principal sa-7q2m9k --ingress 1MiB --egress 10MiB\n  weir quota create everybody --principal \"<default>\" --ingress 5MiB --egress 20MiB"
)]
pub(crate) struct Args {
    /// Name that people read
    name: String,
    #[command(flatten)]
    on: OnCluster,
    /// Whom it limits, each by itself: `sa-…`, `u-…`, or `<default>` for all others; may be repeated
    #[arg(long = "principal", value_name = "ID", required = true)]
    principals: Vec<String>,
    /// Bytes per second that each may send
    #[arg(long, value_name = "RATE", value_parser = rate)]
    ingress: u64,
    /// Bytes per second that each may read
    #[arg(long, value_name = "RATE", value_parser = rate)]
    egress: u64,
    /// What the quota is for
    #[arg(long, default_value = "")]
    description: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = ctx.environment(args.on.environment.environment.as_deref()).await?;
    let cluster = ctx.cluster(args.on.cluster.as_deref(), Some(&environment)).await?;
    let spec = json!({
        "display_name": args.name,
        "description": args.description,
        "cluster": {"id": cluster},
        "environment": {"id": environment},
        "principals": shape::principals(&args.principals),
        "throughput": {
            "ingress_byte_rate": args.ingress.to_string(),
            "egress_byte_rate": args.egress.to_string(),
        },
    });
    let made = ctx.api()?.post(&shape::collection(), &json!({"spec": spec})).await?;
    Ok(Outcome::object(made, shape::COLUMNS).next(format!("weir quota list --cluster {cluster}")))
}
