use anyhow::{Result, bail};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};

/// Sends requests.
pub(crate) struct Sender {
    stream: WriteHalf<DuplexStream>,
    correlation: i32,
}

/// Receives answers, in the order of the requests.
pub(crate) struct Receiver {
    stream: ReadHalf<DuplexStream>,
}

/// The two ends of our side of a connection.
pub(crate) fn wire(stream: DuplexStream) -> (Sender, Receiver) {
    let (read, write) = tokio::io::split(stream);
    (Sender { stream: write, correlation: 0 }, Receiver { stream: read })
}

impl Sender {
    pub(crate) async fn send<R: Request>(&mut self, request: &R, version: i16) -> Result<()> {
        self.correlation += 1;
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(StrBytes::from_static_str("sim")));
        let mut body = BytesMut::new();
        header.encode(&mut body, R::header_version(version))?;
        request.encode(&mut body, version)?;
        let mut frame = BytesMut::with_capacity(body.len() + 4);
        frame.put_i32(i32::try_from(body.len())?);
        frame.extend_from_slice(&body);
        self.stream.write_all(&frame).await?;
        Ok(())
    }
}

impl Receiver {
    pub(crate) async fn receive<R: Request>(&mut self, version: i16) -> Result<R::Response> {
        let length = usize::try_from(self.stream.read_i32().await?)?;
        let mut frame = vec![0; length];
        self.stream.read_exact(&mut frame).await?;
        let mut frame = Bytes::from(frame);
        ResponseHeader::decode(&mut frame, R::Response::header_version(version))?;
        let answer = R::Response::decode(&mut frame, version)?;
        if frame.has_remaining() {
            bail!("{} bytes behind the answer to API {}", frame.len(), R::KEY);
        }
        Ok(answer)
    }
}
