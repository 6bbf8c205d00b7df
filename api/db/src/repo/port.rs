use api_app::model::{
    AccessOf, AccessRows, ApiKey, AuditEvent, AuditResult, AuditSettings, BootstrapRows,
    ClientQuota, Cluster, ClusterEvent, Delivery, DesiredTopic, Environment, IdentityPool,
    IdentityProvider, Installation, IntegrationHealth, Invitation, IpFilter, IpGroup, Notice,
    NotificationIntegration, NotificationSubscription, Organization, Registry, RoleBinding,
    SecondFactor, ServiceAccount, Session, SsoConnection, SsoLink, User,
};
use api_app::{
    AuditFilter, BindingFilter, Deletion, InvitationFilter, IpGuard, Kept, KeyFilter, OrgScope,
    QuotaUse, Receipt, ReceiptId, Repo, Slice, Stored, SystemWide, Terms,
};
use common_types::acl::{Acl, AclFilter};
use common_types::quota::ThroughputChange;

use crate::Store;

/// Boxes the future and maps its fault, for each method of the port, in a span of its name.
macro_rules! stored {
    ($self:ident.$method:ident($($argument:expr),* $(,)?)) => {
        Box::pin(tracing::Instrument::instrument(
            async move { $self.$method($($argument),*).await.map_err(api_app::RepoError::from) },
            tracing::info_span!(
                target: common_seams::SPANS,
                "store",
                otel.name = concat!("store ", stringify!($method)),
            ),
        ))
    };
}

pub(super) use stored;

