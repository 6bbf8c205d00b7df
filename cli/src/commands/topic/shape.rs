use api_client::{Client, Path};
use common_errors::ErrorKind;
use serde_json::{Value, json};

use crate::commands::arguments::OnCluster;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Column;
use crate::similar;

pub(super) const COLUMNS: &[Column] = &[
    Column::new("NAME", "/topic_name"),
    Column::new("PARTITIONS", "/partitions_count"),
    Column::wide("REPLICAS", "/replication_factor"),
    Column::wide("INTERNAL", "/is_internal"),
];

/// The topics of one cluster.
pub(super) struct Topics {
    pub(super) cluster: String,
    pub(super) api: Client,
}

impl Topics {
    pub(super) async fn of(ctx: &Ctx, on: &OnCluster) -> Result<Self, CliError> {
        let environment = on.environment.environment.as_deref();
        let cluster = ctx.cluster(on.cluster.as_deref(), environment).await?;
        let api = ctx.kafka_rest(&cluster)?;
        Ok(Self { cluster, api })
    }

    pub(super) fn path(&self) -> Path {
        Path::new("/kafka/v3/clusters").segment(&self.cluster).literal("topics")
    }

    /// Creates a topic.
    pub(super) async fn create(
        &self,
        name: &str,
        partitions: Option<i32>,
        configs: &[(String, String)],
    ) -> Result<Value, CliError> {
        let mut body = json!({"topic_name": name});
        if let Some(partitions) = partitions {
            body["partitions_count"] = json!(partitions);
        }
        if !configs.is_empty() {
            let configs = configs.iter().map(|(name, value)| json!({"name": name, "value": value}));
            body["configs"] = configs.collect();
        }
        self.api.post(&self.path(), &body).await.map_err(|e| self.explain(e.into()))
    }

    /// Adds what to do about a missing topic or a missing key.
    pub(super) async fn missing(&self, name: &str, error: CliError) -> CliError {
        if error.kind != ErrorKind::NotFound {
            return self.explain(error);
        }
        // The suggestion is a courtesy: without the list of topics the error stands alone.
        let Ok(list) = self.api.list(&self.path()).await else {
            return error;
        };
        let rows = list.get("data").and_then(Value::as_array).map(Vec::as_slice);
        let names =
            rows.unwrap_or_default().iter().filter_map(|row| row.get("topic_name")?.as_str());
        match similar::closest(name, names) {
            Some(close) => error.suggest(format!("Did you mean \"{close}\"?")),
            None => error.suggest("See the topics with `weir topic list`."),
        }
    }

    pub(super) fn explain(&self, error: CliError) -> CliError {
        match error.kind {
            ErrorKind::Unauthenticated | ErrorKind::Forbidden => error.suggest(format!(
                "Make a key for this cluster with `weir api-key create --cluster {} --use`.",
                self.cluster
            )),
            _ => error,
        }
    }
}

/// Whether a refusal says that the topic is there already.
pub(super) fn already_exists(error: &CliError) -> bool {
    error.code == "40002" && error.message.to_lowercase().contains("already exists")
}
