//! Requests that the control plane makes for the owner of a key, as if they came on a connection of
//! theirs: what the owner may not do is refused in the same way, and records are acknowledged when they
//! are durable.

use std::net::{IpAddr, Ipv4Addr};

use bytes::{Buf as _, Bytes, BytesMut};
use common_types::TenantId;
use protocol::header::parse_request_header;
use protocol::versions::{key, offered};

use super::request::{Listener, Throttle};
use super::{BadRequest, Request, Server};
use crate::api;
use crate::api::produce::{Head, Made};
use crate::cell::Session;
use crate::quota::Direction;

/// Why a request for somebody else has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnBehalfError {
    /// The key is not there, or belongs to another tenant.
    #[error("the key is not in force at this broker")]
    UnknownKey,
    /// The request is none that this broker serves.
    #[error("{0}")]
    BadRequest(String),
    /// Nothing can be acknowledged any more.
    #[error("the log has ended")]
    LogEnded,
}

impl From<BadRequest> for OnBehalfError {
    fn from(e: BadRequest) -> Self {
        Self::BadRequest(e.to_string())
    }
}

impl Server {
    /// Answers a request (its header and body) for the owner of a key; the answer has a header, and no
    /// length before it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn answer_for(
        &self,
        tenant: TenantId,
        api_key: &str,
        frame: Bytes,
    ) -> Result<Bytes, OnBehalfError> {
        let session = self.cell.session_of(tenant, api_key).ok_or(OnBehalfError::UnknownKey)?;
        let answer = self.route_for(&session, BytesMut::from(frame)).await?;
        let mut whole = answer.concat();
        whole.drain(..whole.len().min(4));
        Ok(Bytes::from(whole))
    }

    async fn route_for(
        &self,
        session: &Session,
        mut frame: BytesMut,
    ) -> Result<Vec<Bytes>, OnBehalfError> {
        let bad = |text: String| OnBehalfError::BadRequest(text);
        let header = parse_request_header(&frame, |k| offered(k).map(|o| o.first_flexible))
            .map_err(|e| bad(e.to_string()))?;
        let (version, correlation_id, start) =
            (header.api_version, header.correlation_id, header.body);
        let api =
            offered(header.api_key).filter(|api| (api.min_served..=api.max).contains(&version));
        let api = api.ok_or_else(|| {
            bad(format!("version {version} of API {} is not served", header.api_key))
        })?;
        let client_id = header.client_id.unwrap_or_default().to_owned();
        if api.key == key::PRODUCE {
            let listener = &Listener { tls: false };
            let still = self.cell.charge(session, Direction::Ingress, frame.len());
            let head = Head { listener, start, version, correlation_id, throttle_ms: 0 };
            let answer = self.produce_for(session, frame, head).await?;
            // There is no connection that could be left unread: the answer comes later.
            tokio::time::sleep(still).await;
            return Ok(vec![answer]);
        }
        frame.advance(start);
        let request = Request {
            api,
            version,
            correlation_id,
            client_id: &client_id,
            client_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            session,
            listener: &Listener { tls: false },
            body: frame.freeze(),
            throttle: Throttle::default(),
        };
        Ok(api::route(self, &request).await?)
    }

    /// Appends records and waits until they are durable. Producers of such requests have no id and no
    /// sequence, so that nothing depends on the order of two requests.
    async fn produce_for(
        &self,
        session: &Session,
        frame: BytesMut,
        head: Head<'_>,
    ) -> Result<Bytes, OnBehalfError> {
        let cell = &self.cell;
        if !cell.wal.room().await {
            return Err(OnBehalfError::LogEnded);
        }
        cell.ready_to_seal(session.tenant).await;
        match api::produce::handle(cell, session, frame, head)? {
            Made::Answer { ticket, answer, prove } => {
                let proven = !prove || Box::pin(cell.proven()).await;
                if proven && cell.wal.durable(ticket).await {
                    return Ok(answer);
                }
                Err(OnBehalfError::LogEnded)
            }
            Made::Silent | Made::SilentError => {
                Err(OnBehalfError::BadRequest("acks=0 asks for no answer".to_owned()))
            }
        }
    }
}
