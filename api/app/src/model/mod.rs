//! The records of the control plane, as the store keeps them.

mod access_rows;
mod api_key;
mod audit;
mod client_quota;
mod cluster;
mod cluster_event;
mod desired_topic;
mod environment;
mod identity;
mod identity_provider;
mod installation;
mod invitation;
mod ip_filter;
mod notification;
mod registry;
mod role_binding;
mod second_factor;
mod security;
mod session;
mod sso;
mod text_enum;
mod undo;
mod vitals;

pub use access_rows::{AccessOf, AccessRows, TenantRow};
pub use api_key::{ApiKey, KeyScope};
pub use audit::{
    AUDIT_RETENTION_DAYS, AUDIT_TOPIC, AuditDue, AuditEvent, AuditKind, AuditResult, AuditService,
    AuditSettings, AuditTopic,
};
pub use client_quota::ClientQuota;
pub use cluster::{Availability, Cluster, ClusterConfig, ClusterKind, Phase};
pub use cluster_event::ClusterEvent;
pub use desired_topic::DesiredTopic;
pub use environment::{Environment, Package};
pub use identity::{AuthType, Organization, ServiceAccount, User};
pub use identity_provider::{IdentityKey, IdentityPool, IdentityProvider, KeySetStatus};
pub use installation::{BootstrapRows, Installation};
pub use invitation::{INVITATION_LIFE, Invitation, InvitationStatus, PEOPLE_MAX};
pub use ip_filter::{IpFilter, IpGroup, OperationGroup};
pub use notification::{
    DELIVERIES_WAITING_MAX, Delivery, DeliveryState, IntegrationHealth, Notice, NoticeType,
    NotificationIntegration, NotificationSubscription, SubscriptionState, TargetKind,
};
pub use registry::Registry;
pub use role_binding::{Role, RoleBinding};
pub use second_factor::{RECOVERY_CODES, SecondFactor};
pub use security::{
    FINDINGS_MAX, FindingRule, FindingState, SEEN_ADDRESSES_MAX, SecurityFinding, SecurityHit,
    SeenAddress,
};
pub(crate) use session::micros;
pub use session::{SESSION_IDLE_MAX, SESSION_LIFE_MAX, SESSIONS_PER_PERSON_MAX, Session};
pub(crate) use sso::domain_of;
pub use sso::{GroupMapping, SsoConnection, SsoLink};
pub use text_enum::UnknownText;
pub use undo::{Deleted, Restored};
pub use vitals::{Backlog, StoreVitals};
