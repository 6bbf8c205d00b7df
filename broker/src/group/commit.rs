use uuid::Uuid;

use super::GroupError;
use super::cx::Cx;
use super::effects::{Record, Response, Text, Token};
use super::group_state::{CONSUMER, Group, Phase};
use super::journal::Change;
use super::message::{
    CommitRequest, CommitResponse, CommitResult, CommitTopic, DeleteOffsetsRequest,
    DeleteOffsetsTopic, FetchTopic, FetchedOffset, FetchedTopic, TopicResults,
};
use super::offsets::Committed;
use super::record::{OffsetValue, RecordKey};
use super::subscription::subscribed_topics;

type Entry = (Text, Uuid, i32, Committed);

impl Group {
    pub(super) fn commit(&mut self, cx: &mut Cx<'_>, request: &CommitRequest, token: Token) {
        if let Err(error) = self.check_commit(request) {
            return cx.answer(token, Response::Commit(CommitResponse::refused(request, error)));
        }
        if matches!(self.phase, Phase::Stable | Phase::Joining) {
            self.touch(cx, &request.member_id);
        }
        let mut entries = Vec::new();
        let topics = request.topics.iter().map(|t| accept_topic(cx, t, &mut entries)).collect();
        let response = Response::Commit(CommitResponse { topics });
        if entries.is_empty() {
            return cx.answer(token, response);
        }
        let records = entries.iter().map(|e| self.offset_record(e)).collect();
        self.in_flight += 1;
        cx.append(&self.key, records, Change::Offsets(entries), Some((token, response)));
    }

    pub(super) fn fetch(&self, topics: &[FetchTopic]) -> Vec<FetchedTopic> {
        let fetch_topic = |topic: &FetchTopic| FetchedTopic {
            name: topic.name.clone(),
            id: topic.id,
            offsets: topic
                .partitions
                .iter()
                .map(|p| {
                    let found = topic.id.and_then(|id| self.offsets.find(&topic.name, id, *p));
                    found.map_or_else(|| FetchedOffset::none(*p), |c| fetched(*p, c))
                })
                .collect(),
        };
        topics.iter().map(fetch_topic).collect()
    }

    pub(super) fn fetch_all(&self) -> Vec<FetchedTopic> {
        let mut topics: Vec<FetchedTopic> = Vec::new();
        for (name, id, partition, committed) in self.offsets.iter() {
            let offset = fetched(partition, committed);
            match topics.last_mut() {
                Some(last) if last.name == *name => last.offsets.push(offset),
                Some(_) | None => topics.push(FetchedTopic {
                    name: name.clone(),
                    id: Some(id),
                    offsets: vec![offset],
                }),
            }
        }
        topics
    }

    pub(super) fn delete_offsets(
        &mut self,
        cx: &mut Cx<'_>,
        request: &DeleteOffsetsRequest,
        token: Token,
    ) {
        if let Err(error) = self.check_delete_offsets() {
            return cx.answer(token, Response::DeleteOffsets(Err(error)));
        }
        let subscribed = self.subscription();
        let in_use = |topic: &str| {
            !self.members.is_empty() && subscribed.as_ref().is_none_or(|s| s.contains(topic))
        };
        let in_flight = cx.journal.offsets_in_flight(&self.key);
        let mut gone: Vec<(Text, i32)> = Vec::new();
        let mut topics = Vec::with_capacity(request.topics.len());
        for DeleteOffsetsTopic { name, partitions: asked } in &request.topics {
            let mut partitions = Vec::with_capacity(asked.len());
            for (partition, refused) in asked {
                let used = in_use(name).then_some(GroupError::GroupSubscribedToTopic);
                let result = refused.or(used).map_or(Ok(()), Err);
                let entry = (name.clone(), *partition);
                let exists = self.offsets.contains(name, *partition) || in_flight.contains(&entry);
                if result.is_ok() && exists {
                    gone.push(entry);
                }
                partitions.push(CommitResult { partition: *partition, result });
            }
            topics.push(TopicResults { name: name.clone(), partitions });
        }
        let response = Response::DeleteOffsets(Ok(topics));
        if gone.is_empty() {
            return cx.answer(token, response);
        }
        self.remove_offsets(cx, gone, Some((token, response)));
    }

    /// Writes tombstones for `gone`; the offsets go once these are durable.
    pub(super) fn remove_offsets(
        &mut self,
        cx: &mut Cx<'_>,
        gone: Vec<(Text, i32)>,
        reply: Option<(Token, Response)>,
    ) {
        let records = gone.iter().map(|(topic, p)| self.offset_tombstone(topic, *p)).collect();
        self.in_flight += 1;
        cx.append(&self.key, records, Change::NoOffsets(gone), reply);
    }

