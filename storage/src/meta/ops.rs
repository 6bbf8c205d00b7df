use std::collections::BTreeMap;

use common_types::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::levels::FormatLevels;

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

/// A broker that may write, and where it is reached. Gone once its epoch is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerRow {
    /// Its incarnation.
    pub epoch: u64,
    /// Kafka's broker id, one per node name.
    pub id: i32,
    /// Name of the node.
    pub node: String,
    /// Where it runs; empty when nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// Host and port of the plain listener.
    pub plain: (String, u16),
    /// Host and port of the TLS listener.
    pub tls: (String, u16),
    /// Host and port for other brokers; none where it is alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// It gives its placement groups away and gets none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draining: bool,
    /// The levels of cells that its version can serve.
    #[serde(default, skip_serializing_if = "is_default")]
    pub formats: FormatLevels,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_default(formats: &FormatLevels) -> bool {
    *formats == FormatLevels::default()
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
    /// An active incarnation says who it is, or changes what it said.
    RegisterBroker(BrokerRow),
    /// The cell gets a higher format level, which all its brokers know. One that it has already, or a lower
    /// one, changes nothing.
    RaiseLevel {
        /// The level.
        level: u16,
        /// The version of Weir that raises it, for whoever is refused afterwards.
        by: String,
    },
    /// An epoch leads a placement group that nobody leads, or whose leader is sealed; or the leader
    /// itself takes the next leader epoch.
    Lead {
        /// The group.
        pg: u32,
        /// The leader.
        epoch: u64,
        /// Kafka leader epoch of all its partitions.
        pg_epoch: i32,
    },
    /// The leader epoch of a group is at least this; its leader stays.
    RaiseEpoch {
        /// The group.
        pg: u32,
        /// Kafka leader epoch of all its partitions.
        pg_epoch: i32,
    },
    /// A group is to move: its leader stops, sends its state, and completes.
    PlanMove {
        /// The group.
        pg: u32,
        /// Who will lead it.
        to: u64,
        /// One more than the attempt before.
        attempt: u64,
    },
    /// An attempt can never be completed any more.
    CancelMove {
        /// The group.
        pg: u32,
        /// The attempt.
        attempt: u64,
    },
    /// The acting leader hands a group over. The target leads with the next leader epoch, and the WAL of
    /// the acting epoch stays from `from` on until the target's manifest covers it.
    CompleteMove {
        /// The group.
        pg: u32,
        /// The attempt that was planned.
        attempt: u64,
        /// First slot that the manifest of the group does not cover.
        from: u64,
        /// All slots of the group lie below.
        bound: u64,
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
        /// How many it has, when that matters: somebody else may add some at the same time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        present: Option<usize>,
        /// Placement groups of the new partitions.
        pgs: Vec<u32>,
    },
    /// A topic's settings are replaced.
    SetConfigs {
        /// The topic.
        id: Uuid,
        /// What is set now, when that matters: somebody else may change it at the same time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<BTreeMap<String, String>>,
        /// All settings that differ from the defaults.
        configs: BTreeMap<String, String>,
    },
    /// A topic goes; its name is free at once.
    DeleteTopic {
        /// The topic.
        id: Uuid,
    },
}
