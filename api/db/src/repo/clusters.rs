use api_app::model::Cluster;
use api_app::{Deletion, OrgScope, RepoError, Slice, Terms};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use super::cluster_events::asked;
use super::environments::{ensure_registry, live_locked};
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::{announce, commit};
use super::undo::{Kept, keep_aside, take_of_cluster};
use super::{cluster_notices, scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::cluster;
use crate::errors::Fault;
use crate::queue::{CLUSTER, wake};

impl Store {
    pub(super) async fn list_clusters(
        &self,
        org: OrgScope,
        environment_id: String,
        slice: Slice,
    ) -> Result<Vec<Cluster>, Fault> {
        let live = scoped::find::<cluster::Entity>(&org)
            .filter(cluster::Column::EnvironmentId.eq(environment_id))
            .filter(cluster::Column::DeletionRequestedUs.is_null());
        let rows = sliced!(live, cluster::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::cluster).collect()
    }

    pub(super) async fn read_cluster(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<Cluster>, Fault> {
        let row = scoped::find_by_id::<cluster::Entity>(&org, id)
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .one(&self.reader())
            .await?;
        row.map(convert::cluster).transpose()
    }

    pub(super) async fn write_cluster(
        &self,
        org: OrgScope,
        row: Cluster,
        registry_id: String,
        terms: Terms,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        let environment = live_locked(&tx, &org, &row.environment_id).await?;
        let (id, now_us) = (row.id.clone(), row.created_us);
        scoped::insert::<cluster::Entity>(&org, &tx, convert::cluster_row(row)).await?;
        if environment.governance.is_some() {
            ensure_registry(&tx, &org, &environment.id, registry_id, now_us).await?;
        }
        wake(&tx, &id, CLUSTER, now_us).await?;
        asked(&tx, (&id, 1), "ClusterRequested", now_us).await?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_cluster(&self, org: OrgScope, row: Cluster) -> Result<(), Fault> {
        let tx = self.begin().await?;
        let (id, before, now_us) = (row.id.clone(), row.generation - 1, row.updated_us);
        let mut wanted = cluster::Entity::adopted(convert::cluster_row(row), &org)
            .into_active_model()
            .reset_all();
        // What passes write is not a person's to change.
        wanted.phase = ActiveValue::NotSet;
        wanted.message = ActiveValue::NotSet;
        wanted.observed_generation = ActiveValue::NotSet;
        let changed = scoped::update::<cluster::Entity>(&org)
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
        asked(&tx, (&id, before + 1), "ClusterChangeRequested", now_us).await?;
        commit(tx).await
    }

    pub(super) async fn mark_cluster(
        &self,
        org: OrgScope,
        id: String,
        generation: Option<i64>,
        deletion: Deletion,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        if !mark_in(&tx, &org, (&id, generation), &id, &deletion).await? {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}

/// Asks for the deletion of a cluster, takes away what gives access to it, and wakes its pass. With an undo window what
/// was taken is kept with the cluster, under the id of what was deleted: its own, or its environment's. Whoever wants to be told of it is told now, not when the window is over.
pub(super) async fn mark_in(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    (id, generation): (&str, Option<i64>),
    deleted_with: &str,
    deletion: &Deletion,
) -> Result<bool, Fault> {
    let now_us = deletion.at_us;
    let mut marking = scoped::update::<cluster::Entity>(org)
        .col_expr(cluster::Column::DeletionRequestedUs, Expr::value(now_us))
        .col_expr(cluster::Column::KeptUntilUs, Expr::value(deletion.until_us()))
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
    let row = scoped::find_by_id::<cluster::Entity>(org, id.to_owned()).one(tx).await?;
    let row = row.ok_or_else(|| Fault::Corrupt(format!("cluster {id} is not there")))?;
    announce(tx, &cluster_notices::deleted(&row, deletion.until_us(), now_us)).await?;
    let taken = take_of_cluster(tx, org, id).await?;
    if let Some(keep) = &deletion.keep {
        let it = Kept { id, environment_id: &row.environment_id, name: row.display_name };
        keep_aside(tx, org, (it, deleted_with), (keep, now_us), &taken).await?;
    }
    wake(tx, id, CLUSTER, now_us).await?;
    // The generation is one that nobody reads any more.
    asked(tx, (id, generation.map_or(0, |it| it + 1)), "ClusterDeletionRequested", now_us).await?;
    Ok(true)
}

/// A cluster that is not being deleted, held until the transaction ends.
pub(super) async fn live_locked_cluster(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
) -> Result<cluster::Model, Fault> {
    let row = scoped::find_by_id::<cluster::Entity>(org, id.to_owned())
        .filter(cluster::Column::DeletionRequestedUs.is_null())
        .lock_exclusive()
        .one(tx)
        .await?;
    row.ok_or_else(|| Fault::Repo(RepoError::ParentGone(id.to_owned())))
}
