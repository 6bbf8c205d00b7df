use api_app::model::Cluster;
use api_app::{RepoError, Slice, Terms};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};

use super::environments::{ensure_registry, live_locked};
use super::receipts::{finish, write_receipt};
use super::sliced;
use crate::Store;
use crate::convert;
use crate::entity::{acl, api_key, cluster, desired_topic, role_binding};
use crate::errors::Fault;
use crate::queue::{CLUSTER, wake};

impl Store {
    pub(super) async fn list_clusters(
        &self,
        environment_id: String,
        slice: Slice,
    ) -> Result<Vec<Cluster>, Fault> {
        let live = cluster::Entity::find()
            .filter(cluster::Column::EnvironmentId.eq(environment_id))
            .filter(cluster::Column::DeletionRequestedUs.is_null());
        let rows = sliced!(live, cluster::Column, slice).all(&self.reader).await?;
        rows.into_iter().map(convert::cluster).collect()
    }

    pub(super) async fn read_cluster(&self, id: String) -> Result<Option<Cluster>, Fault> {
        let row = cluster::Entity::find_by_id(id)
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .one(&self.reader)
            .await?;
        row.map(convert::cluster).transpose()
    }

    pub(super) async fn write_cluster(
        &self,
        row: Cluster,
        registry_id: String,
        terms: Terms,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, terms.receipt).await?;
        let environment = live_locked(&tx, &row.environment_id).await?;
        let (id, now_us) = (row.id.clone(), row.created_us);
        let insert = cluster::Entity::insert(convert::cluster_row(row).into_active_model());
        insert.exec_without_returning(&tx).await?;
        if environment.governance.is_some() {
            ensure_registry(&tx, &environment.id, registry_id, now_us).await?;
        }
        wake(&tx, &id, CLUSTER, now_us).await?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_cluster(&self, row: Cluster) -> Result<(), Fault> {
        let tx = self.begin().await?;
        let (id, before, now_us) = (row.id.clone(), row.generation - 1, row.updated_us);
        let mut wanted = convert::cluster_row(row).into_active_model().reset_all();
        // What passes write is not a person's to change.
        wanted.phase = ActiveValue::NotSet;
        wanted.message = ActiveValue::NotSet;
        wanted.observed_generation = ActiveValue::NotSet;
        let changed = cluster::Entity::update_many()
            .set(wanted)
            .filter(cluster::Column::Id.eq(&id))
            .filter(cluster::Column::Generation.eq(before))
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        wake(&tx, &id, CLUSTER, now_us).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn mark_cluster(
        &self,
        id: String,
        generation: Option<i64>,
        now_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let marked = mark_in(&tx, &id, generation, now_us).await?;
        tx.commit().await?;
        Ok(marked)
    }
}

/// Asks for the deletion of a cluster, removes what gives access to it, and wakes its pass.
pub(super) async fn mark_in(
    tx: &DatabaseTransaction,
    id: &str,
    generation: Option<i64>,
    now_us: i64,
) -> Result<bool, Fault> {
    let mut marking = cluster::Entity::update_many()
        .col_expr(cluster::Column::DeletionRequestedUs, Expr::value(now_us))
        .col_expr(cluster::Column::Generation, Expr::col(cluster::Column::Generation).add(1))
        .filter(cluster::Column::Id.eq(id))
        .filter(cluster::Column::DeletionRequestedUs.is_null());
    if let Some(generation) = generation {
        marking = marking.filter(cluster::Column::Generation.eq(generation));
    }
    let marked = marking.exec(tx).await?;
    if marked.rows_affected == 0 {
        return Ok(false);
    }
    acl::Entity::delete_many().filter(acl::Column::ClusterId.eq(id)).exec(tx).await?;
    api_key::Entity::delete_many().filter(api_key::Column::ResourceId.eq(id)).exec(tx).await?;
    let crn = format!("/cloud-cluster={id}");
    role_binding::Entity::delete_many()
        .filter(role_binding::Column::CrnPattern.ends_with(crn))
        .exec(tx)
        .await?;
    desired_topic::Entity::delete_many()
        .filter(desired_topic::Column::ClusterId.eq(id))
        .exec(tx)
        .await?;
    wake(tx, id, CLUSTER, now_us).await?;
    Ok(true)
}

/// A cluster that is not being deleted, held until the transaction ends.
pub(super) async fn live_locked_cluster(
    tx: &DatabaseTransaction,
    id: &str,
) -> Result<cluster::Model, Fault> {
    let row = cluster::Entity::find_by_id(id.to_owned())
        .filter(cluster::Column::DeletionRequestedUs.is_null())
        .lock_exclusive()
        .one(tx)
        .await?;
    row.ok_or_else(|| Fault::Repo(RepoError::ParentGone(id.to_owned())))
}
