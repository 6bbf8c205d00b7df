use api_app::model::{AccessRows, PoolRow, TenantRow};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::Store;
use crate::convert;
use crate::entity::{acl, api_key, client_quota, cluster, identity_pool, role_binding};
use crate::errors::Fault;
use crate::queue::next_of;
use crate::repo::client_quotas::quota;

impl Store {
    pub(in crate::repo) async fn read_access_rows(&self) -> Result<AccessRows, Fault> {
        let tx = self.begin().await?;
        // First, so that readers queue here and a larger revision always saw more.
        let revision = next_of(&tx, "access_revision").await?;
        let tenants = cluster::Entity::find()
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .order_by_asc(cluster::Column::Id)
            .all(&tx)
            .await?;
        let keys = api_key::Entity::find()
            .filter(api_key::Column::EnvironmentId.is_not_null())
            .order_by_asc(api_key::Column::Id)
            .all(&tx)
            .await?;
        let pools =
            identity_pool::Entity::find().order_by_asc(identity_pool::Column::Id).all(&tx).await?;
        let bindings =
            role_binding::Entity::find().order_by_asc(role_binding::Column::Id).all(&tx).await?;
        let acls = acl::Entity::find().order_by_asc(acl::Column::ClusterId).all(&tx).await?;
        let quotas = client_quota::Entity::find()
            .order_by_asc(client_quota::Column::ClusterId)
            .all(&tx)
            .await?;
        tx.commit().await?;
        Ok(AccessRows {
            revision: u64::try_from(revision)
                .map_err(|_| Fault::Corrupt("access_revision is negative".to_owned()))?,
            tenants: tenants
                .into_iter()
                .map(|row| TenantRow {
                    cluster_id: row.id,
                    environment_id: row.environment_id,
                    organization_id: row.organization_id,
                })
                .collect(),
            keys: keys.into_iter().map(convert::api_key).collect::<Result<_, _>>()?,
            pools: pools
                .into_iter()
                .map(|row| PoolRow { id: row.id, organization_id: row.organization_id })
                .collect(),
            bindings: bindings.into_iter().map(convert::role_binding).collect::<Result<_, _>>()?,
            acls: acls
                .into_iter()
                .map(|row| Ok((row.cluster_id.clone(), convert::acl(row)?)))
                .collect::<Result<_, Fault>>()?,
            quotas: quotas.into_iter().map(quota).collect::<Result<_, _>>()?,
        })
    }
}
