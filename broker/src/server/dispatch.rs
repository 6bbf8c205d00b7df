//! From a frame to its handler.

use bytes::{Buf as _, Bytes, BytesMut};
use kafka_protocol::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};
use protocol::header::parse_request_header;
use protocol::versions::{Offered, key, offered};
use tokio::io::{AsyncRead, AsyncWrite};

use super::authenticate::Next;
use super::connection::{Connection, ConnectionEnd, Outcome};
use super::request::{Request, Throttle, decode, encode, throttle_ms};
use crate::api;
use crate::quota::Direction;

/// Whether a frame is a Produce: the only request that does not wait for the answers before it.
pub(super) fn is_pipelined(frame: &[u8]) -> bool {
    frame.starts_with(&key::PRODUCE.to_be_bytes())
}

/// The API key of a frame; that of none where the frame is too short for one.
pub(super) fn api_of(frame: &[u8]) -> i16 {
    frame.first_chunk().map_or(i16::MAX, |key| i16::from_be_bytes(*key))
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    pub(super) async fn handle(&mut self, mut frame: BytesMut) -> Result<Outcome, ConnectionEnd> {
        let header = parse_request_header(&frame, |k| offered(k).map(|o| o.first_flexible))
            .map_err(|e| ConnectionEnd::Protocol(e.to_string()))?;
        let (version, correlation_id, start) =
            (header.api_version, header.correlation_id, header.body);
        let Some(api) = offered(header.api_key) else {
            return Err(ConnectionEnd::Protocol(format!("API {} is not offered", header.api_key)));
        };
        if api.key == key::API_VERSIONS {
            return Ok(Outcome::Answer(vec![api::versions::answer(api, version, correlation_id)?]));
        }
        if version < api.min_served || version > api.max {
            return Err(ConnectionEnd::Protocol(format!(
                "version {version} of API {} is not offered, {} to {} are",
                api.key, api.min_served, api.max
            )));
        }
        let client_id = header.client_id.unwrap_or_default().to_owned();
        let signs_in = matches!(api.key, key::SASL_HANDSHAKE | key::SASL_AUTHENTICATE);
        if self.login.session().is_none() || signs_in {
            frame.advance(start);
            return self.log_in(api, version, correlation_id, frame.freeze()).await;
        }
        if !self.login.refresh(&self.server.cell) {
            return Err(ConnectionEnd::Unauthenticated);
        }
        if self.login.is_over(&self.server.cell) {
            return Err(ConnectionEnd::TokenEnded);
        }
        if api.key == key::PRODUCE {
            return self.produce(frame, start, version, correlation_id).await;
        }
        frame.advance(start);
        let Some(session) = self.login.session() else {
            return Err(ConnectionEnd::Unauthenticated);
        };
        let request = Request {
            api,
            version,
            correlation_id,
            client_id: &client_id,
            client_address: self.address,
            session,
            listener: &self.listener,
            body: frame.freeze(),
            throttle: Throttle::default(),
        };
        // INVARIANT: boxed, so that idle connections stay small.
        let answer = Box::pin(api::route(&self.server, &request)).await?;
        let still = request.throttle.get();
        self.be_still(still);
        Ok(Outcome::Answer(answer))
    }

    async fn produce(
        &mut self,
        frame: BytesMut,
        start: usize,
        version: i16,
        correlation_id: i32,
    ) -> Result<Outcome, ConnectionEnd> {
        if !self.server.cell.wal.room().await {
            return Err(ConnectionEnd::LogEnded);
        }
        let Some(session) = self.login.session() else {
            return Err(ConnectionEnd::Unauthenticated);
        };
        self.server.cell.ready_to_seal(session.tenant).await;
        let still = self.server.cell.charge(session, Direction::Ingress, frame.len());
        let throttle_ms = throttle_ms(still);
        let listener = &self.listener;
        let head = api::produce::Head { listener, start, version, correlation_id, throttle_ms };
        let made = api::produce::handle(&self.server.cell, session, frame, head)?;
        self.be_still(still);
        match made {
            api::produce::Made::Answer { ticket, answer, prove } => {
                if prove && !Box::pin(self.server.cell.proven()).await {
                    return Err(ConnectionEnd::LogEnded);
                }
                Ok(Outcome::WhenDurable { ticket, answer })
            }
            api::produce::Made::Silent => Ok(Outcome::Nothing),
            // The client expects no answer and must learn of the error (acks=0).
            api::produce::Made::SilentError => {
                Err(ConnectionEnd::Protocol("error in a request with acks=0".into()))
            }
        }
    }

    async fn log_in(
        &mut self,
        api: &Offered,
        version: i16,
        correlation_id: i32,
        body: Bytes,
    ) -> Result<Outcome, ConnectionEnd> {
        match api.key {
            key::SASL_HANDSHAKE if version == 0 => Err(ConnectionEnd::Protocol(
                "SaslHandshake version 0 (raw tokens) is not served, use version 1".into(),
            )),
            key::SASL_HANDSHAKE => {
                let r: SaslHandshakeRequest = decode(api.key, version, body)?;
                let answer = encode(correlation_id, api, version, &self.login.handshake(&r))?;
                Ok(Outcome::Answer(vec![answer]))
            }
            key::SASL_AUTHENTICATE => {
                let r: SaslAuthenticateRequest = decode(api.key, version, body)?;
                let (cell, was_in) = (&self.server.cell, self.login.session().is_some());
                let (answer, next) = self.login.authenticate(cell, &r, version, self.address);
                let answer = encode(correlation_id, api, version, &answer)?;
                match next {
                    Next::GoOn => {
                        if let Some(session) = self.login.session() {
                            // Before its first record: while one waits, another connection of the
                            // same producer could pass it.
                            cell.ready_to_seal(session.tenant).await;
                        }
                        Ok(Outcome::Answer(vec![answer]))
                    }
                    Next::Acknowledge => {
                        if was_in {
                            self.expect_login();
                        }
                        Ok(Outcome::Answer(vec![answer]))
                    }
                    Next::End => {
                        self.answer_now(BytesMut::from(&answer[..])).await?;
                        Err(ConnectionEnd::Unauthenticated)
                    }
                }
            }
            other => Err(ConnectionEnd::Protocol(format!(
                "API {other} before SASL authentication: set security.protocol to SASL_PLAINTEXT or SASL_SSL, sasl.mechanism to PLAIN with an API key, or to OAUTHBEARER with a token"
            ))),
        }
    }
}
