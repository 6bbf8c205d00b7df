//! The use-cases of the control plane: what a request means, whether it may happen, and what it changes.
//!
//! The edges (HTTP, SQL, brokers) stand behind ports: a binary plugs them in, in this order:
//!
//! 1. open the store (`api_db::Store`): it migrates, and implements [`Repo`] and the reconciler's port;
//! 2. [`App::new`] with [`AppParts`]: store, clock, randomness, [`Peppers`] from the data folder,
//!    [`Endpoints`] of this start, the cell ([`DataPlane`]), the brokers' door ([`AccessPublisher`]),
//!    and a `Notify` that the reconciler shares;
//! 3. [`App::bootstrap`]: makes the first things once and returns their secrets in that run alone;
//! 4. [`App::publish_access`]: brokers deny everything until the first snapshot;
//! 5. start the reconciler with the store, the provisioner, the `Notify` and a cancellation token;
//! 6. serve `api::router`.
//!
//! *Invariants*: everything is denied unless a rule of [`authorize`] allows it; a thing that the caller
//! may not know about does not exist for them; secrets leave this crate once, in the answer that made
//! them; a key or role binding is in force at the brokers when the call that changed it returns; a request
//! under a key of its own has its effect once, because its receipt is one transaction with it.
//!
//! *Not here*: HTTP (api), SQL (api-db), passes that make a wish true (reconciler).

mod access;
mod alter_quotas;
mod app;
mod attempts;
mod audit;
mod authz;
mod cidr;
mod devices;
mod factor_seal;
mod failures;
mod identity;
mod invitation_token;
mod ip_rules;
pub mod metrics;
pub mod model;
mod notification;
mod page;
mod password;
mod ports;
mod receipt_seal;
mod rules;
mod scope;
mod secret;
mod security;
mod session_token;
mod sso_seal;
mod sso_waiting;
mod totp;

pub use alter_quotas::altered;
pub use app::{
    ACCESS_TOKEN, AcceptWish, AccountWish, Answer, App, AppParts, AppliedQuota, Asked, AuditWish,
    BindingQuery, BindingWish, BootstrapNames, Bootstrapped, BrokerClient, BrokerDenial,
    CARRIED_OUT, Change, ClusterChange, ClusterEventFilter, ClusterEvents, ClusterWish, ConfigWish,
    DeviceCode, Endpoints, EnvironmentWish, ExchangeWish, Exchanged, Export, FactorState,
    FirstSecrets, GroupMappingWish, IdentityPoolWish, IdentityProviderWish, IntegrationWish,
    InvitationQuery, InvitationWish, IpFilterQuery, IpFilterWish, IpGroupWish, KeyWish, Lag,
    NewFactor, NewIntegration, NewInvitation, NewKey, Once, OrganizationWish, PasswordWish,
    QuotaQuery, QuotaScope, QuotaWish, SECOND_FACTOR_REQUIRED, SignIn, SignInError, SignedIn,
    SsoConnectionWish, SsoLeaving, SsoReturn, SubscriptionWish, TargetWish, Topic, TopicError,
    TopicState, Versioned, Vitals, WaitingDevice, Writer, event_number,
};
pub use audit::{Trail, due, kept};
pub use authz::{
    Action, Caller, Decision, Grant, InClusters, Kind, Level, Resource, Rights, Thing, authorize,
};
pub use cidr::{Cidr, NoCidr};
pub use page::{Page, PageRequest};
pub use ports::{
    AccessPublisher, AuditFilter, AuditTopicRepo, BindingFilter, BrokerInfo, ConfigChange,
    ConfigEntry, ConfigSource, ConfigSynonym, Cursor, DataPlane, DataPlaneError, DeletedKind,
    Deletion, FindingFilter, GroupInfo, GroupMappingRepo, GroupMember, GroupOffset,
    InvitationFilter, IpGuard, KafkaClient, Keep, Kept, KeyFilter, KeyOwner, KeyRepo, KeySetError,
    KeySets, Meter, NewRecord, NewTopic, OrgScope, PartitionInfo, Post, PostError, Poster,
    PublishError, QuotaUse, RECEIPT_KEPT, Reading, Readings, Receipt, ReceiptId, RecordError, Repo,
    RepoError, SecurityRepo, Slice, Stored, SystemWide, Terms, TopicInfo, UndoRepo, VitalsRepo,
    WorkloadRepo, Written,
};
pub use scope::{Part, Scope};
pub use secret::Peppers;
pub use security::{Deduction, SecurityRules, SecurityScore};
