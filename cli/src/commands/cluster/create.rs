use std::time::Duration;

use common_errors::ErrorKind;
use serde_json::{Value, json};

use super::shape;
use crate::commands::arguments::{InEnvironment, Wait};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, text_of};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir cluster create orders --cloud aws --region eu-west-1 --wait"
)]
pub(crate) struct Args {
    /// Name of the cluster
    name: String,
    #[command(flatten)]
    environment: InEnvironment,
    /// Cloud to place it in
    #[arg(long, value_parser = ["aws", "gcp", "azure"], ignore_case = true)]
    cloud: String,
    /// Region of the cloud
    #[arg(long)]
    region: String,
    /// What kind of cluster
    #[arg(long, default_value = "basic", ignore_case = true,
          value_parser = ["basic", "standard", "enterprise", "dedicated", "freight"])]
    tier: String,
    /// Zones to spread it over
    #[arg(long, default_value = "single-zone", value_parser = ["single-zone", "multi-zone"])]
    availability: String,
    /// Size of a dedicated cluster
    #[arg(long, value_name = "COUNT")]
    cku: Option<u32>,
    /// Refuse deletion until this is taken back
    #[arg(long)]
    deletion_protection: bool,
    #[command(flatten)]
    wait: Wait,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = ctx.environment(args.environment.environment.as_deref()).await?;
    let body = body(&args, &environment);
    let made = ctx.api()?.post(&shape::collection(), &body).await?;
    let id = text_of(made.get("id"));
    let Some(limit) = args.wait.wait else {
        return Ok(Outcome::object(made, shape::COLUMNS)
            .next(format!("weir cluster get {id} --environment {environment}")));
    };
    let ready = until_provisioned(ctx, &args.name, &id, &environment, limit).await?;
    Ok(Outcome::object(ready, shape::COLUMNS)
        .next(format!("weir api-key create --cluster {id} --use")))
}

fn body(args: &Args, environment: &str) -> Value {
    let mut config = json!({"kind": kind(&args.tier)});
    if let Some(cku) = args.cku {
        config["cku"] = json!(cku);
    }
    let mut spec = json!({
        "display_name": args.name,
        "availability": args.availability.replace('-', "_").to_uppercase(),
        "cloud": args.cloud.to_uppercase(),
        "region": args.region,
        "config": config,
        "environment": {"id": environment},
    });
    if args.deletion_protection {
        spec["deletion_protection"] = json!(true);
    }
    json!({"spec": spec})
}

/// The API spells kinds with a capital letter.
pub(super) fn kind(tier: &str) -> String {
    let lower = tier.to_lowercase();
    let mut chars = lower.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Waits until a cluster can be used.
pub(crate) async fn until_provisioned(
    ctx: &Ctx,
    name: &str,
    id: &str,
    environment: &str,
    limit: Duration,
) -> Result<Value, CliError> {
    let what = format!("cluster \"{name}\" ({id})");
    let path = shape::one(id, environment);
    ctx.wait_for(&what, &path, limit, |seen| {
        let cluster = seen?;
        match shape::phase(&cluster).as_str() {
            "PROVISIONED" => Ok(Some(cluster)),
            "FAILED" => Err(CliError::new(
                ErrorKind::Internal,
                "cluster.failed",
                format!("cluster \"{id}\" could not be provisioned"),
            )
            .suggest(format!("See why with `weir cluster get {id} -o json`."))),
            _ => Ok(None),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    #[test]
    fn kinds_are_spelt_as_the_api_does() {
        assert_eq!(super::kind("BASIC"), "Basic");
        assert_eq!(super::kind("dedicated"), "Dedicated");
    }
}
