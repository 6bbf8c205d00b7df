use common_types::acl::{Acl, AclFilter};
use common_types::quota::ThroughputChange;
use futures_util::future::BoxFuture;

use super::{
    AuditTopicRepo, Deletion, GroupMappingRepo, IpGuard, KeyRepo, OrgScope, Receipt, ReceiptId,
    SecurityRepo, SystemWide, Terms, UndoRepo, VitalsRepo, WorkloadRepo,
};
use crate::model::{
    AccessOf, AccessRows, ApiKey, AuditEvent, AuditResult, AuditSettings, BootstrapRows,
    ClientQuota, Cluster, ClusterEvent, Delivery, DesiredTopic, Environment, IdentityPool,
    IdentityProvider, Installation, IntegrationHealth, Invitation, InvitationStatus, IpFilter,
    IpGroup, Notice, NotificationIntegration, NotificationSubscription, Organization, Registry,
    RoleBinding, SecondFactor, ServiceAccount, Session, SsoConnection, SsoLink, User,
};

/// The answer of a store.
pub type Stored<'a, T> = BoxFuture<'a, Result<T, RepoError>>;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepoError {
    /// A value that must be unique is taken.
    #[error("taken by {existing_id}")]
    Taken {
        /// What holds the value.
        existing_id: String,
    },
    /// What the new row belongs to is gone or is being deleted.
    #[error("{0} is gone")]
    ParentGone(String),
    /// The row changed since it was read; read it again.
    #[error("the row changed meanwhile")]
    Stale,
    /// After the change an address would be refused that must not be.
    #[error("the address would be refused")]
    LockedOut,
    /// Nobody would be left who administers the organisation.
    #[error("the last administrator")]
    LastAdministrator,
    /// A request under the same key was carried out; nothing was done.
    #[error("carried out already")]
    Repeated,
    /// The store is there but cannot answer now (busy, disk full, connection lost).
    #[error("the store cannot answer: {0}")]
    Unavailable(String),
    /// A stored value cannot be read: corruption, or a newer Weir wrote it.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
}

/// A position in a list ordered by creation: stable when rows come and go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Creation time of the last row seen.
    pub created_us: i64,
    /// Id of the last row seen.
    pub id: String,
}

/// A piece of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    /// Where it starts; the beginning when absent.
    pub after: Option<Cursor>,
    /// Rows at most.
    pub limit: u32,
}

/// Which API keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Only of this owner.
    pub owner_id: Option<String>,
    /// Only of this resource: `cloud` or a cluster id.
    pub resource_id: Option<String>,
}

/// Which role bindings to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingFilter {
    /// The scope.
    pub crn: String,
    /// Also bindings below the scope.
    pub inclusive: bool,
    /// Only of this principal.
    pub principal: Option<String>,
    /// Only of this role.
    pub role_name: Option<String>,
}

/// Which invitations to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvitationFilter {
    /// Only to this e-mail address, in lower case.
    pub email: Option<String>,
    /// Only of this person.
    pub person_id: Option<String>,
    /// Only by this one.
    pub creator_id: Option<String>,
    /// Only those that got this far by then.
    pub status: Option<(InvitationStatus, i64)>,
}

/// Which events of the audit log to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Not before this.
    pub from_us: Option<i64>,
    /// Before this.
    pub until_us: Option<i64>,
    /// Only of this principal: `User:…`.
    pub principal: Option<String>,
    /// Only with this resource, by CRN, or by id or name.
    pub resource: Option<String>,
    /// Only with this result.
    pub result: Option<AuditResult>,
    /// Only of this request.
    pub request_id: Option<String>,
}

/// How much of what is limited a cluster has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaUse {
    /// The cluster.
    pub cluster: Cluster,
    /// Access control lists.
    pub acls: u64,
    /// Client quotas.
    pub client_quotas: u64,
}

/// Whether the store kept a desired topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Kept; a pass creates it when the cluster is there.
    Desired,
    /// Not kept: the cluster is there, so ask its cell.
    ClusterServes,
}

