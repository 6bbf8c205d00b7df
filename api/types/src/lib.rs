//! The shapes of the public REST API: what goes over the wire, for the server and for clients.
//!
//! Members, names and kinds follow the public contract that existing clients were written for; what
//! Weir adds are extra members that such clients ignore.
//!
//! *Invariants*: every list has a `data` array and leaves `next` out on its last page; times are
//! RFC 3339 in UTC; a member that is absent in a PATCH means "leave it".
//!
//! *Not here*: rules about values (api-app), HTTP (api), rows (api-db).

mod api_key;
mod audit;
mod client_quota;
mod cluster;
mod cluster_event;
mod device;
mod envelope;
mod environment;
mod error;
mod group_mapping;
mod identity_provider;
mod invitation;
mod ip_filter;
mod kafka;
mod kafka_acl;
mod kafka_broker;
mod kafka_config;
mod kafka_group;
mod kafka_record;
mod metrics;
mod notification;
mod organization;
mod registry;
mod role_binding;
mod second_factor;
mod security;
mod service_account;
mod service_quota;
mod session;
mod sso;
mod timestamp;
mod undo;
mod user;
mod v1;

pub use api_key::{ApiKey, ApiKeyCreate, ApiKeySpec, ApiKeySpecRequest, ApiKeyUpdate};
pub use audit::{
    AuditAddress, AuditAuthentication, AuditAuthorization, AuditCredentials, AuditData, AuditEvent,
    AuditFailure, AuditOutcome, AuditRequest, AuditRequestMetadata, AuditSettings,
    AuditSettingsRequest,
};
pub use client_quota::{
    ClientQuota, ClientQuotaRequest, ClientQuotaSpec, ClientQuotaSpecRequest, ClientQuotaThroughput,
};
pub use cluster::{
    Cluster, ClusterConfig, ClusterCreate, ClusterEndpoints, ClusterSpec, ClusterSpecRequest,
    ClusterStatus, ClusterUpdate,
};
pub use cluster_event::ClusterEvent;
pub use device::{DeviceCode, DeviceDecision, DeviceSessionCreate, NewDeviceCode};
pub use envelope::{IdRef, List, ListMeta, ObjectMeta, ObjectRef};
pub use environment::{Environment, EnvironmentRequest, GovernanceConfig};
pub use error::{ErrorItem, ErrorSource, Failure};
pub use group_mapping::{GroupMapping, GroupMappingRequest};
pub use identity_provider::{
    IdentityPool, IdentityPoolRequest, IdentityProvider, IdentityProviderRequest, Jwks, JwksKey,
    JwksRequest, JwksSpec, JwksStatus, TokenExchangeReply, TokenExchangeRequest,
};
pub use invitation::{Invitation, InvitationAccept, InvitationCreate, PasswordChange};
pub use ip_filter::{
    IpFilter, IpFilterCategory, IpFilterOperations, IpFilterRequest, IpFilterSummary, IpGroup,
    IpGroupRequest,
};
pub use kafka::{
    KafkaCluster, KafkaError, KafkaList, KafkaListMeta, KafkaMeta, KafkaPartition, KafkaTopic,
    PartitionsUpdate, Related, TopicCreate, TopicCreateConfig, TopicStatus,
};
pub use kafka_acl::{AclBatch, AclCreate, AclsDeleted, KafkaAcl};
pub use kafka_broker::{KafkaBroker, KafkaReplica};
pub use kafka_config::{
    ConfigAlter, ConfigAlterItem, ConfigSet, KafkaConfigSynonym, KafkaTopicConfig,
};
pub use kafka_group::{
    KafkaConsumer, KafkaConsumerAssignment, KafkaConsumerGroup, KafkaConsumerGroupLagSummary,
    KafkaConsumerLag,
};
pub use kafka_record::{RecordCreate, RecordData, RecordHeader, RecordReport, RecordSize};
pub use metrics::{
    MetricDescriptor, MetricLabel, MetricResource, MetricsAggregation, MetricsAttributes,
    MetricsFilter, MetricsMeta, MetricsOrder, MetricsPage, MetricsPagination, MetricsPoint,
    MetricsQuery,
};
pub use notification::{
    NotificationDelivery, NotificationIntegration, NotificationIntegrationRequest,
    NotificationIntegrationStatus, NotificationSubscription, NotificationSubscriptionRequest,
    NotificationTarget, NotificationTargetRequest, NotificationTestRequest, NotificationType,
};
pub use organization::{Organization, OrganizationUpdate};
pub use registry::{Registry, RegistrySpec, RegistryStatus};
pub use role_binding::{RoleBinding, RoleBindingCreate};
pub use second_factor::{
    NewSecondFactor, RecoveryCodes, SecondFactor, SecondFactorConfirm, SecondFactorCreate,
    SecondFactorRemove,
};
pub use security::{SecurityDeduction, SecurityFinding, SecurityFindingUpdate, SecurityScore};
pub use service_account::{ServiceAccount, ServiceAccountRequest};
pub use service_quota::{AppliedQuota, QuotaScope};
pub use session::{
    V1Account, V1AuditLog, V1LoginRealm, V1Me, V1Organization, V1Session, V1SessionCreate, V1Token,
};
pub use sso::{SsoConnection, SsoConnectionRequest, SsoSessionCreate, SsoSignIn, SsoSignInCreate};
pub use timestamp::{parse_rfc3339, rfc3339};
pub use undo::{DeletedObject, Restoration};
pub use user::{User, UserUpdate};
pub use v1::{
    RoleDefinition, RoleOperations, RolePolicy, V1Cloud, V1Clouds, V1ClusterLimits, V1Limit,
    V1Region, V1TierLimit, V1UsageLimits, V1UsageLimitsReply, V1User, V1Users,
};
