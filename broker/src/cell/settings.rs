use std::time::Duration;

use storage::levels::FormatLevels;
use storage::wal::FsyncPolicy;

/// Where clients reach a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Settings of a cell.
#[derive(Debug, Clone)]
pub struct CellSettings {
    /// Name of this node, for logs and births.
    pub node: String,
    /// Kafka's broker id.
    pub broker_id: i32,
    /// Where it runs; empty when nobody said.
    pub zone: String,
    /// Where other brokers reach this one, host and port.
    pub peer: Option<String>,
    /// The levels of cells that this version serves.
    pub formats: FormatLevels,
    /// When a record counts as durable.
    pub fsync: FsyncPolicy,
    /// Bytes of recent batches that are kept in memory.
    pub cache_bytes: usize,
    /// Placement groups of a new cell.
    pub placement_groups: u32,
    /// Advertised to clients of the plain listener.
    pub plain: Endpoint,
    /// Advertised to clients of the TLS listener.
    pub tls: Endpoint,
    /// Whether a Metadata or Produce of an unknown topic creates it.
    pub auto_create_topics: bool,
    /// Partitions of a topic when nobody says.
    pub partitions_default: i32,
    /// Time between retention passes.
    pub retention_interval: Duration,
    /// A snapshot of the metadata is written after so many entries, where no controller does it.
    pub metadata_entries: u64,
    /// How long an idle producer is remembered, in running time.
    pub producer_idle: Duration,
    /// How long a new group waits for more members before its first rebalance.
    pub initial_rebalance_delay: Duration,
}
