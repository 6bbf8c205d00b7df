//! The partitions of each placement group.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use storage::ids::{PartitionId, PgId};

use crate::partition::Partition;

type Group = BTreeMap<PartitionId, Arc<Partition>>;

/// Partitions by group: a pass over one group must not look at all topics.
#[derive(Debug)]
pub(super) struct Members(Vec<RwLock<Group>>);

impl Members {
    pub(super) fn new(groups: usize) -> Self {
        Self((0..groups).map(|_| RwLock::default()).collect())
    }

    pub(super) fn add<'a>(&self, partitions: impl IntoIterator<Item = &'a Arc<Partition>>) {
        for p in partitions {
            self.0[p.pg.id.0 as usize].write().insert(p.id, Arc::clone(p));
        }
    }

    pub(super) fn remove<'a>(&self, partitions: impl IntoIterator<Item = &'a Arc<Partition>>) {
        for p in partitions {
            self.0[p.pg.id.0 as usize].write().remove(&p.id);
        }
    }

    pub(super) fn of(&self, pg: PgId) -> Group {
        self.0[pg.0 as usize].read().clone()
    }
}