    pub(super) fn offset_tombstone(&self, topic: &Text, partition: i32) -> Record {
        Record { tenant: self.key.tenant, key: self.offset_key(topic, partition), value: None }
    }

    pub(super) fn offset_record(&self, (topic, id, partition, committed): &Entry) -> Record {
        let value = OffsetValue {
            topic_id: *id,
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: committed.metadata.clone(),
            commit_ms: committed.commit_ms,
        };
        Record {
            tenant: self.key.tenant,
            key: self.offset_key(topic, *partition),
            value: Some(value.encode()),
        }
    }

    /// The topics that consumers of this group read; `None` when that cannot be known.
    pub(super) fn subscription(&self) -> Option<std::collections::BTreeSet<String>> {
        if self.protocol_type.as_deref() != Some(CONSUMER) {
            return None;
        }
        let protocol = self.protocol.as_deref()?;
        let of_all: Option<Vec<_>> =
            self.members.values().map(|m| subscribed_topics(&m.metadata(protocol))).collect();
        Some(of_all?.into_iter().flatten().collect())
    }

    fn offset_key(&self, topic: &Text, partition: i32) -> bytes::Bytes {
        let group = self.key.group.clone();
        RecordKey::Offset { group, topic: topic.clone(), partition }.encode()
    }

    fn check_commit(&self, request: &CommitRequest) -> Result<(), GroupError> {
        if self.deleting {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        if request.generation < 0 && self.phase == Phase::Empty {
            // A consumer that assigns partitions itself and only stores offsets here.
            return Ok(());
        }
        let is_member = request.generation >= 0
            || !request.member_id.is_empty()
            || request.instance_id.is_some();
        if !is_member {
            return Err(GroupError::UnknownMemberId);
        }
        self.check_member(&request.member_id, request.instance_id.as_deref())?;
        if request.generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        // Offsets of the coming generation would be taken for those of a member that owns nothing yet.
        if self.phase == Phase::Syncing {
            return Err(GroupError::RebalanceInProgress);
        }
        Ok(())
    }

    fn check_delete_offsets(&self) -> Result<(), GroupError> {
        if self.deleting {
            return Err(GroupError::GroupIdNotFound);
        }
        let others = self.protocol_type.as_deref() != Some(CONSUMER);
        if others && !self.members.is_empty() {
            return Err(GroupError::NonEmptyGroup);
        }
        Ok(())
    }
}

impl CommitResponse {
    /// The same fault for every partition that the caller has not refused already.
    pub(crate) fn refused(request: &CommitRequest, error: GroupError) -> Self {
        let refuse = |t: &CommitTopic| TopicResults {
            name: t.name.clone(),
            partitions: t
                .partitions
                .iter()
                .map(|p| CommitResult {
                    partition: p.partition,
                    result: Err(p.refused.unwrap_or(error)),
                })
                .collect(),
        };
        Self { topics: request.topics.iter().map(refuse).collect() }
    }
}

fn accept_topic(cx: &Cx<'_>, topic: &CommitTopic, entries: &mut Vec<Entry>) -> TopicResults {
    let mut partitions = Vec::with_capacity(topic.partitions.len());
    for p in &topic.partitions {
        let too_large = p.metadata.len() > cx.settings.offset_metadata_size_max;
        let too_large = too_large.then_some(GroupError::OffsetMetadataTooLarge);
        let result = p.refused.or(too_large).map_or(Ok(()), Err);
        if result.is_ok() {
            let committed = Committed {
                offset: p.offset,
                leader_epoch: p.leader_epoch.max(-1),
                metadata: p.metadata.clone(),
                commit_ms: cx.now.wall_ms,
                seen: cx.now.mono,
            };
            entries.push((topic.name.clone(), topic.id, p.partition, committed));
        }
        partitions.push(CommitResult { partition: p.partition, result });
    }
    TopicResults { name: topic.name.clone(), partitions }
}

fn fetched(partition: i32, committed: &Committed) -> FetchedOffset {
    FetchedOffset {
        partition,
        offset: committed.offset,
        leader_epoch: committed.leader_epoch,
        metadata: committed.metadata.clone(),
    }
}

impl FetchedOffset {
    /// No offset is committed.
    #[must_use]
    pub fn none(partition: i32) -> Self {
        Self { partition, offset: -1, leader_epoch: -1, metadata: "".into() }
    }
}
