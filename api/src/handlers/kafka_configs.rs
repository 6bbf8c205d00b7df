use api_app::{ConfigChange, ConfigEntry};
use api_types::{ConfigAlter, ConfigAlterItem, ConfigSet, KafkaError, KafkaList, KafkaTopicConfig};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::ApiState;
use crate::http::{ApiResult, ClusterCaller, HttpFailure, JsonBody};
use crate::view;

/// Lists every configuration of a topic, defaults included.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic")),
    responses(
        (status = 200, description = "All configurations", body = KafkaList<KafkaTopicConfig>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_topic_configs(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic)): Path<(String, String)>,
) -> ApiResult<Json<KafkaList<KafkaTopicConfig>>> {
    let entries = state.app.topic_configs(&caller, &cluster, &topic).await?;
    Ok(Json(list(&state, &cluster, &topic, "configs", entries)))
}

/// Lists every configuration of every topic of a cluster.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/-/configs", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    responses(
        (status = 200, description = "All configurations that the caller may see", body = KafkaList<KafkaTopicConfig>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_all_topic_configs(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
) -> ApiResult<Json<KafkaList<KafkaTopicConfig>>> {
    let topics = state.app.all_topic_configs(&caller, &cluster).await?;
    let endpoints = state.app.endpoints();
    let mut data = Vec::new();
    for (topic, entries) in topics {
        let view = |entry| view::topic_config(endpoints, &cluster, &topic, "configs", entry);
        data.extend(entries.into_iter().map(view));
    }
    let tail = "/topics/-/configs";
    Ok(Json(view::kafka_list(endpoints, &cluster, tail, "KafkaTopicConfig", data)))
}

/// Lists the configurations as they would be without any override for this topic.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/default-configs", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic")),
    responses(
        (status = 200, description = "All defaults", body = KafkaList<KafkaTopicConfig>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_topic_default_configs(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic)): Path<(String, String)>,
) -> ApiResult<Json<KafkaList<KafkaTopicConfig>>> {
    let entries = state.app.topic_default_configs(&caller, &cluster, &topic).await?;
    Ok(Json(list(&state, &cluster, &topic, "default-configs", entries)))
}

/// Changes several configurations of a topic: all or none.
#[utoipa::path(post, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs:alter", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic")),
    request_body = ConfigAlter,
    responses(
        (status = 204, description = "They are changed"),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn alter_topic_configs(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic)): Path<(String, String)>,
    JsonBody(body): JsonBody<ConfigAlter>,
) -> ApiResult<StatusCode> {
    let items = body.data.ok_or_else(|| bad("data is required".to_owned()))?;
    let changes = items.into_iter().map(change).collect::<Result<_, _>>()?;
    let validate_only = body.validate_only.unwrap_or(false);
    state.app.alter_topic_configs(&caller, &cluster, &topic, changes, validate_only).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads one configuration of a topic.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs/{name}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic"), ("name" = String, Path, description = "Kafka's name of it")),
    responses(
        (status = 200, description = "The configuration", body = KafkaTopicConfig),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_topic_config(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic, name)): Path<(String, String, String)>,
) -> ApiResult<Json<KafkaTopicConfig>> {
    let entry = state.app.topic_config(&caller, &cluster, &topic, &name).await?;
    Ok(Json(view::topic_config(state.app.endpoints(), &cluster, &topic, "configs", entry)))
}

/// Sets one configuration of a topic.
#[utoipa::path(put, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs/{name}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic"), ("name" = String, Path, description = "Kafka's name of it")),
    request_body = ConfigSet,
    responses(
        (status = 204, description = "It is set"),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn update_topic_config(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic, name)): Path<(String, String, String)>,
    JsonBody(body): JsonBody<ConfigSet>,
) -> ApiResult<StatusCode> {
    let item = ConfigAlterItem { name, value: body.value, operation: None };
    let changes = vec![change(item)?];
    state.app.alter_topic_configs(&caller, &cluster, &topic, changes, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the override of one configuration of a topic, so that the default applies.
#[utoipa::path(delete, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/configs/{name}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic"), ("name" = String, Path, description = "Kafka's name of it")),
    responses(
        (status = 204, description = "The default applies"),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn delete_topic_config(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic, name)): Path<(String, String, String)>,
) -> ApiResult<StatusCode> {
    let changes = vec![ConfigChange::Delete { name }];
    state.app.alter_topic_configs(&caller, &cluster, &topic, changes, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn list(
    state: &ApiState,
    cluster: &str,
    topic: &str,
    family: &str,
    entries: Vec<ConfigEntry>,
) -> KafkaList<KafkaTopicConfig> {
    let endpoints = state.app.endpoints();
    let kind = if family == "configs" { "KafkaTopicConfig" } else { "KafkaTopicDefaultConfig" };
    let view = |entry| view::topic_config(endpoints, cluster, topic, family, entry);
    let data = entries.into_iter().map(view).collect();
    view::kafka_list(endpoints, cluster, &format!("/topics/{topic}/{family}"), kind, data)
}

/// `SET` is the default operation; a value that is null says `DELETE` as well.
fn change(item: ConfigAlterItem) -> ApiResult<ConfigChange> {
    let name = item.name;
    match (item.operation.as_deref(), item.value) {
        (None | Some("SET"), Some(value)) => Ok(ConfigChange::Set { name, value }),
        (None | Some("DELETE"), _) => Ok(ConfigChange::Delete { name }),
        (Some("SET"), None) => Err(bad(format!("{name}: SET needs a value"))),
        (Some(other), _) => Err(bad(format!("operation {other:?} is not one of SET, DELETE"))),
    }
}

fn bad(detail: String) -> HttpFailure {
    let mut failure = HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_configs", detail);
    failure.kafka_code = 40002;
    failure
}
