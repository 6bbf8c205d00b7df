use serde_json::json;

use super::rates::rate;
use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  weir quota update cq-7q2m9k --ingress 2MiB")]
pub(crate) struct Args {
    /// Id of the quota
    quota: String,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// Whom it limits from now on, in place of those before; may be repeated
    #[arg(long = "principal", value_name = "ID")]
    principals: Vec<String>,
    /// Bytes per second that each may send
    #[arg(long, value_name = "RATE", value_parser = rate)]
    ingress: Option<u64>,
    /// Bytes per second that each may read
    #[arg(long, value_name = "RATE", value_parser = rate)]
    egress: Option<u64>,
    /// What the quota is for
    #[arg(long)]
    description: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut spec = json!({});
    if let Some(name) = args.name {
        spec["display_name"] = json!(name);
    }
    if let Some(description) = args.description {
        spec["description"] = json!(description);
    }
    if !args.principals.is_empty() {
        spec["principals"] = shape::principals(&args.principals);
    }
    if let Some(ingress) = args.ingress {
        spec["throughput"]["ingress_byte_rate"] = json!(ingress.to_string());
    }
    if let Some(egress) = args.egress {
        spec["throughput"]["egress_byte_rate"] = json!(egress.to_string());
    }
    if spec == json!({}) {
        return Err(CliError::usage("update.nothing", "nothing to change was given")
            .suggest("Give `--name`, `--description`, `--principal`, `--ingress` or `--egress`."));
    }
    let path = shape::collection().segment(&args.quota);
    let changed = ctx.api()?.patch(&path, &json!({"spec": spec})).await?;
    Ok(Outcome::object(changed, shape::COLUMNS))
}
