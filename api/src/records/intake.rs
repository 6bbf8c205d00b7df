use api_app::{RecordError, Writer, Written};
use api_types::{RecordReport, rfc3339};
use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use common_types::limits::REST_RECORD_MAX;
use futures_util::{FutureExt as _, StreamExt as _};

use super::documents::{Documents, NoDocument};
use super::read::{Read, Unreadable, read};
use crate::ApiState;
use crate::http::{ApiResult, HttpFailure};

/// Records that are written at a time.
const BATCH_RECORDS: usize = 500;
/// Bytes of documents that are written at a time; one may be larger.
const BATCH_BYTES: usize = 1 << 20;

/// A body on its way into a topic.
pub(crate) struct Intake {
    state: ApiState,
    writer: Writer,
    cluster: String,
    topic: String,
    body: BodyDataStream,
    documents: Documents,
    /// Read, and not written yet.
    ready: Vec<Result<Read, Unreadable>>,
    is_over: bool,
}

impl Intake {
    pub(crate) fn new(
        state: ApiState,
        writer: Writer,
        cluster: String,
        topic: String,
        body: Body,
    ) -> Self {
        let (body, documents) = (body.into_data_stream(), Documents::new(REST_RECORD_MAX));
        Self { state, writer, cluster, topic, body, documents, ready: Vec::new(), is_over: false }
    }

    /// Reads the first records, for a body that is there as a whole: what has not the form of a record is
    /// then a failure of the request.
    pub(crate) async fn open(&mut self) -> ApiResult<()> {
        self.ready = self.gather().await;
        match self.ready.first() {
            None => Err(empty()),
            Some(Err(unreadable)) if unreadable.is_malformed => {
                let code = unreadable.error.error_code;
                let status = u16::try_from(code).ok().and_then(|n| StatusCode::from_u16(n).ok());
                let status = status.unwrap_or(StatusCode::BAD_REQUEST);
                Err(HttpFailure::http(status, "invalid_record", unreadable.error.message.clone()))
            }
            Some(_) => Ok(()),
        }
    }

    /// Writes the next records, and reports them once they are durable. `None` when the body is over.
    pub(crate) async fn reports(&mut self) -> Option<Vec<RecordReport>> {
        let mut read = std::mem::take(&mut self.ready);
        if read.is_empty() {
            read = self.gather().await;
        }
        if read.is_empty() {
            return None;
        }
        let readable = read.iter_mut().filter_map(|one| one.as_mut().ok());
        let records: Vec<_> = readable.map(|one| std::mem::take(&mut one.record)).collect();
        let mut written = Vec::new();
        if !records.is_empty() {
            written = self.state.app.write(&self.writer, records).await;
        }
        let mut written = written.into_iter();
        let reports = read.into_iter().map(|one| match one {
            Err(unreadable) => failed(unreadable.error.error_code, unreadable.error.message),
            Ok(read) => match written.next() {
                Some(Ok(written)) => self.report(read, written),
                Some(Err(error)) => refused(&error),
                None => failed(500, "the record has no answer".to_owned()),
            },
        });
        Some(reports.collect())
    }

    /// The next documents, read: waits for the first, and takes what else has come.
    async fn gather(&mut self) -> Vec<Result<Read, Unreadable>> {
        let (mut read, mut bytes) = (Vec::new(), 0);
        while !self.is_over && read.len() < BATCH_RECORDS && bytes < BATCH_BYTES {
            match self.documents.next() {
                Ok(Some(document)) => {
                    bytes += document.len();
                    read.push(self::read(&document, self.state.clock.wall_ms()));
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    // Where the next document begins cannot be said.
                    self.is_over = true;
                    read.push(Err(unreadable(error)));
                    break;
                }
            }
            let next = self.body.next();
            let chunk = if read.is_empty() {
                next.await
            } else {
                match next.now_or_never() {
                    Some(chunk) => chunk,
                    None => break,
                }
            };
            let Some(Ok(chunk)) = chunk else {
                self.is_over = true;
                if self.documents.is_inside() {
                    let text = "the body ends within a record".to_owned();
                    read.push(Err(Unreadable::malformed(400, text)));
                }
                break;
            };
            self.documents.push(&chunk);
        }
        read
    }

    fn report(&self, read: Read, written: Written) -> RecordReport {
        RecordReport {
            error_code: 200,
            message: None,
            cluster_id: Some(self.cluster.clone()),
            topic_name: Some(self.topic.clone()),
            partition_id: Some(written.partition),
            offset: Some(written.offset),
            timestamp: Some(rfc3339(written.timestamp_ms.saturating_mul(1000))),
            key: read.key,
            value: read.value,
        }
    }
}

fn unreadable(error: NoDocument) -> Unreadable {
    let code = match error {
        NoDocument::NotAnObject => 400,
        NoDocument::TooLarge => 413,
    };
    Unreadable::malformed(code, error.to_string())
}

fn refused(error: &RecordError) -> RecordReport {
    let code = match error {
        RecordError::UnknownPartition(_) => 40403,
        RecordError::Forbidden(_) => 40301,
        RecordError::TooLarge(_) => 413,
        RecordError::Invalid(_) => 400,
        RecordError::Unavailable(_) => 50003,
    };
    failed(code, error.to_string())
}

fn failed(error_code: i32, message: String) -> RecordReport {
    RecordReport { error_code, message: Some(message), ..RecordReport::default() }
}

fn empty() -> HttpFailure {
    let detail = "Payload error. Request body is empty. Data is required.";
    HttpFailure::http(StatusCode::UNPROCESSABLE_ENTITY, "empty_body", detail)
}
