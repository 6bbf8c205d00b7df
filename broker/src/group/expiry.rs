use std::time::Duration;

use uuid::Uuid;

use super::GroupError;
use super::cx::Cx;
use super::effects::{Record, Response, Text, Token};
use super::group_state::{Group, Phase};
use super::journal::Change;
use super::offsets::Committed;
use super::record::RecordKey;

impl Group {
    /// Drops offsets that nobody has used for the retention time, and the group with the last of them.
    pub(super) fn expire(&mut self, cx: &mut Cx<'_>) {
        if self.in_flight > 0 || self.deleting {
            return;
        }
        let subscribed = self.subscription();
        let is_expired = |name: &Text, committed: &Committed| {
            let unused_since = match self.phase {
                Phase::Empty if self.protocol_type.is_some() => {
                    self.empty_since.max(committed.seen)
                }
                Phase::Empty => committed.seen,
                Phase::Joining | Phase::Syncing | Phase::Stable => match &subscribed {
                    Some(topics) if !topics.contains(&**name) => committed.seen,
                    Some(_) | None => Duration::MAX,
                },
            };
            unused_since.saturating_add(cx.settings.offsets_retention) <= cx.now.mono
        };
        let all = self.offsets.iter().count();
        let gone: Vec<(Text, i32)> = self
            .offsets
            .iter()
            .filter(|(name, _, _, committed)| is_expired(name, committed))
            .map(|(name, _, partition, _)| (name.clone(), partition))
            .collect();
        let idle = self.phase == Phase::Empty && self.expected.is_empty();
        if idle && gone.len() == all && (all > 0 || self.stored.is_some()) {
            self.delete(cx, None);
        } else if !gone.is_empty() {
            self.remove_offsets(cx, gone, None);
        }
    }

    /// Drops the offsets of one topic, which was deleted.
    pub(super) fn forget_topic(&mut self, cx: &mut Cx<'_>, topic_id: Uuid) {
        // A commit on its way to a successor of the same name replaces the offsets all by itself.
        let in_flight = cx.journal.offsets_in_flight(&self.key);
        let gone: Vec<(Text, i32)> = self
            .offsets
            .iter()
            .filter(|(_, id, _, _)| *id == topic_id)
            .map(|(name, _, partition, _)| (name.clone(), partition))
            .filter(|(name, _)| !in_flight.iter().any(|(n, _)| n == name))
            .collect();
        if !gone.is_empty() && !self.deleting {
            self.remove_offsets(cx, gone, None);
        }
    }

    /// Deletes the group and all its offsets once that is durable.
    pub(super) fn delete(&mut self, cx: &mut Cx<'_>, reply: Option<(Token, Response)>) {
        let mut gone = cx.journal.offsets_in_flight(&self.key);
        gone.extend(self.offsets.iter().map(|(name, _, p, _)| (name.clone(), p)));
        let mut records: Vec<Record> =
            gone.iter().map(|(topic, p)| self.offset_tombstone(topic, *p)).collect();
        let key = RecordKey::Group { group: self.key.group.clone() }.encode();
        records.push(Record { tenant: self.key.tenant, key, value: None });
        self.deleting = true;
        self.in_flight += 1;
        cx.append(&self.key, records, Change::NoGroup, reply);
    }

    /// Answers everybody who waits in this group with `error`.
    pub(super) fn dismiss(&mut self, cx: &mut Cx<'_>, error: GroupError) {
        let ids: Vec<Text> = self.members.keys().cloned().collect();
        for id in ids {
            self.remove_member(cx, &id, error);
        }
    }
}
