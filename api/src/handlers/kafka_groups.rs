use api_types::{
    KafkaConsumer, KafkaConsumerAssignment, KafkaConsumerGroup, KafkaConsumerGroupLagSummary,
    KafkaConsumerLag, KafkaError, KafkaList,
};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::ApiState;
use crate::http::{ApiResult, ClusterCaller, HttpFailure};
use crate::view;

/// Lists the consumer groups that the caller may see.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`")),
    responses(
        (status = 200, description = "All groups", body = KafkaList<KafkaConsumerGroup>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_consumer_groups(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path(cluster): Path<String>,
) -> ApiResult<Json<KafkaList<KafkaConsumerGroup>>> {
    let groups = state.app.groups(&caller, &cluster).await?;
    let endpoints = state.app.endpoints();
    let data = groups.into_iter().map(|group| view::group(endpoints, &cluster, group)).collect();
    let kind = "KafkaConsumerGroup";
    Ok(Json(view::kafka_list(endpoints, &cluster, "/consumer-groups", kind, data)))
}

/// Reads a consumer group.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("consumer_group_id" = String, Path, description = "The group")),
    responses(
        (status = 200, description = "The group", body = KafkaConsumerGroup),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_consumer_group(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, group)): Path<(String, String)>,
) -> ApiResult<Json<KafkaConsumerGroup>> {
    let group = state.app.group(&caller, &cluster, &group).await?;
    Ok(Json(view::group(state.app.endpoints(), &cluster, group)))
}

/// Lists the members of a consumer group.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/consumers", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("consumer_group_id" = String, Path, description = "The group")),
    responses(
        (status = 200, description = "All members", body = KafkaList<KafkaConsumer>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_consumers(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, group)): Path<(String, String)>,
) -> ApiResult<Json<KafkaList<KafkaConsumer>>> {
    let members = state.app.group(&caller, &cluster, &group).await?.members;
    let endpoints = state.app.endpoints();
    let view = |member| view::consumer(endpoints, &cluster, &group, member);
    let data = members.into_iter().map(view).collect();
    let tail = view::group_tail(&group, "/consumers");
    Ok(Json(view::kafka_list(endpoints, &cluster, &tail, "KafkaConsumer", data)))
}

/// Reads a member of a consumer group.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/consumers/{consumer_id}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("consumer_group_id" = String, Path, description = "The group"), ("consumer_id" = String, Path, description = "The member")),
    responses(
        (status = 200, description = "The member", body = KafkaConsumer),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_consumer(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, group, consumer)): Path<(String, String, String)>,
) -> ApiResult<Json<KafkaConsumer>> {
    let member = state.app.group_member(&caller, &cluster, &group, &consumer).await?;
    Ok(Json(view::consumer(state.app.endpoints(), &cluster, &group, member)))
}

/// Lists the partitions that a member of a consumer group reads.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/consumers/{consumer_id}/assignments", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("consumer_group_id" = String, Path, description = "The group"), ("consumer_id" = String, Path, description = "The member")),
    responses(
        (status = 200, description = "Its partitions", body = KafkaList<KafkaConsumerAssignment>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_consumer_assignments(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, group, consumer)): Path<(String, String, String)>,
) -> ApiResult<Json<KafkaList<KafkaConsumerAssignment>>> {
    let member = state.app.group_member(&caller, &cluster, &group, &consumer).await?;
    let endpoints = state.app.endpoints();
    let view = |part| view::assignment(endpoints, &cluster, &group, &consumer, part);
    let data = member.assignment.into_iter().map(view).collect();
    let tail = view::group_tail(&group, &view::assignments_tail(&consumer));
    Ok(Json(view::kafka_list(endpoints, &cluster, &tail, "KafkaConsumerAssignment", data)))
}

/// Says how far a consumer group is behind: the largest lag of a partition, and all together.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lag-summary", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("consumer_group_id" = String, Path, description = "The group")),
    responses(
        (status = 200, description = "The summary", body = KafkaConsumerGroupLagSummary),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_consumer_group_lag_summary(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, group)): Path<(String, String)>,
) -> ApiResult<Json<KafkaConsumerGroupLagSummary>> {
    let lags = state.app.lags(&caller, &cluster, &group).await?;
    let summary = view::lag_summary(state.app.endpoints(), &cluster, &group, &lags);
    summary
        .map(Json)
        .ok_or_else(|| no_offset(&format!("consumer group {group:?} has read nothing")))
}

/// Lists how far a consumer group is behind, by partition.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lags", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("consumer_group_id" = String, Path, description = "The group")),
    responses(
        (status = 200, description = "Partitions that the group has read", body = KafkaList<KafkaConsumerLag>),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn list_consumer_lags(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, group)): Path<(String, String)>,
) -> ApiResult<Json<KafkaList<KafkaConsumerLag>>> {
    let lags = state.app.lags(&caller, &cluster, &group).await?;
    let endpoints = state.app.endpoints();
    let data = lags.into_iter().map(|lag| view::lag(endpoints, &cluster, &group, lag)).collect();
    let tail = view::group_tail(&group, "/lags");
    Ok(Json(view::kafka_list(endpoints, &cluster, &tail, "KafkaConsumerLag", data)))
}

/// Says how far a consumer group is behind in one partition.
#[utoipa::path(get, path = "/kafka/v3/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/lags/{topic_name}/partitions/{partition_id}", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("consumer_group_id" = String, Path, description = "The group"), ("topic_name" = String, Path, description = "The topic"), ("partition_id" = i32, Path, description = "Counted from 0")),
    responses(
        (status = 200, description = "The lag", body = KafkaConsumerLag),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn get_consumer_lag(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, group, topic, partition)): Path<(String, String, String, String)>,
) -> ApiResult<Json<KafkaConsumerLag>> {
    let lags = state.app.lags(&caller, &cluster, &group).await?;
    let found = lags
        .into_iter()
        .find(|lag| lag.offset.topic == topic && lag.offset.partition.to_string() == partition);
    let lag = found.ok_or_else(|| {
        let detail = format!("consumer group {group:?} has no offset of {topic}-{partition}");
        no_offset(&detail)
    })?;
    Ok(Json(view::lag(state.app.endpoints(), &cluster, &group, lag)))
}

fn no_offset(detail: &str) -> HttpFailure {
    HttpFailure::http(StatusCode::NOT_FOUND, "unknown_offset", detail)
}
