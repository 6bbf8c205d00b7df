use api_types::{KafkaError, RecordCreate, RecordReport};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use common_types::limits::REST_RECORD_MAX;
use futures_util::stream;

use crate::ApiState;
use crate::http::{ApiResult, ClusterCaller, HttpFailure, check_json};
use crate::records::Intake;

/// Writes records: JSON objects one after the other, each answered once it is durable, in the same order.
///
/// A body without a length is a stream: it is answered as it comes, for as long as the client keeps it open,
/// and its status is 200. So is a body that is larger than one record may be.
#[utoipa::path(post, path = "/kafka/v3/clusters/{cluster_id}/topics/{topic_name}/records", tag = "kafka/v3",
    security(("cluster_key" = [])),
    params(("cluster_id" = String, Path, description = "`lkc-…`"), ("topic_name" = String, Path, description = "The topic")),
    request_body = RecordCreate,
    responses(
        (status = 200, description = "A report for each record, one after the other; each has a code of its own", body = RecordReport),
        (status = "4XX", description = "The request was refused", body = KafkaError),
        (status = "5XX", description = "The server failed", body = KafkaError),
    ))]
pub(crate) async fn create_record(
    State(state): State<ApiState>,
    ClusterCaller(caller): ClusterCaller,
    Path((cluster, topic)): Path<(String, String)>,
    request: Request,
) -> ApiResult<Response> {
    check_json(request.headers())?;
    let writer = state.app.writer(&caller, &cluster, &topic).await?;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<usize>().ok());
    let intake = |body| Intake::new(state, writer, cluster, topic, body);
    if length.is_none_or(|length| length > REST_RECORD_MAX) {
        return Ok(answer(intake(request.into_body())));
    }
    // All of it first: a client that reads no answer before it has sent everything is served as well.
    let body = to_bytes(request.into_body(), REST_RECORD_MAX).await.map_err(|_| cut_off())?;
    let mut intake = intake(Body::from(body));
    intake.open().await?;
    Ok(answer(intake))
}

/// Reports as they come.
fn answer(intake: Intake) -> Response {
    let reports = stream::unfold(intake, |mut intake| async move {
        let reports = intake.reports().await?;
        Some((bytes_of(&reports), intake))
    });
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(reports)).into_response()
}

fn bytes_of(reports: &[RecordReport]) -> Result<Bytes, serde_json::Error> {
    let mut out = Vec::new();
    for report in reports {
        serde_json::to_writer(&mut out, report)?;
        out.push(b'\n');
    }
    Ok(Bytes::from(out))
}

fn cut_off() -> HttpFailure {
    HttpFailure::http(StatusCode::BAD_REQUEST, "invalid_record", "the body was cut off")
}
