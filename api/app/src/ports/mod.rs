//! What this crate asks of others.

mod access_publisher;
mod audit_topic_repo;
mod data_plane;
mod data_plane_error;
mod group_mapping_repo;
mod ip_guard;
mod kafka_client;
mod key_repo;
mod key_sets;
mod meter;
mod poster;
mod reach;
mod receipt;
mod records;
mod repo;
mod security_repo;
mod undo_repo;
mod vitals_repo;
mod workload_repo;

pub use access_publisher::{AccessPublisher, PublishError};
pub use audit_topic_repo::AuditTopicRepo;
pub use data_plane::{
    ConfigChange, ConfigEntry, ConfigSource, ConfigSynonym, DataPlane, NewTopic, PartitionInfo,
    TopicInfo,
};
pub use data_plane_error::DataPlaneError;
pub use group_mapping_repo::GroupMappingRepo;
pub use ip_guard::IpGuard;
pub use kafka_client::{BrokerInfo, GroupInfo, GroupMember, GroupOffset, KafkaClient, KeyOwner};
pub use key_repo::KeyRepo;
pub use key_sets::{KeySetError, KeySets};
pub use meter::{Meter, Reading, Readings};
pub use poster::{Post, PostError, Poster};
pub use reach::{OrgScope, SystemWide};
pub use receipt::{RECEIPT_KEPT, Receipt, ReceiptId, Terms};
pub use records::{NewRecord, RecordError, Written};
pub use repo::{
    AuditFilter, BindingFilter, Cursor, InvitationFilter, Kept, KeyFilter, QuotaUse, Repo,
    RepoError, Slice, Stored,
};
pub use security_repo::{FindingFilter, SecurityRepo};
pub use undo_repo::{DeletedKind, Deletion, Keep, UndoRepo};
pub use vitals_repo::VitalsRepo;
pub use workload_repo::WorkloadRepo;
