use api_client::Path;
use serde_json::json;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome};

const COLUMNS: &[Column] = &[
    Column::new("RETENTION DAYS", "/retention_days"),
    Column::new("LEGAL HOLD", "/legal_hold"),
    Column::new("TOPIC IN", "/topic_cluster_id"),
    Column::new("TOPIC", "/topic_name"),
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without flags it shows how things are. Only organization administrators may.\n\nExamples:\n  weir audit settings\n  weir audit settings --retention-days 90\n  weir audit settings --topic-in lkc-7q2m9k\n  weir audit settings --no-topic"
)]
pub(crate) struct Args {
    /// Days that events are kept: 1 to 3653
    #[arg(long, value_name = "DAYS")]
    retention_days: Option<u32>,
    /// Whether nothing goes, however old
    #[arg(long, value_name = "BOOL")]
    legal_hold: Option<bool>,
    /// Write events to the topic confluent-audit-log-events of this cluster, too
    #[arg(long, value_name = "CLUSTER", conflicts_with = "no_topic")]
    topic_in: Option<String>,
    /// Write them to no topic any more
    #[arg(long)]
    no_topic: bool,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let path = Path::new("/weir/v1/audit-settings");
    let mut body = json!({});
    if let Some(days) = args.retention_days {
        body["retention_days"] = json!(days);
    }
    if let Some(hold) = args.legal_hold {
        body["legal_hold"] = json!(hold);
    }
    if let Some(cluster) = args.topic_in {
        body["topic_cluster_id"] = json!(cluster);
    } else if args.no_topic {
        body["topic_cluster_id"] = json!("");
    }
    let api = ctx.api()?;
    let settings =
        if body == json!({}) { api.get(&path).await? } else { api.patch(&path, &body).await? };
    Ok(Outcome::object(settings, COLUMNS))
}
