use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use broker::server::{Peer, Server};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    FetchRequest, InitProducerIdRequest, ProduceRequest, ProduceResponse, RequestHeader,
    ResponseHeader, SaslAuthenticateRequest, SaslHandshakeRequest, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_util::sync::CancellationToken;

use crate::life::{KEY, SECRET, TOPIC};

const PRODUCE: i16 = 9;
const FETCH: i16 = 12;
const FETCH_BYTES: i32 = 4 << 20;

/// A Kafka client that is just enough, over a pipe in memory.
pub(crate) struct Client {
    stream: DuplexStream,
    correlation: i32,
}

/// The answer to one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) error: i16,
    pub(crate) base_offset: i64,
}

impl Client {
    /// Connects and signs in.
    pub(crate) async fn connect(server: &Arc<Server>, cancel: &CancellationToken) -> Result<Self> {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let peer =
            Peer { tls: false, tenant: None, address: SocketAddr::from(([127, 0, 0, 1], 1)) };
        tokio::spawn(Arc::clone(server).serve(theirs, peer, cancel.clone()));
        let mut client = Self { stream: ours, correlation: 0 };
        let handshake =
            SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("PLAIN"));
        let answer = client.call(&handshake, 1).await?;
        ensure!(answer.error_code == 0, "SASL handshake: error {}", answer.error_code);
        let credentials = format!("\0{KEY}\0{SECRET}");
        let login = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(credentials));
        let answer = client.call(&login, 1).await?;
        ensure!(answer.error_code == 0, "sign in: {:?}", answer.error_message);
        Ok(client)
    }

    pub(crate) async fn producer_id(&mut self) -> Result<(i64, i16)> {
        let request = InitProducerIdRequest::default()
            .with_transactional_id(None)
            .with_transaction_timeout_ms(1000);
        let answer = self.call(&request, 3).await?;
        ensure!(answer.error_code == 0, "InitProducerId: error {}", answer.error_code);
        Ok((answer.producer_id.0, answer.producer_epoch))
    }

    /// Sends a batch without waiting for its answer.
    pub(crate) async fn send_batch(&mut self, partition: i32, batch: Bytes) -> Result<()> {
        let data = PartitionProduceData::default().with_index(partition).with_records(Some(batch));
        let topic = TopicProduceData::default().with_name(topic()).with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(-1)
            .with_timeout_ms(30_000)
            .with_topic_data(vec![topic]);
        self.send(&request, PRODUCE).await
    }

    /// Waits for the next answer to a batch.
    pub(crate) async fn batch_answer(&mut self) -> Result<Answer> {
        let answer: ProduceResponse = self.receive::<ProduceRequest>(PRODUCE).await?;
        let topic = answer.responses.first().context("an answer without topics")?;
        let partition =
            topic.partition_responses.first().context("an answer without partitions")?;
        Ok(Answer { error: partition.error_code, base_offset: partition.base_offset })
    }

    /// Reads once: the bytes of batches from `offset` on, and the high watermark.
    pub(crate) async fn fetch(&mut self, partition: i32, offset: i64) -> Result<(Bytes, i64)> {
        let wanted = FetchPartition::default()
            .with_partition(partition)
            .with_fetch_offset(offset)
            .with_partition_max_bytes(FETCH_BYTES);
        let topic = FetchTopic::default().with_topic(topic()).with_partitions(vec![wanted]);
        let request = FetchRequest::default()
            .with_max_wait_ms(0)
            .with_min_bytes(0)
            .with_max_bytes(FETCH_BYTES)
            .with_session_epoch(-1)
            .with_topics(vec![topic]);
        let answer = self.call(&request, FETCH).await?;
        ensure!(answer.error_code == 0, "Fetch: error {}", answer.error_code);
        let topic = answer.responses.into_iter().next().context("an answer without topics")?;
        let read = topic.partitions.into_iter().next().context("an answer without partitions")?;
        ensure!(read.error_code == 0, "Fetch of {partition}: error {}", read.error_code);
        Ok((read.records.unwrap_or_default(), read.high_watermark))
    }

    async fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response> {
        self.send(request, version).await?;
        self.receive::<R>(version).await
    }

    async fn send<R: Request>(&mut self, request: &R, version: i16) -> Result<()> {
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

    async fn receive<R: Request>(&mut self, version: i16) -> Result<R::Response> {
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

fn topic() -> TopicName {
    TopicName(StrBytes::from_static_str(TOPIC))
}
