use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use super::effects::Text;

/// One committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Committed {
    pub(super) offset: i64,
    pub(super) leader_epoch: i32,
    pub(super) metadata: Text,
    pub(super) commit_ms: i64,
    /// Running time of the commit, or of the load.
    pub(super) seen: Duration,
}

#[derive(Debug)]
struct TopicOffsets {
    id: Uuid,
    partitions: BTreeMap<i32, Committed>,
}

/// The committed offsets of one group: by topic and partition.
///
/// INVARIANT: at most one topic of a name has offsets. A commit for a topic that was created anew
/// replaces all of its predecessor's, so the name in the key of Kafka's record stays unambiguous.
#[derive(Debug, Default)]
pub(super) struct Offsets(BTreeMap<Text, TopicOffsets>);

impl Offsets {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn insert(&mut self, name: &Text, id: Uuid, partition: i32, value: Committed) {
        let fresh = || TopicOffsets { id, partitions: BTreeMap::new() };
        let topic = self.0.entry(name.clone()).or_insert_with(fresh);
        if topic.id != id {
            *topic = fresh();
        }
        topic.partitions.insert(partition, value);
    }

    pub(super) fn remove(&mut self, name: &Text, partition: i32) {
        let Some(topic) = self.0.get_mut(name) else { return };
        topic.partitions.remove(&partition);
        if topic.partitions.is_empty() {
            self.0.remove(name);
        }
    }

    /// The offset of a partition of this very topic.
    pub(super) fn find(&self, name: &str, id: Uuid, partition: i32) -> Option<&Committed> {
        self.0.get(name).filter(|t| t.id == id)?.partitions.get(&partition)
    }

    /// Whether any topic of this name has an offset for the partition.
    pub(super) fn contains(&self, name: &str, partition: i32) -> bool {
        self.0.get(name).is_some_and(|t| t.partitions.contains_key(&partition))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, Uuid, i32, &Committed)> {
        self.0.iter().flat_map(|(name, topic)| {
            topic.partitions.iter().map(move |(p, value)| (name, topic.id, *p, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: i64) -> Committed {
        let metadata = Text::from("");
        Committed { offset, leader_epoch: -1, metadata, commit_ms: 0, seen: Duration::ZERO }
    }

    #[test]
    fn recreated_topic_starts_without_offsets() {
        let (old, new) = (Uuid::from_u128(10), Uuid::from_u128(11));
        let name = Text::from("orders");
        let mut offsets = Offsets::default();
        offsets.insert(&name, old, 0, at(5));
        offsets.insert(&name, old, 1, at(6));
        assert_eq!(offsets.find("orders", new, 0), None);
        offsets.insert(&name, new, 1, at(1));
        assert_eq!(offsets.find("orders", old, 0), None);
        assert_eq!(offsets.find("orders", new, 1).unwrap().offset, 1);
        assert_eq!(offsets.iter().count(), 1);
        offsets.remove(&name, 1);
        assert!(offsets.is_empty());
    }
}
