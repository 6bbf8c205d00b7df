use std::collections::BTreeSet;

use api_app::model::{AccessOf, AccessRows, TenantRow};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::Store;
use crate::convert;
use crate::entity::{
    acl, api_key, audit_settings, client_quota, cluster, identity_pool, identity_provider,
    role_binding,
};
use crate::errors::Fault;
use crate::queue::next_of;
use crate::repo::client_quotas::quota;

/// Clusters of one owner that are worth reading by themselves; of more, everything is read.
const FEW_MAX: usize = 200;
/// Values in one query, far below what databases take.
const VALUES_MAX: usize = 500;

/// Rows as they are stored.
#[derive(Default)]
struct Found {
    tenants: Vec<cluster::Model>,
    keys: Vec<api_key::Model>,
    pools: Vec<identity_pool::Model>,
    providers: Vec<identity_provider::Model>,
    bindings: Vec<role_binding::Model>,
    acls: Vec<acl::Model>,
    audit_topics: Vec<audit_settings::Model>,
    quotas: Vec<client_quota::Model>,
}

impl Store {
    pub(in crate::repo) async fn read_access_rows(
        &self,
        of: AccessOf,
    ) -> Result<AccessRows, Fault> {
        let tx = self.begin().await?;
        // First, so that readers queue here and a larger revision always saw more.
        let revision = next_of(&tx, "access_revision").await?;
        let about = match of {
            AccessOf::Everything => None,
            AccessOf::Cluster(id) => Some(vec![id]),
            AccessOf::Owner(id) => clusters_of(&tx, id).await?,
        };
        let found = match &about {
            Some(clusters) => few(&tx, clusters).await?,
            None => all(&tx).await?,
        };
        tx.commit().await?;
        found.rows(revision, about)
    }
}

/// Clusters that an owner has keys of; none when there are many.
async fn clusters_of(
    tx: &DatabaseTransaction,
    owner: String,
) -> Result<Option<Vec<String>>, Fault> {
    let keys = api_key::Entity::find()
        .select_only()
        .column(api_key::Column::ResourceId)
        .distinct()
        .filter(api_key::Column::OwnerId.eq(owner))
        .filter(api_key::Column::EnvironmentId.is_not_null())
        .limit(FEW_MAX as u64 + 1);
    let clusters: Vec<String> = keys.into_tuple().all(tx).await?;
    Ok(Some(clusters).filter(|clusters| clusters.len() <= FEW_MAX))
}

async fn all(tx: &DatabaseTransaction) -> Result<Found, Fault> {
    Ok(Found {
        tenants: cluster::Entity::find()
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .order_by_asc(cluster::Column::Id)
            .all(tx)
            .await?,
        keys: api_key::Entity::find()
            .filter(api_key::Column::EnvironmentId.is_not_null())
            .order_by_asc(api_key::Column::Id)
            .all(tx)
            .await?,
        pools: identity_pool::Entity::find()
            .order_by_asc(identity_pool::Column::Id)
            .all(tx)
            .await?,
        providers: identity_provider::Entity::find().all(tx).await?,
        bindings: role_binding::Entity::find()
            .order_by_asc(role_binding::Column::Id)
            .all(tx)
            .await?,
        acls: acl::Entity::find().order_by_asc(acl::Column::ClusterId).all(tx).await?,
        audit_topics: audit_settings::Entity::find()
            .filter(audit_settings::Column::TopicClusterId.ne(""))
            .all(tx)
            .await?,
        quotas: client_quota::Entity::find()
            .order_by_asc(client_quota::Column::ClusterId)
            .all(tx)
            .await?,
    })
}

/// What there is of some clusters. Roles are read of those who can be let into them alone.
async fn few(tx: &DatabaseTransaction, clusters: &[String]) -> Result<Found, Fault> {
    let among = || clusters.iter().map(String::as_str);
    let mut found = Found {
        tenants: cluster::Entity::find()
            .filter(cluster::Column::Id.is_in(among()))
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .order_by_asc(cluster::Column::Id)
            .all(tx)
            .await?,
        keys: api_key::Entity::find()
            .filter(api_key::Column::ResourceId.is_in(among()))
            .filter(api_key::Column::EnvironmentId.is_not_null())
            .order_by_asc(api_key::Column::Id)
            .all(tx)
            .await?,
        acls: acl::Entity::find().filter(acl::Column::ClusterId.is_in(among())).all(tx).await?,
        audit_topics: audit_settings::Entity::find()
            .filter(audit_settings::Column::TopicClusterId.is_in(among()))
            .all(tx)
            .await?,
        quotas: client_quota::Entity::find()
            .filter(client_quota::Column::ClusterId.is_in(among()))
            .all(tx)
            .await?,
        ..Found::default()
    };
    let organizations: BTreeSet<&str> =
        found.tenants.iter().map(|row| row.organization_id.as_str()).collect();
    found.pools = identity_pool::Entity::find()
        .filter(identity_pool::Column::OrganizationId.is_in(organizations))
        .all(tx)
        .await?;
    let owners = found.keys.iter().map(|key| key.owner_id.as_str());
    let principals: BTreeSet<String> = owners
        .chain(found.pools.iter().map(|pool| pool.id.as_str()))
        .map(|id| format!("User:{id}"))
        .collect();
    let principals: Vec<String> = principals.into_iter().collect();
    for some in principals.chunks(VALUES_MAX) {
        let bound = role_binding::Entity::find()
            .filter(role_binding::Column::Principal.is_in(some.iter().map(String::as_str)))
            .order_by_asc(role_binding::Column::Id);
        found.bindings.extend(bound.all(tx).await?);
    }
    Ok(found)
}

impl Found {
    fn rows(self, revision: i64, about: Option<Vec<String>>) -> Result<AccessRows, Fault> {
        let tenant = |row: cluster::Model| TenantRow {
            cluster_id: row.id,
            environment_id: row.environment_id,
            organization_id: row.organization_id,
        };
        let acl = |row: acl::Model| Ok((row.cluster_id.clone(), convert::acl(row)?));
        Ok(AccessRows {
            revision: u64::try_from(revision)
                .map_err(|_| Fault::Corrupt("access_revision is negative".to_owned()))?,
            about,
            tenants: self.tenants.into_iter().map(tenant).collect(),
            keys: self.keys.into_iter().map(convert::api_key).collect::<Result<_, _>>()?,
            pools: self.pools.into_iter().map(convert::identity_pool).collect(),
            providers: self
                .providers
                .into_iter()
                .map(convert::identity_provider)
                .collect::<Result<_, _>>()?,
            bindings: self
                .bindings
                .into_iter()
                .map(convert::role_binding)
                .collect::<Result<_, _>>()?,
            audit_topics: self.audit_topics.into_iter().map(|row| row.topic_cluster_id).collect(),
            acls: self.acls.into_iter().map(acl).collect::<Result<_, Fault>>()?,
            quotas: self.quotas.into_iter().map(quota).collect::<Result<_, _>>()?,
        })
    }
}
