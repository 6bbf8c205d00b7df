use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use common_errors::ErrorKind;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, RequestHeader, ResponseHeader, SaslAuthenticateRequest,
    SaslHandshakeRequest,
};
use kafka_protocol::protocol::{
    Decodable as _, Encodable as _, HeaderVersion as _, Request, StrBytes,
};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::address::host;
use super::error::{nonsense, refused, timed_out, unreachable};
use crate::config::Secret;
use crate::error::CliError;

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one answer may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(40);
/// Largest answer that is accepted.
const RESPONSE_MAX: usize = 128 * 1024 * 1024;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A key and its secret, sent as SASL/PLAIN.
#[derive(Debug, Clone)]
pub(crate) struct Sasl {
    pub(crate) key: String,
    pub(crate) secret: Secret,
}

/// One authenticated connection to one broker.
pub(super) struct Connection {
    address: String,
    stream: Box<dyn Stream>,
    versions: BTreeMap<i16, (i16, i16)>,
    correlation: i32,
}

impl Connection {
    /// Connects, secures, agrees on versions and signs in.
    pub(super) async fn open(
        address: &str,
        tls: Option<&Arc<rustls::ClientConfig>>,
        sasl: &Sasl,
    ) -> Result<Self, CliError> {
        let attempt = async {
            let stream = TcpStream::connect(address)
                .await
                .map_err(|e| unreachable(address, &e.to_string()))?;
            // Requests are written whole; waiting for more would only add delay.
            stream.set_nodelay(true).map_err(|e| unreachable(address, &e.to_string()))?;
            let stream: Box<dyn Stream> = match tls {
                None => Box::new(stream),
                Some(config) => Box::new(secure(address, Arc::clone(config), stream).await?),
            };
            let versions = BTreeMap::new();
            let mut connection =
                Self { address: address.to_owned(), stream, versions, correlation: 0 };
            connection.learn_versions().await?;
            connection.sign_in(sasl).await?;
            Ok(connection)
        };
        match tokio::time::timeout(CONNECT_TIMEOUT, attempt).await {
            Ok(result) => result,
            Err(_) => Err(timed_out(address)),
        }
    }

    /// Sends a request and reads its answer.
    pub(super) async fn call<R: Request>(&mut self, request: &R) -> Result<R::Response, CliError> {
        let version = self.version_of::<R>()?;
        match tokio::time::timeout(CALL_TIMEOUT, self.exchange(request, version)).await {
            Ok(result) => result,
            Err(_) => Err(timed_out(&self.address)),
        }
    }

    async fn learn_versions(&mut self) -> Result<(), CliError> {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("weir"))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        let response = self.exchange(&request, 3).await?;
        if response.error_code != 0 {
            return Err(refused("cannot agree on versions", response.error_code, None));
        }
        let ranges = response.api_keys.iter();
        self.versions = ranges.map(|v| (v.api_key, (v.min_version, v.max_version))).collect();
        Ok(())
    }

    async fn sign_in(&mut self, sasl: &Sasl) -> Result<(), CliError> {
        let mechanism = StrBytes::from_static_str("PLAIN");
        let request = SaslHandshakeRequest::default().with_mechanism(mechanism);
        let response = self.call(&request).await?;
        if response.error_code != 0 {
            return Err(refused("cannot sign in with SASL/PLAIN", response.error_code, None));
        }
        let token = format!("\0{}\0{}", sasl.key, sasl.secret.reveal());
        let request = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(token));
        let response = self.call(&request).await?;
        if response.error_code != 0 {
            let message = response.error_message.as_ref().map(StrBytes::as_str);
            let what = format!("Kafka at {} does not accept key \"{}\"", self.address, sasl.key);
            return Err(refused(&what, response.error_code, message)
                .suggest("Make a key for this cluster with `weir api-key create --use`."));
        }
        Ok(())
    }

    fn version_of<R: Request>(&self) -> Result<i16, CliError> {
        let (min, max) = self.versions.get(&R::KEY).copied().unwrap_or((0, -1));
        let ours = R::VERSIONS;
        let version = max.min(ours.max).min(newest_used(R::KEY));
        if version < min.max(ours.min) {
            let message =
                format!("Kafka at {} is too old or too new for this `weir`", self.address);
            return Err(CliError::new(ErrorKind::Internal, "kafka.version", message));
        }
        Ok(version)
    }

    async fn exchange<R: Request>(
        &mut self,
        request: &R,
        version: i16,
    ) -> Result<R::Response, CliError> {
        self.correlation = self.correlation.wrapping_add(1);
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(StrBytes::from_static_str("weir")));
        let unwritable = |e: anyhow::Error| CliError::internal("kafka.encode", e.to_string());
        let mut body = BytesMut::new();
        header.encode(&mut body, R::header_version(version)).map_err(unwritable)?;
        request.encode(&mut body, version).map_err(unwritable)?;
        let size = u32::try_from(body.len())
            .map_err(|_| CliError::internal("kafka.encode", "the request is too large"))?;
        let mut frame = BytesMut::with_capacity(body.len() + 4);
        frame.put_u32(size);
        frame.extend_from_slice(&body);
        let broken = |e: std::io::Error| unreachable(&self.address, &e.to_string());
        self.stream.write_all(&frame).await.map_err(broken)?;
        self.stream.flush().await.map_err(broken)?;
        let mut answer = self.read_frame().await?;
        let unreadable = |e: anyhow::Error| nonsense(&self.address, &e.to_string());
        let header_version = R::Response::header_version(version);
        let header = ResponseHeader::decode(&mut answer, header_version).map_err(unreadable)?;
        if header.correlation_id != self.correlation {
            return Err(nonsense(&self.address, "an answer to another request"));
        }
        R::Response::decode(&mut answer, version).map_err(unreadable)
    }

    async fn read_frame(&mut self) -> Result<Bytes, CliError> {
        let broken = |e: std::io::Error| unreachable(&self.address, &e.to_string());
        let size = self.stream.read_u32().await.map_err(broken)? as usize;
        if size > RESPONSE_MAX {
            return Err(nonsense(&self.address, &format!("a frame of {size} bytes")));
        }
        let mut answer = vec![0; size];
        self.stream.read_exact(&mut answer).await.map_err(broken)?;
        Ok(Bytes::from(answer))
    }
}

async fn secure(
    address: &str,
    config: Arc<rustls::ClientConfig>,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, CliError> {
    let name = ServerName::try_from(host(address).to_owned())
        .map_err(|e| unreachable(address, &e.to_string()))?;
    let secured = TlsConnector::from(config).connect(name, stream).await;
    secured.map_err(|e| {
        unreachable(address, &format!("TLS failed: {e}"))
            .suggest("Name the cluster's certificate authority in WEIR_CA_CERT.")
    })
}

/// Newer versions name topics by id, or ask for several groups at a time; this client has no use
/// for either.
fn newest_used(key: i16) -> i16 {
    match ApiKey::try_from(key) {
        Ok(ApiKey::Produce | ApiKey::Fetch | ApiKey::Metadata) => 12,
        Ok(ApiKey::FindCoordinator) => 3,
        Ok(ApiKey::OffsetFetch) => 7,
        Ok(ApiKey::OffsetCommit) => 9,
        _ => i16::MAX,
    }
}
