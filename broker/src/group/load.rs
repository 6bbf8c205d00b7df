use std::collections::BTreeMap;
use std::sync::Arc;

use common_seams::Rng;

use super::coordinator::GroupCoordinator;
use super::cx::Cx;
use super::effects::{Effects, GroupKey, Now, Record, Text};
use super::group_state::{Group, Phase};
use super::member::Member;
use super::offsets::{Committed, Offsets};
use super::record::{GroupValue, OffsetValue, RecordError, RecordKey};
use super::settings::GroupSettings;

#[derive(Debug, Default)]
struct Loaded {
    stored: Option<GroupValue>,
    offsets: Offsets,
}

impl GroupCoordinator {
    /// The state after all `records` of a slot, oldest first.
    ///
    /// Members of a stored generation keep their work: their sessions start anew and their heartbeats
    /// are accepted. The next generation leaves out one number, because the one after the stored
    /// generation may have been handed out without having been stored.
    ///
    /// # Errors
    /// When a record cannot be read: going on would forget offsets silently.
    pub fn load(
        settings: GroupSettings,
        rng: Arc<dyn Rng>,
        now: Now,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<Self, RecordError> {
        let mut found: BTreeMap<GroupKey, Loaded> = BTreeMap::new();
        for record in records {
            replay(&mut found, now, &record)?;
        }
        let mut coordinator = Self::new(settings, rng);
        for (key, loaded) in found {
            let mut group = Group::new(key.clone(), now);
            group.offsets = loaded.offsets;
            if let Some(value) = loaded.stored {
                let none = coordinator.with_cx(now, |cx| group.restore(cx, value));
                debug_assert_eq!(none, Effects::default());
            }
            if !group.is_vacant() {
                coordinator.adopt(now, key, group);
            }
        }
        Ok(coordinator)
    }

    /// All durable state as records: loading them gives this state again.
    ///
    /// Appends that are not durable yet are left out; they come after the snapshot in the log.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for group in self.all_groups() {
            records.extend(group.stored.as_ref().map(|value| group.generation_record(value)));
            records.extend(group.offsets.iter().map(|(name, id, partition, committed)| {
                group.offset_record(&(name.clone(), id, partition, committed.clone()))
            }));
        }
        records
    }
}

fn replay(
    found: &mut BTreeMap<GroupKey, Loaded>,
    now: Now,
    record: &Record,
) -> Result<(), RecordError> {
    let key_of = |group: Text| GroupKey { tenant: record.tenant, group };
    match (RecordKey::decode(&record.key)?, &record.value) {
        (RecordKey::Group { group }, value) => {
            let stored = value.as_ref().map(GroupValue::decode).transpose()?;
            found.entry(key_of(group)).or_default().stored = stored;
        }
        (RecordKey::Offset { group, topic, partition }, Some(value)) => {
            let value = OffsetValue::decode(value)?;
            let committed = Committed {
                offset: value.offset,
                leader_epoch: value.leader_epoch,
                metadata: value.metadata,
                commit_ms: value.commit_ms,
                seen: now.mono,
            };
            let offsets = &mut found.entry(key_of(group)).or_default().offsets;
            offsets.insert(&topic, value.topic_id, partition, committed);
        }
        (RecordKey::Offset { group, topic, partition }, None) => {
            if let Some(loaded) = found.get_mut(&key_of(group)) {
                loaded.offsets.remove(&topic, partition);
            }
        }
    }
    Ok(())
}

impl Group {
    fn restore(&mut self, cx: &mut Cx<'_>, value: GroupValue) {
        self.generation = value.generation;
        self.next_generation = value.generation.wrapping_add(2).max(1);
        self.protocol_type = Some(value.protocol_type.clone());
        self.protocol.clone_from(&value.protocol);
        self.leader.clone_from(&value.leader);
        self.phase = if value.members.is_empty() { Phase::Empty } else { Phase::Stable };
        self.phase_ms = value.state_ms;
        let protocol = value.protocol.clone().unwrap_or_else(|| "".into());
        for stored in &value.members {
            let id = stored.member_id.clone();
            let seq = self.next_seq();
            if let Some(instance) = &stored.instance_id {
                self.instances.insert(instance.clone(), id.clone());
            }
            self.members.insert(id.clone(), Member::loaded(stored, &protocol, seq));
            self.touch(cx, &id);
        }
        self.stored = Some(value);
    }
}
