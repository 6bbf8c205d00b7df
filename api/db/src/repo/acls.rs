use api_app::OrgScope;
use common_types::acl::{Acl, AclFilter};
use sea_orm::{ColumnTrait, ModelTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::clusters::live_locked_cluster;
use super::scoped;
use super::system::commit;
use crate::Store;
use crate::convert;
use crate::entity::acl;
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_acls(
        &self,
        org: OrgScope,
        cluster_id: String,
    ) -> Result<Vec<Acl>, Fault> {
        let rows = scoped::find::<acl::Entity>(&org)
            .filter(acl::Column::ClusterId.eq(cluster_id))
            .order_by_asc(acl::Column::Principal)
            .order_by_asc(acl::Column::ResourceType)
            .order_by_asc(acl::Column::ResourceName)
            .order_by_asc(acl::Column::Operation)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::acl).collect()
    }

    pub(super) async fn list_acls_for(
        &self,
        org: OrgScope,
        cluster_id: String,
        principals: Vec<String>,
    ) -> Result<Vec<Acl>, Fault> {
        let rows = scoped::find::<acl::Entity>(&org)
            .filter(acl::Column::ClusterId.eq(cluster_id))
            .filter(acl::Column::Principal.is_in(principals))
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::acl).collect()
    }

    pub(super) async fn write_acls(
        &self,
        org: OrgScope,
        cluster_id: String,
        acls: Vec<Acl>,
        total_max: u32,
        now_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        live_locked_cluster(&tx, &org, &cluster_id).await?;
        for acl in acls {
            let row = convert::acl_row(cluster_id.clone(), acl, now_us);
            let identity = (
                row.cluster_id.clone(),
                row.principal.clone(),
                row.resource_type.clone(),
                row.resource_name.clone(),
                row.pattern.clone(),
                row.host.clone(),
                row.operation.clone(),
                row.permission.clone(),
            );
            // The cluster is held: nobody else adds to it meanwhile.
            if scoped::find_by_id::<acl::Entity>(&org, identity).one(&tx).await?.is_none() {
                scoped::insert::<acl::Entity>(&org, &tx, row).await?;
            }
        }
        let total = scoped::find::<acl::Entity>(&org)
            .filter(acl::Column::ClusterId.eq(cluster_id))
            .count(&tx)
            .await?;
        if total > u64::from(total_max) {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn remove_acls(
        &self,
        org: OrgScope,
        cluster_id: String,
        filters: Vec<AclFilter>,
    ) -> Result<Vec<Vec<Acl>>, Fault> {
        let tx = self.begin().await?;
        let rows = scoped::find::<acl::Entity>(&org)
            .filter(acl::Column::ClusterId.eq(cluster_id))
            .order_by_asc(acl::Column::Principal)
            .order_by_asc(acl::Column::ResourceName)
            .order_by_asc(acl::Column::Operation)
            .all(&tx)
            .await?;
        let mut gone = vec![Vec::new(); filters.len()];
        for row in rows {
            let acl = convert::acl(row.clone())?;
            let mut is_meant = false;
            for (filter, gone) in filters.iter().zip(&mut gone) {
                if filter.matches(&acl) {
                    is_meant = true;
                    gone.push(acl.clone());
                }
            }
            if is_meant {
                row.delete(&tx).await?;
            }
        }
        commit(tx).await?;
        Ok(gone)
    }
}
