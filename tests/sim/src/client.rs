use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use broker::server::{Peer, Server};
use bytes::Bytes;
use kafka_protocol::messages as m;
use kafka_protocol::messages::{GroupId, TopicName};
use kafka_protocol::protocol::{Request, StrBytes};
use tokio_util::sync::CancellationToken;

use crate::life::{KEY, SECRET};
use crate::place::Place;
use crate::wire::{Receiver, Sender, wire};

const FETCH: i16 = 12;
const FETCH_BYTES: i32 = 1 << 20;
const OUT_OF_RANGE: i16 = 1;
const GROUP: &str = "sim";

/// A Kafka client that is just enough, over a pipe in memory.
pub(crate) struct Client {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
}

/// What one fetch returned.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Bytes,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Nothing else was answered but the start.
    pub(crate) out_of_range: bool,
}

impl Client {
    /// Connects and signs in.
    pub(crate) async fn connect(server: &Arc<Server>, cancel: &CancellationToken) -> Result<Self> {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let peer =
            Peer { tls: false, tenant: None, address: SocketAddr::from(([127, 0, 0, 1], 1)) };
        tokio::spawn(Arc::clone(server).serve(theirs, peer, cancel.clone()));
        let (sender, receiver) = wire(ours);
        let mut client = Self { sender, receiver };
        let handshake =
            m::SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("PLAIN"));
        let answer = client.call(&handshake, 1).await?;
        ensure!(answer.error_code == 0, "SASL handshake: error {}", answer.error_code);
        let credentials = Bytes::from(format!("\0{KEY}\0{SECRET}"));
        let login = m::SaslAuthenticateRequest::default().with_auth_bytes(credentials);
        let answer = client.call(&login, 1).await?;
        ensure!(answer.error_code == 0, "sign in: {:?}", answer.error_message);
        Ok(client)
    }

    pub(crate) async fn producer_id(&mut self) -> Result<(i64, i16)> {
        let request = m::InitProducerIdRequest::default()
            .with_transactional_id(None)
            .with_transaction_timeout_ms(1000);
        let answer = self.call(&request, 3).await?;
        ensure!(answer.error_code == 0, "InitProducerId: error {}", answer.error_code);
        Ok((answer.producer_id.0, answer.producer_epoch))
    }

    /// The broker that leads a partition, as far as this one knows.
    pub(crate) async fn leader(&mut self, place: Place) -> Result<Option<i32>> {
        let topic =
            m::metadata_request::MetadataRequestTopic::default().with_name(Some(name(place)));
        let request = m::MetadataRequest::default().with_topics(Some(vec![topic]));
        let answer = self.call(&request, 8).await?;
        let topic = answer.topics.first().context("an answer without topics")?;
        let partition = topic.partitions.iter().find(|p| p.partition_index == place.index);
        Ok(partition.map(|p| p.leader_id.0).filter(|id| *id >= 0))
    }

    /// Reads once: batches from `offset` on, and the bounds of the log. Waits up to `wait` for news.
    pub(crate) async fn fetch(
        &mut self,
        place: Place,
        offset: i64,
        wait: Duration,
    ) -> Result<Fetched> {
        let wanted = m::fetch_request::FetchPartition::default()
            .with_partition(place.index)
            .with_fetch_offset(offset)
            .with_partition_max_bytes(FETCH_BYTES);
        let topic = m::fetch_request::FetchTopic::default()
            .with_topic(name(place))
            .with_partitions(vec![wanted]);
        let request = m::FetchRequest::default()
            .with_max_wait_ms(i32::try_from(wait.as_millis())?)
            .with_min_bytes(i32::from(!wait.is_zero()))
            .with_max_bytes(FETCH_BYTES)
            .with_session_epoch(-1)
            .with_topics(vec![topic]);
        let answer = self.call(&request, FETCH).await?;
        ensure!(answer.error_code == 0, "Fetch: error {}", answer.error_code);
        let topic = answer.responses.into_iter().next().context("an answer without topics")?;
        let read = topic.partitions.into_iter().next().context("an answer without partitions")?;
        let (error, bytes) = (read.error_code, read.records.unwrap_or_default());
        ensure!(error == 0 || error == OUT_OF_RANGE, "Fetch of {place}: error {error}");
        let (start, end) = (read.log_start_offset, read.high_watermark);
        Ok(Fetched { bytes, start, end, out_of_range: error == OUT_OF_RANGE })
    }

    /// Asks for the deletion of everything before `offset`; returns the log start.
    pub(crate) async fn delete_records(&mut self, place: Place, offset: i64) -> Result<i64> {
        let partition = m::delete_records_request::DeleteRecordsPartition::default()
            .with_partition_index(place.index)
            .with_offset(offset);
        let topic = m::delete_records_request::DeleteRecordsTopic::default()
            .with_name(name(place))
            .with_partitions(vec![partition]);
        let request =
            m::DeleteRecordsRequest::default().with_timeout_ms(30_000).with_topics(vec![topic]);
        let answer = self.call(&request, 2).await?;
        let topic = answer.topics.first().context("an answer without topics")?;
        let partition = topic.partitions.first().context("an answer without partitions")?;
        ensure!(partition.error_code == 0, "DeleteRecords: error {}", partition.error_code);
        Ok(partition.low_watermark)
    }

    /// Commits an offset of the one group.
    pub(crate) async fn commit(&mut self, place: Place, offset: i64) -> Result<()> {
        let partition = m::offset_commit_request::OffsetCommitRequestPartition::default()
            .with_partition_index(place.index)
            .with_committed_offset(offset)
            .with_committed_metadata(Some(StrBytes::default()));
        let topic = m::offset_commit_request::OffsetCommitRequestTopic::default()
            .with_name(name(place))
            .with_partitions(vec![partition]);
        let request = m::OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        let answer = self.call(&request, 8).await?;
        let topic = answer.topics.first().context("an answer without topics")?;
        let partition = topic.partitions.first().context("an answer without partitions")?;
        ensure!(partition.error_code == 0, "OffsetCommit: error {}", partition.error_code);
        Ok(())
    }

    /// The committed offset of the one group; 0 when there is none.
    pub(crate) async fn committed(&mut self, place: Place) -> Result<i64> {
        let topic = m::offset_fetch_request::OffsetFetchRequestTopic::default()
            .with_name(name(place))
            .with_partition_indexes(vec![place.index]);
        let request = m::OffsetFetchRequest::default()
            .with_group_id(group())
            .with_topics(Some(vec![topic]))
            .with_require_stable(true);
        let answer = self.call(&request, 7).await?;
        ensure!(answer.error_code == 0, "OffsetFetch: error {}", answer.error_code);
        let topic = answer.topics.first().context("an answer without topics")?;
        let partition = topic.partitions.first().context("an answer without partitions")?;
        ensure!(partition.error_code == 0, "OffsetFetch: error {}", partition.error_code);
        Ok(partition.committed_offset.max(0))
    }

    async fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response> {
        self.sender.send(request, version).await?;
        self.receiver.receive::<R>(version).await
    }
}

pub(crate) fn name(place: Place) -> TopicName {
    TopicName(StrBytes::from_static_str(place.topic))
}

fn group() -> GroupId {
    GroupId(StrBytes::from_static_str(GROUP))
}
