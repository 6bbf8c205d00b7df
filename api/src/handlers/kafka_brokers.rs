use api_types::{KafkaBroker, KafkaError, KafkaList, KafkaReplica};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::ApiState;
use crate::http::{ApiResult, ClusterCaller, HttpFailure};
use crate::view;

/// Lists the brokers of a cluster.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/brokers", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    responses(
        (status = 200, description = "All brokers", body = KafkaList<KafkaBroker>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_brokers(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
) -> ApiResult<Json<KafkaList<KafkaBroker>>> {
    let brokers = state.app.brokers(&caller, &cluster).await?;
    let endpoints = state.app.endpoints();
    let data = brokers.into_iter().map(|info| view::broker(endpoints, &cluster, info)).collect();
    Ok(Json(view::kafka_list(endpoints, &cluster, "/brokers", "KafkaBroker", data)))
}

/// Reads a broker.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/brokers/{broker_id}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("broker_id" = i32, Path, description = "Its number")),
    responses(
        (status = 200, description = "The broker", body = KafkaBroker),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_broker(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, id)): Path<(String, String)>,
) -> ApiResult<Json<KafkaBroker>> {
    let info = state.app.broker(&caller, &cluster, &id).await?;
    Ok(Json(view::broker(state.app.endpoints(), &cluster, info)))
}

/// Lists the brokers that a partition is on.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/replicas", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic"), ("partition_id" = i32, Path, description = "Counted from 0")),
    responses(
        (status = 200, description = "All of them", body = KafkaList<KafkaReplica>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_replicas(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic, index)): Path<(String, String, String)>,
) -> ApiResult<Json<KafkaList<KafkaReplica>>> {
    let partitions = state.app.partitions(&caller, &cluster, &topic).await?;
    let found = partitions.iter().find(|info| info.index.to_string() == index);
    let info = found.ok_or_else(|| no_partition(&topic, &index))?;
    let endpoints = state.app.endpoints();
    let data = view::replicas(endpoints, &cluster, &topic, info);
    let tail = format!("/topics/{topic}/partitions/{index}/replicas");
    Ok(Json(view::kafka_list(endpoints, &cluster, &tail, "KafkaReplica", data)))
}

/// Reads what a broker is to a partition.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/partitions/{partition_id}/replicas/{broker_id}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic"), ("partition_id" = i32, Path, description = "Counted from 0"), ("broker_id" = i32, Path, description = "The broker")),
    responses(
        (status = 200, description = "What it is", body = KafkaReplica),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_replica(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic, index, broker)): Path<(String, String, String, String)>,
) -> ApiResult<Json<KafkaReplica>> {
    let partitions = state.app.partitions(&caller, &cluster, &topic).await?;
    let found = partitions.iter().find(|info| info.index.to_string() == index);
    let info = found.ok_or_else(|| no_partition(&topic, &index))?;
    let mut replicas = view::replicas(state.app.endpoints(), &cluster, &topic, info).into_iter();
    let replica = replicas.find(|replica| replica.broker_id.to_string() == broker);
    replica.map(Json).ok_or_else(|| {
        let detail = format!("broker {broker} has no part in {topic}-{index}");
        HttpFailure::http(StatusCode::NOT_FOUND, "unknown_replica", detail)
    })
}

fn no_partition(topic: &str, index: &str) -> HttpFailure {
    let detail = format!("topic {topic:?} has no partition {index}");
    HttpFailure::http(StatusCode::NOT_FOUND, "unknown_partition", detail)
}
