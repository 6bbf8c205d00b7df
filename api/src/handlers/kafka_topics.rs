use api_app::{NewTopic, PartitionInfo};
use api_types::{
    KafkaCluster, KafkaError, KafkaList, KafkaPartition, KafkaTopic, PartitionsUpdate, TopicCreate,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::ApiState;
use crate::http::{ApiResult, ClusterCaller, HttpFailure, JsonBody, Params};
use crate::view;

/// Reads a cluster as its data plane shows it.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    responses(
        (status = 200, description = "The cluster", body = KafkaCluster),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_kafka_cluster(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
) -> ApiResult<Json<KafkaCluster>> {
    let row = state.app.kafka_cluster(&caller, &cluster).await?;
    Ok(Json(view::kafka_cluster(state.app.endpoints(), &row.id)))
}

/// Lists the topics of a cluster, also those that wait for it.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    responses(
        (status = 200, description = "All topics", body = KafkaList<KafkaTopic>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_topics(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
) -> ApiResult<Json<KafkaList<KafkaTopic>>> {
    let topics = state.app.topics(&caller, &cluster).await?;
    let endpoints = state.app.endpoints();
    let data =
        topics.into_iter().map(|topic| view::topic(endpoints, &cluster, topic, false)).collect();
    Ok(Json(view::kafka_list(endpoints, &cluster, "/topics", "KafkaTopic", data)))
}

/// Creates a topic, or keeps it for later while the cluster is provisioning.
#[utoipa::path(post, path = "/kafka/v3/clusters/{cluster_id}/topics", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    request_body = TopicCreate,
    responses(
        (status = 200, description = "What would be made, with validate_only", body = KafkaTopic),
        (status = 201, description = "The new topic", body = KafkaTopic),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn create_topic(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
    JsonBody(body): JsonBody<TopicCreate>,
) -> ApiResult<(StatusCode, Json<KafkaTopic>)> {
    let validate_only = body.validate_only.unwrap_or(false);
    let configs = body.configs.unwrap_or_default();
    let new = NewTopic {
        name: body.topic_name.ok_or_else(|| missing("topic_name"))?,
        partitions: body.partitions_count,
        replication_factor: body.replication_factor,
        configs: configs.into_iter().map(|config| (config.name, config.value)).collect(),
        validate_only,
    };
    let topic = state.app.create_topic(&caller, &cluster, new).await?;
    let status = if validate_only { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(view::topic(state.app.endpoints(), &cluster, topic, true))))
}

/// Reads a topic.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic"),
        ("include_authorized_operations" = Option<bool>, Query, description = "Also what the caller may do"),
    ),
    responses(
        (status = 200, description = "The topic", body = KafkaTopic),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_topic(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, name)): Path<(String, String)>,
    params: Params,
) -> ApiResult<Json<KafkaTopic>> {
    let operations = params.flag("include_authorized_operations")?;
    let topic = state.app.topic(&caller, &cluster, &name).await?;
    Ok(Json(view::topic(state.app.endpoints(), &cluster, topic, operations)))
}

/// Raises the number of partitions of a topic.
#[utoipa::path(patch, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic")),
    request_body = PartitionsUpdate,
    responses(
        (status = 200, description = "The topic as it is", body = KafkaTopic),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn update_topic(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, name)): Path<(String, String)>,
    JsonBody(body): JsonBody<PartitionsUpdate>,
) -> ApiResult<Json<KafkaTopic>> {
    let total = body.partitions_count.ok_or_else(|| missing("partitions_count"))?;
    let topic = state.app.create_partitions(&caller, &cluster, &name, total).await?;
    Ok(Json(view::topic(state.app.endpoints(), &cluster, topic, false)))
}

/// Deletes a topic with its data.
#[utoipa::path(delete, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic")),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn delete_topic(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, name)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    state.app.delete_topic(&caller, &cluster, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the partitions of a topic.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/partitions", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic")),
    responses(
        (status = 200, description = "All partitions", body = KafkaList<KafkaPartition>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_partitions(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, name)): Path<(String, String)>,
) -> ApiResult<Json<KafkaList<KafkaPartition>>> {
    let partitions = state.app.partitions(&caller, &cluster, &name).await?;
    let endpoints = state.app.endpoints();
    let view = |info: &PartitionInfo| view::partition(endpoints, &cluster, &name, info);
    let data = partitions.iter().map(view).collect();
    let tail = format!("/topics/{name}/partitions");
    Ok(Json(view::kafka_list(endpoints, &cluster, &tail, "KafkaPartition", data)))
}

/// Reads a partition.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic"),
        ("partition_id" = i32, Path, description = "Counted from 0"),
    ),
    responses(
        (status = 200, description = "The partition", body = KafkaPartition),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_partition(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, name, index)): Path<(String, String, String)>,
) -> ApiResult<Json<KafkaPartition>> {
    let partitions = state.app.partitions(&caller, &cluster, &name).await?;
    let found = partitions.iter().find(|info| info.index.to_string() == index);
    let info = found.ok_or_else(|| {
        let detail = format!("topic {name:?} has no partition {index}");
        HttpFailure::http(StatusCode::NOT_FOUND, "unknown_partition", detail)
    })?;
    Ok(Json(view::partition(state.app.endpoints(), &cluster, &name, info)))
}

fn missing(name: &str) -> HttpFailure {
    let detail = format!("{name} is required");
    HttpFailure::http(StatusCode::BAD_REQUEST, "missing_member", detail)
}