impl Repo for Store {
    fn installation(&self, _: SystemWide) -> Stored<'_, Option<Installation>> {
        stored!(self.read_installation())
    }
    fn bootstrap(&self, _: SystemWide, rows: BootstrapRows) -> Stored<'_, ()> {
        stored!(self.write_bootstrap(rows))
    }
    fn any_api_key(&self, _: SystemWide, id: String) -> Stored<'_, Option<ApiKey>> {
        stored!(self.read_any_api_key(id))
    }
    fn any_cluster(&self, _: SystemWide, id: String) -> Stored<'_, Option<Cluster>> {
        stored!(self.read_any_cluster(id))
    }
    fn any_person(&self, _: SystemWide, email: String) -> Stored<'_, Option<User>> {
        stored!(self.read_any_person(email))
    }
    fn any_session(&self, _: SystemWide, id: String) -> Stored<'_, Option<Session>> {
        stored!(self.read_any_session(id))
    }
    fn any_invitation(&self, _: SystemWide, id: String) -> Stored<'_, Option<Invitation>> {
        stored!(self.read_any_invitation(id))
    }
    fn any_sso_connection(
        &self,
        _: SystemWide,
        domain: String,
    ) -> Stored<'_, Option<SsoConnection>> {
        stored!(self.read_any_sso_connection(domain))
    }
    fn sso_connection(&self, org: OrgScope) -> Stored<'_, Option<SsoConnection>> {
        stored!(self.read_sso_connection(org))
    }
    fn put_sso_connection(
        &self,
        org: OrgScope,
        row: SsoConnection,
        before_us: i64,
        sessions_end: bool,
        rehearsal: bool,
    ) -> Stored<'_, bool> {
        stored!(self.write_sso_connection(org, row, before_us, sessions_end, rehearsal))
    }
    fn delete_sso_connection(&self, org: OrgScope, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_sso_connection(org, updated_us))
    }
    fn linked_person(
        &self,
        org: OrgScope,
        issuer: String,
        subject: String,
    ) -> Stored<'_, Option<User>> {
        stored!(self.read_linked_person(org, issuer, subject))
    }
    fn link_person(&self, org: OrgScope, link: SsoLink) -> Stored<'_, bool> {
        stored!(self.write_link(org, link))
    }
    fn insert_sso_person(
        &self,
        org: OrgScope,
        person: User,
        link: SsoLink,
        people_max: u64,
    ) -> Stored<'_, bool> {
        stored!(self.write_sso_person(org, person, link, people_max))
    }
    fn identity_providers(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<IdentityProvider>> {
        stored!(self.list_identity_providers(org, slice))
    }
    fn identity_provider(&self, org: OrgScope, id: String) -> Stored<'_, Option<IdentityProvider>> {
        stored!(self.read_identity_provider(org, id))
    }
    fn insert_identity_provider(
        &self,
        org: OrgScope,
        row: IdentityProvider,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool> {
        stored!(self.write_identity_provider(org, row, most, terms))
    }
    fn update_identity_provider(
        &self,
        org: OrgScope,
        row: IdentityProvider,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_identity_provider(org, row, before_us, rehearsal))
    }
    fn keep_identity_keys(
        &self,
        org: OrgScope,
        row: IdentityProvider,
        asked_for: bool,
    ) -> Stored<'_, bool> {
        stored!(self.replace_identity_keys(org, row, asked_for))
    }
    fn delete_identity_provider(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.remove_identity_provider(org, id, updated_us))
    }
    fn identity_pools(
        &self,
        org: OrgScope,
        provider_id: String,
        slice: Slice,
    ) -> Stored<'_, Vec<IdentityPool>> {
        stored!(self.list_identity_pools(org, provider_id, slice))
    }
    fn identity_pool(&self, org: OrgScope, id: String) -> Stored<'_, Option<IdentityPool>> {
        stored!(self.read_identity_pool(org, id))
    }
    fn insert_identity_pool(
        &self,
        org: OrgScope,
        row: IdentityPool,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool> {
        stored!(self.write_identity_pool(org, row, most, terms))
    }
    fn update_identity_pool(
        &self,
        org: OrgScope,
        row: IdentityPool,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_identity_pool(org, row, before_us, rehearsal))
    }
    fn delete_identity_pool(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_identity_pool(org, id, updated_us))
    }
    fn insert_session(&self, org: OrgScope, row: Session) -> Stored<'_, ()> {
        stored!(self.write_session(org, row))
    }
    fn touch_session(&self, org: OrgScope, id: String, used_us: i64) -> Stored<'_, ()> {
        stored!(self.note_session(org, id, used_us))
    }
    fn delete_session(&self, org: OrgScope, id: String) -> Stored<'_, bool> {
        stored!(self.remove_session(org, id))
    }
    fn forget_sessions(&self, _: SystemWide, until_us: i64) -> Stored<'_, ()> {
        stored!(self.remove_old_sessions(until_us))
    }
    fn organization(&self, org: OrgScope) -> Stored<'_, Option<Organization>> {
        stored!(self.read_organization(org))
    }
    fn update_organization(
        &self,
        org: OrgScope,
        row: Organization,
        before_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.replace_organization(org, row, before_us))
    }
    fn environments(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<Environment>> {
        stored!(self.list_environments(org, slice))
    }
    fn environment(&self, org: OrgScope, id: String) -> Stored<'_, Option<Environment>> {
        stored!(self.read_environment(org, id))
    }
    fn insert_environment(&self, org: OrgScope, row: Environment, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_environment(org, row, terms))
    }
    fn update_environment(
        &self,
        org: OrgScope,
        row: Environment,
        registry_id: String,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_environment(org, row, registry_id, rehearsal))
    }
    fn delete_environment(
        &self,
        org: OrgScope,
        id: String,
        generation: Option<i64>,
        deletion: Deletion,
    ) -> Stored<'_, bool> {
        stored!(self.mark_environment(org, id, generation, deletion))
    }
    fn clusters(
        &self,
        org: OrgScope,
        environment_id: String,
        slice: Slice,
    ) -> Stored<'_, Vec<Cluster>> {
        stored!(self.list_clusters(org, environment_id, slice))
    }
    fn cluster(&self, org: OrgScope, id: String) -> Stored<'_, Option<Cluster>> {
        stored!(self.read_cluster(org, id))
    }
    fn insert_cluster(
        &self,
        org: OrgScope,
        row: Cluster,
        registry_id: String,
        terms: Terms,
    ) -> Stored<'_, ()> {
        stored!(self.write_cluster(org, row, registry_id, terms))
    }
    fn update_cluster(&self, org: OrgScope, row: Cluster) -> Stored<'_, ()> {
        stored!(self.replace_cluster(org, row))
    }
    fn delete_cluster(
        &self,
        org: OrgScope,
        id: String,
        generation: Option<i64>,
        deletion: Deletion,
    ) -> Stored<'_, bool> {
        stored!(self.mark_cluster(org, id, generation, deletion))
    }
    fn desired_topics(&self, org: OrgScope, cluster_id: String) -> Stored<'_, Vec<DesiredTopic>> {
        stored!(self.list_desired_topics(org, cluster_id))
    }
    fn insert_desired_topic(&self, org: OrgScope, row: DesiredTopic) -> Stored<'_, Kept> {
        stored!(self.write_desired_topic(org, row))
    }
    fn delete_desired_topic(
        &self,
        org: OrgScope,
        cluster_id: String,
        name: String,
    ) -> Stored<'_, bool> {
        stored!(self.remove_desired_topic(org, cluster_id, name))
    }
    fn registry(&self, org: OrgScope, environment_id: String) -> Stored<'_, Option<Registry>> {
        stored!(self.read_registry(org, environment_id))
    }
    fn service_accounts(
        &self,
        org: OrgScope,
        names: Vec<String>,
        slice: Slice,
    ) -> Stored<'_, Vec<ServiceAccount>> {
        stored!(self.list_service_accounts(org, names, slice))
    }
    fn service_account(&self, org: OrgScope, id: String) -> Stored<'_, Option<ServiceAccount>> {
        stored!(self.read_service_account(org, id))
    }
    fn insert_service_account(
        &self,
        org: OrgScope,
        row: ServiceAccount,
        terms: Terms,
    ) -> Stored<'_, ()> {
        stored!(self.write_service_account(org, row, terms))
    }
    fn update_service_account(
        &self,
        org: OrgScope,
        row: ServiceAccount,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_service_account(org, row, before_us, rehearsal))
    }
    fn delete_service_account(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
    ) -> Stored<'_, bool> {
        stored!(self.remove_service_account(org, id, updated_us))
    }
    fn users(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<User>> {
        stored!(self.list_users(org, slice))
    }
    fn user(&self, org: OrgScope, id: String) -> Stored<'_, Option<User>> {
        stored!(self.read_user(org, id))
    }
    fn update_user(&self, org: OrgScope, row: User, before_us: i64) -> Stored<'_, bool> {
        stored!(self.replace_user(org, row, before_us))
    }
    fn delete_user(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
        rehearsal: bool,
    ) -> Stored<'_, bool> {
        stored!(self.remove_user(org, id, updated_us, rehearsal))
    }
    fn update_password(
        &self,
        org: OrgScope,
        row: User,
        before: String,
        session_id: String,
    ) -> Stored<'_, bool> {
        stored!(self.replace_password(org, row, before, session_id))
    }
    fn second_factor(&self, org: OrgScope, person_id: String) -> Stored<'_, Option<SecondFactor>> {
        stored!(self.read_second_factor(org, person_id))
    }
    fn insert_second_factor(&self, org: OrgScope, row: SecondFactor) -> Stored<'_, bool> {
        stored!(self.write_second_factor(org, row))
    }
    fn update_second_factor(
        &self,
        org: OrgScope,
        row: SecondFactor,
        before: SecondFactor,
    ) -> Stored<'_, bool> {
        stored!(self.replace_second_factor(org, row, before))
    }
    fn take_second_factor(
        &self,
        org: OrgScope,
        row: SecondFactor,
        before: SecondFactor,
    ) -> Stored<'_, bool> {
        stored!(self.note_second_factor(org, row, before))
    }
    fn delete_second_factor(&self, org: OrgScope, person_id: String) -> Stored<'_, bool> {
        stored!(self.remove_second_factor(org, person_id))
    }
    fn invitations(
        &self,
        org: OrgScope,
        filter: InvitationFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<Invitation>> {
        stored!(self.list_invitations(org, filter, slice))
    }
    fn invitation(&self, org: OrgScope, id: String) -> Stored<'_, Option<Invitation>> {
        stored!(self.read_invitation(org, id))
    }
    fn insert_invitation(
        &self,
        org: OrgScope,
        row: Invitation,
        person: User,
        people_max: u64,
        terms: Terms,
    ) -> Stored<'_, bool> {
        stored!(self.write_invitation(org, row, person, people_max, terms))
    }
    fn accept_invitation(&self, org: OrgScope, row: Invitation, person: User) -> Stored<'_, bool> {
        stored!(self.end_invitation(org, row, person))
    }
    fn renew_invitation(&self, org: OrgScope, row: Invitation, before_us: i64) -> Stored<'_, bool> {
        stored!(self.replace_invitation(org, row, before_us))
    }
    fn delete_invitation(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_invitation(org, id, updated_us))
    }
    fn role_bindings(
        &self,
        org: OrgScope,
        filter: BindingFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<RoleBinding>> {
        stored!(self.list_role_bindings(org, filter, slice))
    }
    fn role_bindings_of(&self, org: OrgScope, principal: String) -> Stored<'_, Vec<RoleBinding>> {
        stored!(self.list_role_bindings_of(org, principal))
    }
    fn role_binding(&self, org: OrgScope, id: String) -> Stored<'_, Option<RoleBinding>> {
        stored!(self.read_role_binding(org, id))
    }
    fn insert_role_binding(&self, org: OrgScope, row: RoleBinding, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_role_binding(org, row, terms))
    }
    fn delete_role_binding(&self, org: OrgScope, id: String) -> Stored<'_, bool> {
        stored!(self.remove_role_binding(org, id))
    }
    fn api_keys(&self, org: OrgScope, filter: KeyFilter, slice: Slice) -> Stored<'_, Vec<ApiKey>> {
        stored!(self.list_api_keys(org, filter, slice))
    }
    fn api_key(&self, org: OrgScope, id: String) -> Stored<'_, Option<ApiKey>> {
        stored!(self.read_api_key(org, id))
    }
    fn insert_api_key(&self, org: OrgScope, row: ApiKey, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_api_key(org, row, terms))
    }
    fn update_api_key(&self, org: OrgScope, row: ApiKey, before_us: i64) -> Stored<'_, bool> {
        stored!(self.replace_api_key(org, row, before_us))
    }
    fn delete_api_key(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
    ) -> Stored<'_, bool> {
        stored!(self.remove_api_key(org, id, updated_us))
    }
    fn acls(&self, org: OrgScope, cluster_id: String) -> Stored<'_, Vec<Acl>> {
        stored!(self.list_acls(org, cluster_id))
    }
    fn acls_for(
        &self,
        org: OrgScope,
        cluster_id: String,
        principals: Vec<String>,
    ) -> Stored<'_, Vec<Acl>> {
        stored!(self.list_acls_for(org, cluster_id, principals))
    }
    fn insert_acls(
        &self,
        org: OrgScope,
        cluster_id: String,
        acls: Vec<Acl>,
        total_max: u32,
        now_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.write_acls(org, cluster_id, acls, total_max, now_us))
    }
    fn delete_acls(
        &self,
        org: OrgScope,
        cluster_id: String,
        filters: Vec<AclFilter>,
    ) -> Stored<'_, Vec<Vec<Acl>>> {
        stored!(self.remove_acls(org, cluster_id, filters))
    }
    fn client_quotas(
        &self,
        org: OrgScope,
        cluster_id: String,
        slice: Slice,
    ) -> Stored<'_, Vec<ClientQuota>> {
        stored!(self.list_client_quotas(org, cluster_id, slice))
    }
    fn client_quota(&self, org: OrgScope, id: String) -> Stored<'_, Option<ClientQuota>> {
        stored!(self.read_client_quota(org, id))
    }
    fn insert_client_quota(
        &self,
        org: OrgScope,
        row: ClientQuota,
        terms: Terms,
    ) -> Stored<'_, bool> {
        stored!(self.write_client_quota(org, row, terms))
    }
    fn update_client_quota(
        &self,
        org: OrgScope,
        row: ClientQuota,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_client_quota(org, row, before_us, rehearsal))
    }
    fn delete_client_quota(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_client_quota(org, id, updated_us))
    }
    fn alter_client_quotas(
        &self,
        org: OrgScope,
        cluster_id: String,
        changes: Vec<(ThroughputChange, ClientQuota)>,
        rehearsal: bool,
    ) -> Stored<'_, bool> {
        stored!(self.change_client_quotas(org, cluster_id, changes, rehearsal))
    }
    fn ip_groups(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<IpGroup>> {
        stored!(self.list_ip_groups(org, slice))
    }
    fn ip_group(&self, org: OrgScope, id: String) -> Stored<'_, Option<IpGroup>> {
        stored!(self.read_ip_group(org, id))
    }
    fn insert_ip_group(&self, org: OrgScope, row: IpGroup, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_ip_group(org, row, terms))
    }
    fn update_ip_group(
        &self,
        org: OrgScope,
        row: IpGroup,
        before_us: i64,
        guard: IpGuard,
    ) -> Stored<'_, ()> {
        stored!(self.replace_ip_group(org, row, before_us, guard))
    }
    fn delete_ip_group(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_ip_group(org, id, updated_us))
    }
    fn ip_filters(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<IpFilter>> {
        stored!(self.list_ip_filters(org, slice))
    }
    fn ip_filter(&self, org: OrgScope, id: String) -> Stored<'_, Option<IpFilter>> {
        stored!(self.read_ip_filter(org, id))
    }
    fn insert_ip_filter(
        &self,
        org: OrgScope,
        row: IpFilter,
        terms: Terms,
        guard: IpGuard,
    ) -> Stored<'_, ()> {
        stored!(self.write_ip_filter(org, row, terms, guard))
    }
    fn update_ip_filter(
        &self,
        org: OrgScope,
        row: IpFilter,
        before_us: i64,
        guard: IpGuard,
    ) -> Stored<'_, ()> {
        stored!(self.replace_ip_filter(org, row, before_us, guard))
    }
    fn delete_ip_filter(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
        guard: IpGuard,
    ) -> Stored<'_, bool> {
        stored!(self.remove_ip_filter(org, id, updated_us, guard))
    }
    fn ip_rules(&self, org: OrgScope) -> Stored<'_, (Vec<IpFilter>, Vec<IpGroup>)> {
        stored!(self.read_ip_rules(org))
    }
    fn receipt(&self, org: OrgScope, id: ReceiptId) -> Stored<'_, Option<Receipt>> {
        stored!(self.read_receipt(org, id))
    }
    fn forget_receipts(&self, _: SystemWide, until_us: i64) -> Stored<'_, ()> {
        stored!(self.remove_receipts(until_us))
    }
    fn insert_audit_events(&self, _: SystemWide, events: Vec<AuditEvent>) -> Stored<'_, ()> {
        stored!(self.write_audit_events(events))
    }
    fn end_audit_event(
        &self,
        _: SystemWide,
        id: String,
        result: AuditResult,
        code: String,
    ) -> Stored<'_, ()> {
        stored!(self.correct_audit_event(id, result, code))
    }
    fn audit_events(
        &self,
        org: OrgScope,
        filter: AuditFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<AuditEvent>> {
        stored!(self.list_audit_events(org, filter, slice))
    }
    fn audit_settings(&self, org: OrgScope) -> Stored<'_, Option<AuditSettings>> {
        stored!(self.read_audit_settings(org))
    }
    fn update_audit_settings(
        &self,
        org: OrgScope,
        row: AuditSettings,
        before_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.replace_audit_settings(org, row, before_us))
    }
    fn expire_audit_events(&self, _: SystemWide, now_us: i64) -> Stored<'_, u64> {
        stored!(self.drop_audit_events(now_us))
    }
    fn notification_integrations(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Stored<'_, Vec<NotificationIntegration>> {
        stored!(self.list_notification_integrations(org, slice))
    }
    fn notification_integration(
        &self,
        org: OrgScope,
        id: String,
    ) -> Stored<'_, Option<NotificationIntegration>> {
        stored!(self.read_notification_integration(org, id))
    }
    fn insert_notification_integration(
        &self,
        org: OrgScope,
        row: NotificationIntegration,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool> {
        stored!(self.write_notification_integration(org, row, most, terms))
    }
    fn update_notification_integration(
        &self,
        org: OrgScope,
        row: NotificationIntegration,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_notification_integration(org, row, before_us, rehearsal))
    }
    fn delete_notification_integration(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.remove_notification_integration(org, id, updated_us))
    }
    fn notification_subscriptions(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Stored<'_, Vec<NotificationSubscription>> {
        stored!(self.list_notification_subscriptions(org, slice))
    }
    fn notification_subscription(
        &self,
        org: OrgScope,
        id: String,
    ) -> Stored<'_, Option<NotificationSubscription>> {
        stored!(self.read_notification_subscription(org, id))
    }
    fn insert_notification_subscription(
        &self,
        org: OrgScope,
        row: NotificationSubscription,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool> {
        stored!(self.write_notification_subscription(org, row, most, terms))
    }
    fn update_notification_subscription(
        &self,
        org: OrgScope,
        row: NotificationSubscription,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_notification_subscription(org, row, before_us, rehearsal))
    }
    fn delete_notification_subscription(
        &self,
        org: OrgScope,
        id: String,
        updated_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.remove_notification_subscription(org, id, updated_us))
    }
    fn deliveries(
        &self,
        org: OrgScope,
        integration_id: Option<String>,
        slice: Slice,
    ) -> Stored<'_, Vec<Delivery>> {
        stored!(self.list_deliveries(org, integration_id, slice))
    }
    fn due_deliveries(&self, _: SystemWide, now_us: i64, limit: u32) -> Stored<'_, Vec<Delivery>> {
        stored!(self.read_due_deliveries(now_us, limit))
    }
    fn settle_delivery(
        &self,
        _: SystemWide,
        row: Delivery,
        health: IntegrationHealth,
    ) -> Stored<'_, ()> {
        stored!(self.end_try(row, health))
    }
    fn forget_deliveries(&self, _: SystemWide, until_us: i64) -> Stored<'_, ()> {
        stored!(self.drop_deliveries(until_us))
    }
    fn quota_use(&self, _: SystemWide, acls: u64, client_quotas: u64) -> Stored<'_, Vec<QuotaUse>> {
        stored!(self.read_quota_use(acls, client_quotas))
    }
    fn settle_marks(
        &self,
        _: SystemWide,
        raised: Vec<(String, Notice)>,
        kept: Vec<String>,
    ) -> Stored<'_, ()> {
        stored!(self.write_marks(raised, kept))
    }
    fn cluster_events(
        &self,
        org: OrgScope,
        environment_id: String,
        after: i64,
        limit: u32,
    ) -> Stored<'_, Vec<ClusterEvent>> {
        stored!(self.list_cluster_events(org, environment_id, after, limit))
    }
    fn last_event(&self, _: SystemWide) -> Stored<'_, i64> {
        stored!(self.read_last_event())
    }
    fn expire_cluster_events(&self, _: SystemWide, before_us: i64) -> Stored<'_, u64> {
        stored!(self.drop_cluster_events(before_us))
    }
    fn access_rows(&self, _: SystemWide, of: AccessOf) -> Stored<'_, AccessRows> {
        stored!(self.read_access_rows(of))
    }
}