/// The store of the control plane.
///
/// What belongs to an organisation is reached with its [`OrgScope`] alone: what another has is not found,
/// not listed, not counted, not changed, and makes no value taken. The few methods that look at all of
/// them take a [`SystemWide`] instead.
///
/// Every method is one transaction. A method that changes what a pass works on also writes the wake
/// row of that pass in the same transaction, and one that changes something for a request writes the request's
/// event ([`crate::due`]) in it. Rows that are being deleted are not found by reads.
pub trait Repo:
    AuditTopicRepo
    + GroupMappingRepo
    + KeyRepo
    + SecurityRepo
    + UndoRepo
    + VitalsRepo
    + WorkloadRepo
    + Send
    + Sync
{
    /// What the first start made, if there was one.
    fn installation(&self, reach: SystemWide) -> Stored<'_, Option<Installation>>;
    /// Writes the first rows. [`RepoError::Taken`] when there was a first start already.
    fn bootstrap(&self, reach: SystemWide, rows: BootstrapRows) -> Stored<'_, ()>;

    /// A key of whatever organisation.
    fn any_api_key(&self, reach: SystemWide, id: String) -> Stored<'_, Option<ApiKey>>;
    /// A cluster of whatever organisation.
    fn any_cluster(&self, reach: SystemWide, id: String) -> Stored<'_, Option<Cluster>>;

    /// The person with this e-mail address, in lower case, of whatever organisation.
    fn any_person(&self, reach: SystemWide, email: String) -> Stored<'_, Option<User>>;
    /// A session of whatever organisation, also one that is over.
    fn any_session(&self, reach: SystemWide, id: String) -> Stored<'_, Option<Session>>;

    /// The connection, of whatever organisation, that speaks for this domain, in lower case.
    fn any_sso_connection(
        &self,
        reach: SystemWide,
        domain: String,
    ) -> Stored<'_, Option<SsoConnection>>;

    /// An invitation of whatever organisation, also one that is over.
    fn any_invitation(&self, reach: SystemWide, id: String) -> Stored<'_, Option<Invitation>>;

    /// The organisation.
    fn organization(&self, org: OrgScope) -> Stored<'_, Option<Organization>>;
    /// Replaces the organisation if it was last changed at `before_us`, else false.
    fn update_organization(
        &self,
        org: OrgScope,
        row: Organization,
        before_us: i64,
    ) -> Stored<'_, bool>;

    /// Environments by creation.
    fn environments(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<Environment>>;
    /// One environment.
    fn environment(&self, org: OrgScope, id: String) -> Stored<'_, Option<Environment>>;
    /// Adds an environment; its name must be free.
    fn insert_environment(&self, org: OrgScope, row: Environment, terms: Terms) -> Stored<'_, ()>;
    /// Replaces an environment whose stored generation is one less. With governance on and a cluster
    /// there, `registry_id` becomes its registry unless it has one.
    /// A rehearsal changes nothing.
    fn update_environment(
        &self,
        org: OrgScope,
        row: Environment,
        registry_id: String,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Asks for the deletion of an environment and its clusters, with the keys, bindings and topics
    /// below it. False when there is none, or none of this generation.
    fn delete_environment(
        &self,
        org: OrgScope,
        id: String,
        generation: Option<i64>,
        deletion: Deletion,
    ) -> Stored<'_, bool>;

    /// Clusters of an environment by creation.
    fn clusters(
        &self,
        org: OrgScope,
        environment_id: String,
        slice: Slice,
    ) -> Stored<'_, Vec<Cluster>>;
    /// One cluster.
    fn cluster(&self, org: OrgScope, id: String) -> Stored<'_, Option<Cluster>>;
    /// Adds a cluster. With governance on, `registry_id` becomes the environment's registry unless it
    /// has one.
    fn insert_cluster(
        &self,
        org: OrgScope,
        row: Cluster,
        registry_id: String,
        terms: Terms,
    ) -> Stored<'_, ()>;
    /// Replaces what is wanted of a cluster whose stored generation is one less.
    fn update_cluster(&self, org: OrgScope, row: Cluster) -> Stored<'_, ()>;
    /// Asks for the deletion of a cluster, with its keys, bindings, access control lists, client quotas and desired
    /// topics. False when there is none, or none of this generation.
    fn delete_cluster(
        &self,
        org: OrgScope,
        id: String,
        generation: Option<i64>,
        deletion: Deletion,
    ) -> Stored<'_, bool>;

    /// Topics that wait for their cluster, by name.
    fn desired_topics(&self, org: OrgScope, cluster_id: String) -> Stored<'_, Vec<DesiredTopic>>;
    /// Keeps a topic while its cluster is provisioning.
    fn insert_desired_topic(&self, org: OrgScope, row: DesiredTopic) -> Stored<'_, Kept>;
    /// Forgets a topic that waits. False when there is none.
    fn delete_desired_topic(
        &self,
        org: OrgScope,
        cluster_id: String,
        name: String,
    ) -> Stored<'_, bool>;

    /// The registry of an environment.
    fn registry(&self, org: OrgScope, environment_id: String) -> Stored<'_, Option<Registry>>;

    /// Service accounts by creation; with names, only those.
    fn service_accounts(
        &self,
        org: OrgScope,
        names: Vec<String>,
        slice: Slice,
    ) -> Stored<'_, Vec<ServiceAccount>>;
    /// One service account.
    fn service_account(&self, org: OrgScope, id: String) -> Stored<'_, Option<ServiceAccount>>;
    /// Adds a service account; its name must be free.
    fn insert_service_account(
        &self,
        org: OrgScope,
        row: ServiceAccount,
        terms: Terms,
    ) -> Stored<'_, ()>;
    /// Replaces name, description and time of an account that was last changed at `before_us`. A
    /// rehearsal changes nothing.
    fn update_service_account(
        &self,
        org: OrgScope,
        row: ServiceAccount,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Removes a service account with its keys, bindings, access control lists and quotas. False when there is
    /// none, or none that was last changed then.
    fn delete_service_account(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
    ) -> Stored<'_, bool>;

    /// People by creation.
    fn users(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<User>>;
    /// One person.
    fn user(&self, org: OrgScope, id: String) -> Stored<'_, Option<User>>;
    /// Replaces name and time of a person who was last changed at `before_us`. False when there is none.
    fn update_user(&self, org: OrgScope, row: User, before_us: i64) -> Stored<'_, bool>;
    /// Removes a person with sessions, keys, bindings, access control lists and invitation. False when there
    /// is none, or none that was last changed then. [`RepoError::LastAdministrator`] when nobody else
    /// administers the organisation who can sign in. A rehearsal changes nothing.
    fn delete_user(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
        rehearsal: bool,
    ) -> Stored<'_, bool>;
    /// Gives a person another password and ends their sessions but `session_id`. False when there is none
    /// with the hash `before`.
    fn update_password(
        &self,
        org: OrgScope,
        row: User,
        before: String,
        session_id: String,
    ) -> Stored<'_, bool>;

    /// The second factor of a person.
    fn second_factor(&self, org: OrgScope, person_id: String) -> Stored<'_, Option<SecondFactor>>;
    /// Adds a second factor in place of one that was not confirmed. False when there is one that was.
    fn insert_second_factor(&self, org: OrgScope, row: SecondFactor) -> Stored<'_, bool>;
    /// Replaces a second factor that is as `before` says, else false.
    fn update_second_factor(
        &self,
        org: OrgScope,
        row: SecondFactor,
        before: SecondFactor,
    ) -> Stored<'_, bool>;
    /// Notes that a code was taken, if the factor is as `before` says, else false. It is no change that anybody
    /// asked for: no event is written with it.
    fn take_second_factor(
        &self,
        org: OrgScope,
        row: SecondFactor,
        before: SecondFactor,
    ) -> Stored<'_, bool>;
    /// Removes the second factor of a person. False when there is none.
    fn delete_second_factor(&self, org: OrgScope, person_id: String) -> Stored<'_, bool>;

    /// Invitations by creation.
    fn invitations(
        &self,
        org: OrgScope,
        filter: InvitationFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<Invitation>>;
    /// One invitation.
    fn invitation(&self, org: OrgScope, id: String) -> Stored<'_, Option<Invitation>>;
    /// Adds an invitation with its person, whose e-mail address must be free in all of the store, because
    /// people sign in with it. False, and nothing is added, when the organisation has `people_max` people.
    fn insert_invitation(
        &self,
        org: OrgScope,
        row: Invitation,
        person: User,
        people_max: u64,
        terms: Terms,
    ) -> Stored<'_, bool>;
    /// Replaces the invitation, and name and password of its person, if it was not accepted yet, else
    /// false.
    fn accept_invitation(&self, org: OrgScope, row: Invitation, person: User) -> Stored<'_, bool>;
    /// Replaces token and end of an invitation that was last changed at `before_us` and was not accepted. False
    /// when there is none.
    fn renew_invitation(&self, org: OrgScope, row: Invitation, before_us: i64) -> Stored<'_, bool>;
    /// Removes an invitation that was last changed then; one that was not accepted takes its person along,
    /// as [`Repo::delete_user`] does. False when there is none.
    fn delete_invitation(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool>;

    /// Where people of the organisation sign in.
    fn sso_connection(&self, org: OrgScope) -> Stored<'_, Option<SsoConnection>>;
    /// Adds the connection when `before_us` is 0, else replaces the one that was last changed then; false when it is
    /// otherwise. With `sessions_end`, sessions that began at an identity provider end. [`RepoError::Taken`] names a
    /// domain of another organisation's connection or people. A rehearsal changes nothing.
    fn put_sso_connection(
        &self,
        org: OrgScope,
        row: SsoConnection,
        before_us: i64,
        sessions_end: bool,
        rehearsal: bool,
    ) -> Stored<'_, bool>;
    /// Removes the connection that was last changed then, and ends sessions that began at its provider. False when
    /// there is none.
    fn delete_sso_connection(&self, org: OrgScope, updated_us: i64) -> Stored<'_, bool>;
    /// Who of the organisation this one of the provider is.
    fn linked_person(
        &self,
        org: OrgScope,
        issuer: String,
        subject: String,
    ) -> Stored<'_, Option<User>>;
    /// Says who of the provider a person is, and takes their invitation as accepted; whoever has no password is one of
    /// single sign-on from then on. [`RepoError::Taken`] when either of them was said to be another;
    /// [`RepoError::ParentGone`] without that person.
    fn link_person(&self, org: OrgScope, link: SsoLink) -> Stored<'_, bool>;
    /// Adds a person with their link. The e-mail address must be free in all of the store. False, and nothing is
    /// added, when the organisation has `people_max` people.
    fn insert_sso_person(
        &self,
        org: OrgScope,
        person: User,
        link: SsoLink,
        people_max: u64,
    ) -> Stored<'_, bool>;

    /// Adds a session. The oldest ones of the person go when there are more than may be.
    fn insert_session(&self, org: OrgScope, row: Session) -> Stored<'_, ()>;
    /// Notes that a session was used. It is no change that anybody asked for: no event is written with it.
    fn touch_session(&self, org: OrgScope, id: String, used_us: i64) -> Stored<'_, ()>;
    /// Ends a session. False when there is none.
    fn delete_session(&self, org: OrgScope, id: String) -> Stored<'_, bool>;
    /// Drops sessions that began at this time or before it.
    fn forget_sessions(&self, reach: SystemWide, until_us: i64) -> Stored<'_, ()>;

    /// Role bindings by creation.
    fn role_bindings(
        &self,
        org: OrgScope,
        filter: BindingFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<RoleBinding>>;
    /// Every role binding of a principal (`User:…`).
    fn role_bindings_of(&self, org: OrgScope, principal: String) -> Stored<'_, Vec<RoleBinding>>;
    /// One role binding.
    fn role_binding(&self, org: OrgScope, id: String) -> Stored<'_, Option<RoleBinding>>;
    /// Adds a role binding; principal, role and scope together must be free.
    fn insert_role_binding(&self, org: OrgScope, row: RoleBinding, terms: Terms) -> Stored<'_, ()>;
    /// Removes a role binding. False when there is none.
    fn delete_role_binding(&self, org: OrgScope, id: String) -> Stored<'_, bool>;

    /// API keys by creation.
    fn api_keys(&self, org: OrgScope, filter: KeyFilter, slice: Slice) -> Stored<'_, Vec<ApiKey>>;
    /// One API key.
    fn api_key(&self, org: OrgScope, id: String) -> Stored<'_, Option<ApiKey>>;
    /// Adds a key; its owner and its cluster must be there.
    fn insert_api_key(&self, org: OrgScope, row: ApiKey, terms: Terms) -> Stored<'_, ()>;
    /// Replaces name, description and time of a key that was last changed at `before_us`. False when
    /// there is none.
    fn update_api_key(&self, org: OrgScope, row: ApiKey, before_us: i64) -> Stored<'_, bool>;
    /// Removes a key. False when there is none, or none that was last changed then.
    fn delete_api_key(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
    ) -> Stored<'_, bool>;

    /// The access control lists of a cluster.
    fn acls(&self, org: OrgScope, cluster_id: String) -> Stored<'_, Vec<Acl>>;
    /// Those of them that are for any of these principals.
    fn acls_for(
        &self,
        org: OrgScope,
        cluster_id: String,
        principals: Vec<String>,
    ) -> Stored<'_, Vec<Acl>>;
    /// Adds lists; those that are there stay. False, and nothing is added, when the cluster would have
    /// more than `total_max`.
    fn insert_acls(
        &self,
        org: OrgScope,
        cluster_id: String,
        acls: Vec<Acl>,
        total_max: u32,
        now_us: i64,
    ) -> Stored<'_, bool>;
    /// Removes the lists that any of these means, and says which they were, by filter.
    fn delete_acls(
        &self,
        org: OrgScope,
        cluster_id: String,
        filters: Vec<AclFilter>,
    ) -> Stored<'_, Vec<Vec<Acl>>>;

    /// The client quotas of a cluster by creation.
    fn client_quotas(
        &self,
        org: OrgScope,
        cluster_id: String,
        slice: Slice,
    ) -> Stored<'_, Vec<ClientQuota>>;
    /// One client quota.
    fn client_quota(&self, org: OrgScope, id: String) -> Stored<'_, Option<ClientQuota>>;
    /// Adds a client quota whose principals have none of that cluster, else [`RepoError::Taken`]. False, and
    /// nothing is added, when the cluster has as many as it may.
    fn insert_client_quota(
        &self,
        org: OrgScope,
        row: ClientQuota,
        terms: Terms,
    ) -> Stored<'_, bool>;
    /// Replaces a client quota that was last changed at `before_us`. A rehearsal changes nothing.
    fn update_client_quota(
        &self,
        org: OrgScope,
        row: ClientQuota,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Removes a client quota that was last changed then. False when there is none.
    fn delete_client_quota(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool>;

    /// Changes what principals of a cluster may use ([`crate::altered`]): all of it or none. Each change comes
    /// with the quota that its principal may need. False, and nothing is changed, when the cluster would have
    /// more quotas than it may. A rehearsal changes nothing.
    fn alter_client_quotas(
        &self,
        org: OrgScope,
        cluster_id: String,
        changes: Vec<(ThroughputChange, ClientQuota)>,
        rehearsal: bool,
    ) -> Stored<'_, bool>;

    /// Groups of addresses by creation.
    fn ip_groups(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<IpGroup>>;
    /// One group of addresses.
    fn ip_group(&self, org: OrgScope, id: String) -> Stored<'_, Option<IpGroup>>;
    /// Adds a group; its name must be free.
    fn insert_ip_group(&self, org: OrgScope, row: IpGroup, terms: Terms) -> Stored<'_, ()>;
    /// Replaces a group that was last changed at `before_us`.
    fn update_ip_group(
        &self,
        org: OrgScope,
        row: IpGroup,
        before_us: i64,
        guard: IpGuard,
    ) -> Stored<'_, ()>;
    /// Removes a group that was last changed then and is in no filter. False when there is none.
    fn delete_ip_group(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool>;
    /// Filters by creation.
    fn ip_filters(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<IpFilter>>;
    /// One filter.
    fn ip_filter(&self, org: OrgScope, id: String) -> Stored<'_, Option<IpFilter>>;
    /// Adds a filter; its name must be free.
    fn insert_ip_filter(
        &self,
        org: OrgScope,
        row: IpFilter,
        terms: Terms,
        guard: IpGuard,
    ) -> Stored<'_, ()>;
    /// Replaces a filter that was last changed at `before_us`.
    fn update_ip_filter(
        &self,
        org: OrgScope,
        row: IpFilter,
        before_us: i64,
        guard: IpGuard,
    ) -> Stored<'_, ()>;
    /// Removes a filter that was last changed then. False when there is none.
    fn delete_ip_filter(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
        guard: IpGuard,
    ) -> Stored<'_, bool>;
    /// Every filter; when there is one, also all groups of addresses.
    fn ip_rules(&self, org: OrgScope) -> Stored<'_, (Vec<IpFilter>, Vec<IpGroup>)>;

    /// Identity providers by creation.
    fn identity_providers(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<IdentityProvider>>;
    /// One identity provider.
    fn identity_provider(&self, org: OrgScope, id: String) -> Stored<'_, Option<IdentityProvider>>;
    /// Adds a provider; its name must be free. False, and nothing is added, when there are `most` already.
    fn insert_identity_provider(
        &self,
        org: OrgScope,
        row: IdentityProvider,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool>;
    /// Replaces a provider that was last changed at `before_us`. A rehearsal changes nothing.
    fn update_identity_provider(
        &self,
        org: OrgScope,
        row: IdentityProvider,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Replaces the keys of a provider that still reads them from there. False when none does. Unless somebody
    /// asked for it, it is no change that has an event.
    fn keep_identity_keys(
        &self,
        org: OrgScope,
        row: IdentityProvider,
        asked_for: bool,
    ) -> Stored<'_, bool>;
    /// Removes a provider that was last changed then, with its pools and what they may do. False when there is
    /// none.
    fn delete_identity_provider(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
    ) -> Stored<'_, bool>;
    /// The pools of a provider by creation.
    fn identity_pools(
        &self,
        org: OrgScope,
        provider_id: String,
        slice: Slice,
    ) -> Stored<'_, Vec<IdentityPool>>;
    /// One pool.
    fn identity_pool(&self, org: OrgScope, id: String) -> Stored<'_, Option<IdentityPool>>;
    /// Adds a pool to a provider that is there; its name must be free in it. False, and nothing is added, when
    /// the provider has `most` already.
    fn insert_identity_pool(
        &self,
        org: OrgScope,
        row: IdentityPool,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool>;
    /// Replaces a pool that was last changed at `before_us`. A rehearsal changes nothing.
    fn update_identity_pool(
        &self,
        org: OrgScope,
        row: IdentityPool,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Removes a pool that was last changed then, with what it may do. False when there is none.
    fn delete_identity_pool(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool>;

    /// Integrations by creation.
    fn notification_integrations(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Stored<'_, Vec<NotificationIntegration>>;
    /// One integration.
    fn notification_integration(
        &self,
        org: OrgScope,
        id: String,
    ) -> Stored<'_, Option<NotificationIntegration>>;
    /// Adds an integration; its name must be free. False, and nothing is added, when there are `most` already.
    fn insert_notification_integration(
        &self,
        org: OrgScope,
        row: NotificationIntegration,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool>;
    /// Replaces what is wanted of an integration that was last changed at `before_us`; how it goes stays, but that
    /// it is sent to again. A rehearsal changes nothing.
    fn update_notification_integration(
        &self,
        org: OrgScope,
        row: NotificationIntegration,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Removes an integration that was last changed then, with what is on its way to it. False when there is none,
    /// or a subscription has it.
    fn delete_notification_integration(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
    ) -> Stored<'_, bool>;
    /// Subscriptions by creation.
    fn notification_subscriptions(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Stored<'_, Vec<NotificationSubscription>>;
    /// One subscription.
    fn notification_subscription(
        &self,
        org: OrgScope,
        id: String,
    ) -> Stored<'_, Option<NotificationSubscription>>;
    /// Adds a subscription to integrations that are there. False, and nothing is added, when there are `most`
    /// already.
    fn insert_notification_subscription(
        &self,
        org: OrgScope,
        row: NotificationSubscription,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool>;
    /// Replaces a subscription that was last changed at `before_us`; its integrations are there. A rehearsal changes
    /// nothing.
    fn update_notification_subscription(
        &self,
        org: OrgScope,
        row: NotificationSubscription,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Removes a subscription that was last changed then. False when there is none.
    fn delete_notification_subscription(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
    ) -> Stored<'_, bool>;
    /// Messages by time, the newest first; of one integration where it is named.
    fn deliveries(
        &self,
        org: OrgScope,
        integration_id: Option<String>,
        slice: Slice,
    ) -> Stored<'_, Vec<Delivery>>;
    /// Of each integration the oldest message that waits, where that is due; those first that were not sent to for longest.
    fn due_deliveries(
        &self,
        reach: SystemWide,
        now_us: i64,
        limit: u32,
    ) -> Stored<'_, Vec<Delivery>>;
    /// Says how a try went, and how its integration goes. Whatever else waits for the integration is due no sooner
    /// than the message that is tried again, and is given up when the integration is.
    fn settle_delivery(
        &self,
        reach: SystemWide,
        row: Delivery,
        health: IntegrationHealth,
    ) -> Stored<'_, ()>;
    /// Drops messages that ended at this time or before it.
    fn forget_deliveries(&self, reach: SystemWide, until_us: i64) -> Stored<'_, ()>;
    /// Clusters with at least so many access control lists, or so many client quotas.
    fn quota_use(
        &self,
        reach: SystemWide,
        acls: u64,
        client_quotas: u64,
    ) -> Stored<'_, Vec<QuotaUse>>;
    /// Writes down what is so for the first time, each under a mark of its own, and forgets marks that are not among
    /// `kept`: what is so again later is written down again.
    fn settle_marks(
        &self,
        reach: SystemWide,
        raised: Vec<(String, Notice)>,
        kept: Vec<String>,
    ) -> Stored<'_, ()>;

    /// The receipt of a request, also a forgotten one that is still there.
    fn receipt(&self, org: OrgScope, id: ReceiptId) -> Stored<'_, Option<Receipt>>;
    /// Drops receipts from this time and before it.
    fn forget_receipts(&self, reach: SystemWide, until_us: i64) -> Stored<'_, ()>;

    /// Adds events to the audit log; those that are there stay as they are.
    fn insert_audit_events(&self, reach: SystemWide, events: Vec<AuditEvent>) -> Stored<'_, ()>;
    /// Says how the event of a request ended.
    fn end_audit_event(
        &self,
        reach: SystemWide,
        id: String,
        result: AuditResult,
        code: String,
    ) -> Stored<'_, ()>;
    /// Events by time, the newest first.
    fn audit_events(
        &self,
        org: OrgScope,
        filter: AuditFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<AuditEvent>>;
    /// How long the log is kept, once somebody said so.
    fn audit_settings(&self, org: OrgScope) -> Stored<'_, Option<AuditSettings>>;
    /// Replaces that, when it was last changed at `before_us`; 0 for never. False when it was not.
    fn update_audit_settings(
        &self,
        org: OrgScope,
        row: AuditSettings,
        before_us: i64,
    ) -> Stored<'_, bool>;
    /// Drops events that are older than their organisation keeps them, unless it holds them.
    fn expire_audit_events(&self, reach: SystemWide, now_us: i64) -> Stored<'_, u64>;

    /// Events of clusters of an environment, those that are gone too, behind `after`, the oldest first.
    fn cluster_events(
        &self,
        org: OrgScope,
        environment_id: String,
        after: i64,
        limit: u32,
    ) -> Stored<'_, Vec<ClusterEvent>>;
    /// The number of the last event of all; 0 before the first.
    fn last_event(&self, reach: SystemWide) -> Stored<'_, i64>;
    /// Drops events that happened before a time.
    fn expire_cluster_events(&self, reach: SystemWide, before_us: i64) -> Stored<'_, u64>;

    /// Raises the access revision by one and reads what it covers, in one transaction. An answer may speak of
    /// more than it was asked for.
    fn access_rows(&self, reach: SystemWide, of: AccessOf) -> Stored<'_, AccessRows>;
}
