use std::collections::BTreeMap;

use common_types::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A metadata transaction: all operations or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Txn {
    /// The broker epoch on whose behalf it acts; it must be active when the transaction commits.
    pub acting: u64,
    /// What it does.
    pub ops: Vec<MetaOp>,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicRow {
    /// Whose topic.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: Uuid,
    /// Placement group of each partition; frozen per partition.
    pub pgs: Vec<u32>,
    /// Replication factor as asked; shown, never acted on.
    pub replication_factor: i16,
    /// Settings that differ from the defaults.
    pub configs: BTreeMap<String, String>,
    /// When, milliseconds since the Unix epoch.
    pub created_at_ms: i64,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum MetaOp {
    /// An incarnation may write.
    ActivateEpoch {
        /// The epoch that was born.
        epoch: u64,
    },
    /// An epoch is being taken over: it commits nothing more, and its `wal_low` stands still.
    FenceEpoch {
        /// The epoch.
        epoch: u64,
    },
    /// The WAL of an epoch ends for good. One that was fenced before keeps a pin for every placement
    /// group that it still leads.
    SealEpoch {
        /// The epoch.
        epoch: u64,
        /// Its first slot that does not count.
        end: u64,
    },
    /// Slots of an epoch below this one are in manifests, or nobody's any more.
    WalLow {
        /// The epoch.
        epoch: u64,
        /// Lowest slot that is still needed.
        slot: u64,
    },
    /// The claimed manifest of a placement group covers what the group had in the WAL of an epoch.
    Unpin {
        /// The epoch.
        epoch: u64,
        /// The group.
        pg: u32,
    },
    /// An epoch leads a placement group. Its former leader is sealed, or hands it over itself.
    Lead {
        /// The group.
        pg: u32,
        /// The leader.
        epoch: u64,
        /// Kafka leader epoch of all its partitions.
        pg_epoch: i32,
    },
    /// A tenant may have topics.
    PutTenant {
        /// The tenant.
        tenant: TenantId,
    },
    /// A tenant goes, with all its topics.
    RemoveTenant {
        /// The tenant.
        tenant: TenantId,
    },
    /// A topic appears.
    CreateTopic(TopicRow),
    /// A topic grows.
    AddPartitions {
        /// The topic.
        id: Uuid,
        /// Placement groups of the new partitions.
        pgs: Vec<u32>,
    },
    /// A topic's settings are replaced.
    SetConfigs {
        /// The topic.
        id: Uuid,
        /// All settings that differ from the defaults.
        configs: BTreeMap<String, String>,
    },
    /// A topic goes; its name is free at once.
    DeleteTopic {
        /// The topic.
        id: Uuid,
    },
}
