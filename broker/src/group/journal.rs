use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::effects::{Append, AppendId, GroupKey, Record, Response, Text, Token};
use super::offsets::Committed;
use super::record::GroupValue;

/// What becomes true once an append is durable.
#[derive(Debug)]
pub(super) enum Change {
    /// The generation is stored.
    Generation(GroupValue),
    /// The generation is stored with the leader's assignment: members may learn it.
    Assignment(GroupValue),
    /// Offsets are committed.
    Offsets(Vec<(Text, Uuid, i32, Committed)>),
    /// Offsets are gone.
    NoOffsets(Vec<(Text, i32)>),
    /// The group is gone.
    NoGroup,
}

/// An append that is not durable yet.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) key: GroupKey,
    pub(super) change: Change,
    /// The answer to give on success.
    pub(super) reply: Option<(Token, Response)>,
}

/// Appends that are not durable yet, in order.
#[derive(Debug, Default)]
pub(super) struct Journal {
    last: u64,
    pending: BTreeMap<AppendId, Pending>,
}

impl Journal {
    pub(super) fn append(&mut self, records: Vec<Record>, pending: Pending) -> Append {
        self.last += 1;
        let id = AppendId(self.last);
        self.pending.insert(id, pending);
        Append { id, records }
    }

    /// Takes everything up to and including `id`: the log is durable as a prefix.
    pub(super) fn take_through(&mut self, id: AppendId) -> Vec<Pending> {
        let later = self.pending.split_off(&AppendId(id.0 + 1));
        std::mem::replace(&mut self.pending, later).into_values().collect()
    }

    pub(super) fn take(&mut self, id: AppendId) -> Option<Pending> {
        self.pending.remove(&id)
    }

    pub(super) fn take_all(&mut self) -> Vec<Pending> {
        std::mem::take(&mut self.pending).into_values().collect()
    }

    /// Keys of offsets of `group` that are on their way into the log.
    pub(super) fn offsets_in_flight(&self, group: &GroupKey) -> BTreeSet<(Text, i32)> {
        let mut found = BTreeSet::new();
        for pending in self.pending.values().filter(|p| p.key == *group) {
            if let Change::Offsets(entries) = &pending.change {
                found.extend(entries.iter().map(|(name, _, p, _)| (name.clone(), *p)));
            }
        }
        found
    }
}
