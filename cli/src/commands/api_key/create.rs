use serde_json::json;

use super::shape;
use crate::commands::arguments::InEnvironment;
use crate::config::{Contexts, KafkaKey, Secret};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, text_of};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  weir api-key create --cluster orders --use\n  weir api-key create --cloud --owner sa-7q2m9k --description ci"
)]
pub(crate) struct Args {
    /// Key for this cluster, by id or name; the cluster of the context when not given
    #[arg(long, value_name = "ID|NAME")]
    cluster: Option<String>,
    #[command(flatten)]
    environment: InEnvironment,
    /// Key for the control plane instead of a cluster
    #[arg(long, conflicts_with_all = ["cluster", "use_it"])]
    cloud: bool,
    /// Owner of the key (`sa-…` or `u-…`); you when not given
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// What the key is for
    #[arg(long, default_value = "")]
    description: String,
    /// When the key ends by itself: it is refused and deleted then (RFC 3339: `2027-01-31T00:00:00Z`)
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// Use the key for this cluster from now on, in the current context
    #[arg(long = "use")]
    use_it: bool,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let mut spec = json!({"description": args.description});
    let cluster = if args.cloud {
        None
    } else {
        let environment = args.environment.environment.as_deref();
        Some(ctx.cluster(args.cluster.as_deref(), environment).await?)
    };
    if let Some(cluster) = &cluster {
        spec["resource"] = json!({"id": cluster});
    }
    if let Some(owner) = args.owner {
        spec["owner"] = json!({"id": owner});
    }
    if let Some(time) = args.expires_at {
        spec["expires_at"] = json!(time);
    }
    let made = ctx.api()?.post(&shape::collection(), &json!({"spec": spec})).await?;
    let key = text_of(made.get("id"));
    let secret = Secret::new(text_of(made.pointer("/spec/secret")));
    let outcome = Outcome::object(made, shape::CREATED)
        .note("\nSave the secret: it is not retrievable later.");
    match (cluster, args.use_it) {
        (Some(cluster), true) => {
            let saved = remember(ctx, &cluster, KafkaKey { key, secret })?;
            Ok(outcome.note(saved).next(format!("weir topic list --cluster {cluster}")))
        }
        (Some(cluster), false) => {
            Ok(outcome.next(format!("weir topic create NAME --cluster {cluster}")))
        }
        (None, _) => Ok(outcome.next("weir env list")),
    }
}

fn remember(ctx: &Ctx, cluster: &str, key: KafkaKey) -> Result<String, CliError> {
    let Some(name) = ctx.settings.context_name.value.clone() else {
        return Err(CliError::usage(
            "context.none",
            "the key was made, but no context can keep it",
        )
        .suggest("Set WEIR_KAFKA_API_KEY and WEIR_KAFKA_API_SECRET instead."));
    };
    let config = &ctx.settings.dirs.config;
    let mut contexts = Contexts::load(config)?;
    let context = contexts.contexts.entry(name.clone()).or_default();
    context.kafka_keys.insert(cluster.to_owned(), key);
    context.cluster_id = Some(cluster.to_owned());
    contexts.save(config)?;
    Ok(format!("Context \"{name}\" uses this key and cluster \"{cluster}\"."))
}
