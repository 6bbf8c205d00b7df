use std::net::IpAddr;

use bytes::{Bytes, BytesMut};
use kafka_protocol::protocol::{Decodable, Encodable};
use protocol::header::{begin_response, finish_response};
use protocol::versions::Offered;

use crate::cell::{Endpoint, Session};

/// Where a request came in: decides the addresses that are told to the client.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    pub(crate) endpoint: Endpoint,
}

/// One request of an authenticated connection.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) api: &'static Offered,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    pub(crate) client_id: &'a str,
    pub(crate) client_address: IpAddr,
    pub(crate) session: &'a Session,
    pub(crate) listener: &'a Listener,
    pub(crate) body: Bytes,
}

/// The body of a request cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("malformed request: {0}")]
pub(crate) struct BadRequest(pub(crate) String);

impl Request<'_> {
    /// Decodes the body.
    pub(crate) fn decode<T: Decodable>(&self) -> Result<T, BadRequest> {
        let mut body = self.body.clone();
        T::decode(&mut body, self.version).map_err(|e| BadRequest(e.to_string()))
    }

    /// Encodes an answer.
    pub(crate) fn answer<T: Encodable>(&self, message: &T) -> Result<Bytes, BadRequest> {
        encode(self.correlation_id, self.api, self.version, message)
    }
}

/// Encodes an answer, header and length included.
pub(crate) fn encode<T: Encodable>(
    correlation_id: i32,
    api: &Offered,
    version: i16,
    message: &T,
) -> Result<Bytes, BadRequest> {
    let mut out = BytesMut::with_capacity(256);
    // The answer to ApiVersions has the old header in every version (KIP-511).
    let flexible =
        version >= api.first_flexible && api.key != protocol::versions::key::API_VERSIONS;
    begin_response(&mut out, correlation_id, flexible);
    message.encode(&mut out, version).map_err(|e| BadRequest(e.to_string()))?;
    let size = out.len() - 4;
    finish_response(&mut out, size);
    Ok(out.freeze())
}
