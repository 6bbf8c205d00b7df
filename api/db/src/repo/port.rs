use api_app::model::{
    AccessRows, ApiKey, BootstrapRows, Cluster, DesiredTopic, Environment, Installation, IpFilter,
    IpGroup, Organization, Registry, RoleBinding, ServiceAccount, User,
};
use api_app::{BindingFilter, Kept, KeyFilter, Receipt, ReceiptId, Repo, Slice, Stored, Terms};
use common_types::acl::{Acl, AclFilter};

use crate::Store;

/// Boxes the future and maps its fault, for each method of the port.
macro_rules! stored {
    ($future:expr) => {
        Box::pin(async move { $future.await.map_err(api_app::RepoError::from) })
    };
}

impl Repo for Store {
    fn installation(&self) -> Stored<'_, Option<Installation>> {
        stored!(self.read_installation())
    }
    fn bootstrap(&self, rows: BootstrapRows) -> Stored<'_, ()> {
        stored!(self.write_bootstrap(rows))
    }
    fn organization(&self, id: String) -> Stored<'_, Option<Organization>> {
        stored!(self.read_organization(id))
    }
    fn update_organization(&self, row: Organization, before_us: i64) -> Stored<'_, bool> {
        stored!(self.replace_organization(row, before_us))
    }
    fn environments(&self, slice: Slice) -> Stored<'_, Vec<Environment>> {
        stored!(self.list_environments(slice))
    }
    fn environment(&self, id: String) -> Stored<'_, Option<Environment>> {
        stored!(self.read_environment(id))
    }
    fn insert_environment(&self, row: Environment, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_environment(row, terms))
    }
    fn update_environment(
        &self,
        row: Environment,
        registry_id: String,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_environment(row, registry_id, rehearsal))
    }
    fn delete_environment(
        &self,
        id: String,
        generation: Option<i64>,
        now_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.mark_environment(id, generation, now_us))
    }
    fn clusters(&self, environment_id: String, slice: Slice) -> Stored<'_, Vec<Cluster>> {
        stored!(self.list_clusters(environment_id, slice))
    }
    fn cluster(&self, id: String) -> Stored<'_, Option<Cluster>> {
        stored!(self.read_cluster(id))
    }
    fn insert_cluster(&self, row: Cluster, registry_id: String, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_cluster(row, registry_id, terms))
    }
    fn update_cluster(&self, row: Cluster) -> Stored<'_, ()> {
        stored!(self.replace_cluster(row))
    }
    fn delete_cluster(&self, id: String, generation: Option<i64>, now_us: i64) -> Stored<'_, bool> {
        stored!(self.mark_cluster(id, generation, now_us))
    }
    fn desired_topics(&self, cluster_id: String) -> Stored<'_, Vec<DesiredTopic>> {
        stored!(self.list_desired_topics(cluster_id))
    }
    fn insert_desired_topic(&self, row: DesiredTopic) -> Stored<'_, Kept> {
        stored!(self.write_desired_topic(row))
    }
    fn delete_desired_topic(&self, cluster_id: String, name: String) -> Stored<'_, bool> {
        stored!(self.remove_desired_topic(cluster_id, name))
    }
    fn registry(&self, environment_id: String) -> Stored<'_, Option<Registry>> {
        stored!(self.read_registry(environment_id))
    }
    fn service_accounts(
        &self,
        names: Vec<String>,
        slice: Slice,
    ) -> Stored<'_, Vec<ServiceAccount>> {
        stored!(self.list_service_accounts(names, slice))
    }
    fn service_account(&self, id: String) -> Stored<'_, Option<ServiceAccount>> {
        stored!(self.read_service_account(id))
    }
    fn insert_service_account(&self, row: ServiceAccount, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_service_account(row, terms))
    }
    fn update_service_account(
        &self,
        row: ServiceAccount,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_service_account(row, before_us, rehearsal))
    }
    fn delete_service_account(&self, id: String, updated_us: Option<i64>) -> Stored<'_, bool> {
        stored!(self.remove_service_account(id, updated_us))
    }
    fn users(&self, slice: Slice) -> Stored<'_, Vec<User>> {
        stored!(self.list_users(slice))
    }
    fn user(&self, id: String) -> Stored<'_, Option<User>> {
        stored!(self.read_user(id))
    }
    fn update_user(&self, row: User, before_us: i64) -> Stored<'_, bool> {
        stored!(self.replace_user(row, before_us))
    }
    fn role_bindings(&self, filter: BindingFilter, slice: Slice) -> Stored<'_, Vec<RoleBinding>> {
        stored!(self.list_role_bindings(filter, slice))
    }
    fn role_bindings_of(&self, principal: String) -> Stored<'_, Vec<RoleBinding>> {
        stored!(self.list_role_bindings_of(principal))
    }
    fn role_binding(&self, id: String) -> Stored<'_, Option<RoleBinding>> {
        stored!(self.read_role_binding(id))
    }
    fn insert_role_binding(&self, row: RoleBinding, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_role_binding(row, terms))
    }
    fn delete_role_binding(&self, id: String) -> Stored<'_, bool> {
        stored!(self.remove_role_binding(id))
    }
    fn api_keys(&self, filter: KeyFilter, slice: Slice) -> Stored<'_, Vec<ApiKey>> {
        stored!(self.list_api_keys(filter, slice))
    }
    fn api_key(&self, id: String) -> Stored<'_, Option<ApiKey>> {
        stored!(self.read_api_key(id))
    }
    fn insert_api_key(&self, row: ApiKey, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_api_key(row, terms))
    }
    fn update_api_key(&self, row: ApiKey, before_us: i64) -> Stored<'_, bool> {
        stored!(self.replace_api_key(row, before_us))
    }
    fn delete_api_key(&self, id: String, updated_us: Option<i64>) -> Stored<'_, bool> {
        stored!(self.remove_api_key(id, updated_us))
    }
    fn acls(&self, cluster_id: String) -> Stored<'_, Vec<Acl>> {
        stored!(self.list_acls(cluster_id))
    }
    fn acls_for(&self, cluster_id: String, principals: Vec<String>) -> Stored<'_, Vec<Acl>> {
        stored!(self.list_acls_for(cluster_id, principals))
    }
    fn insert_acls(
        &self,
        cluster_id: String,
        acls: Vec<Acl>,
        total_max: u32,
        now_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.write_acls(cluster_id, acls, total_max, now_us))
    }
    fn delete_acls(
        &self,
        cluster_id: String,
        filters: Vec<AclFilter>,
    ) -> Stored<'_, Vec<Vec<Acl>>> {
        stored!(self.remove_acls(cluster_id, filters))
    }
    fn ip_groups(&self, slice: Slice) -> Stored<'_, Vec<IpGroup>> {
        stored!(self.list_ip_groups(slice))
    }
    fn ip_group(&self, id: String) -> Stored<'_, Option<IpGroup>> {
        stored!(self.read_ip_group(id))
    }
    fn insert_ip_group(&self, row: IpGroup, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_ip_group(row, terms))
    }
    fn update_ip_group(&self, row: IpGroup, before_us: i64) -> Stored<'_, ()> {
        stored!(self.replace_ip_group(row, before_us))
    }
    fn delete_ip_group(&self, id: String, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_ip_group(id, updated_us))
    }
    fn ip_filters(&self, slice: Slice) -> Stored<'_, Vec<IpFilter>> {
        stored!(self.list_ip_filters(slice))
    }
    fn ip_filter(&self, id: String) -> Stored<'_, Option<IpFilter>> {
        stored!(self.read_ip_filter(id))
    }
    fn insert_ip_filter(&self, row: IpFilter, terms: Terms) -> Stored<'_, ()> {
        stored!(self.write_ip_filter(row, terms))
    }
    fn update_ip_filter(&self, row: IpFilter, before_us: i64) -> Stored<'_, ()> {
        stored!(self.replace_ip_filter(row, before_us))
    }
    fn delete_ip_filter(&self, id: String, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_ip_filter(id, updated_us))
    }
    fn ip_rules(
        &self,
        organization_id: String,
        always: bool,
    ) -> Stored<'_, (Vec<IpFilter>, Vec<IpGroup>)> {
        stored!(self.read_ip_rules(organization_id, always))
    }
    fn receipt(&self, id: ReceiptId) -> Stored<'_, Option<Receipt>> {
        stored!(self.read_receipt(id))
    }
    fn forget_receipts(&self, until_us: i64) -> Stored<'_, ()> {
        stored!(self.remove_receipts(until_us))
    }
    fn access_rows(&self) -> Stored<'_, AccessRows> {
        stored!(self.read_access_rows())
    }
}
