use api_app::model::{Environment, Registry};
use api_app::{Deletion, OrgScope, RepoError, Slice, Terms};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::commit;
use super::undo::{Kept, keep_aside, take_of_environment};
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::{cluster, environment, registry};
use crate::errors::{Fault, is_unique_violation};
use crate::queue::{ENVIRONMENT, wake};
use crate::repo::clusters::mark_in;

impl Store {
    pub(super) async fn list_environments(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Result<Vec<Environment>, Fault> {
        let live = scoped::find::<environment::Entity>(&org)
            .filter(environment::Column::DeletionRequestedUs.is_null());
        let rows = sliced!(live, environment::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::environment).collect()
    }

    pub(super) async fn read_environment(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<Environment>, Fault> {
        live(&self.reader(), &org, &id).await?.map(convert::environment).transpose()
    }

    pub(super) async fn write_environment(
        &self,
        org: OrgScope,
        row: Environment,
        terms: Terms,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        let name = row.display_name.clone();
        name_is_free(&tx, &org, &name, &row.id).await?;
        let row = convert::environment_row(row);
        let insert = scoped::insert::<environment::Entity>(&org, &tx, row).await;
        insert.map_err(|e| lost_race(e, &name))?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_environment(
        &self,
        org: OrgScope,
        row: Environment,
        registry_id: String,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        name_is_free(&tx, &org, &row.display_name, &row.id).await?;
        let (id, name, before, now_us) =
            (row.id.clone(), row.display_name.clone(), row.generation - 1, row.updated_us);
        let governed = row.governance.is_some();
        let adopted = environment::Entity::adopted(convert::environment_row(row), &org);
        let changed = scoped::update::<environment::Entity>(&org)
            .set(adopted.into_active_model().reset_all())
            .filter(environment::Column::Id.eq(&id))
            .filter(environment::Column::Generation.eq(before))
            .filter(environment::Column::DeletionRequestedUs.is_null())
            .exec(&tx)
            .await
            .map_err(|e| lost_race(e, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        if governed {
            ensure_registry(&tx, &org, &id, registry_id, now_us).await?;
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn mark_environment(
        &self,
        org: OrgScope,
        id: String,
        generation: Option<i64>,
        deletion: Deletion,
    ) -> Result<bool, Fault> {
        let (tx, now_us) = (self.begin().await?, deletion.at_us);
        let mut marking = scoped::update::<environment::Entity>(&org)
            .col_expr(environment::Column::DeletionRequestedUs, Expr::value(now_us))
            .col_expr(environment::Column::KeptUntilUs, Expr::value(deletion.until_us()))
            .col_expr(
                environment::Column::Generation,
                Expr::col(environment::Column::Generation).add(1),
            )
            .filter(environment::Column::Id.eq(&id))
            .filter(environment::Column::DeletionRequestedUs.is_null());
        if let Some(generation) = generation {
            marking = marking.filter(environment::Column::Generation.eq(generation));
        }
        let marked = marking.exec(&tx).await?;
        if marked.rows_affected == 0 {
            return Ok(false);
        }
        let clusters = scoped::find::<cluster::Entity>(&org)
            .filter(cluster::Column::EnvironmentId.eq(&id))
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .order_by_asc(cluster::Column::Id)
            .all(&tx)
            .await?;
        for row in clusters {
            mark_in(&tx, &org, (&row.id, None), &id, &deletion).await?;
        }
        let taken = take_of_environment(&tx, &org, &id).await?;
        if let Some(keep) = &deletion.keep {
            let row = scoped::find_by_id::<environment::Entity>(&org, id.clone()).one(&tx).await?;
            let row =
                row.ok_or_else(|| Fault::Corrupt(format!("environment {id} is not there")))?;
            let it = Kept { id: &id, environment_id: &id, name: row.display_name };
            keep_aside(&tx, &org, (it, &id), (keep, now_us), &taken).await?;
        }
        wake(&tx, &id, ENVIRONMENT, now_us).await?;
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn read_registry(
        &self,
        org: OrgScope,
        environment_id: String,
    ) -> Result<Option<Registry>, Fault> {
        let row = scoped::find::<registry::Entity>(&org)
            .filter(registry::Column::EnvironmentId.eq(environment_id))
            .one(&self.reader())
            .await?;
        Ok(row.map(convert::registry))
    }
}

/// An environment that is not being deleted.
pub(super) async fn live<C: ConnectionTrait>(
    db: &C,
    org: &OrgScope,
    id: &str,
) -> Result<Option<environment::Model>, Fault> {
    let row = scoped::find_by_id::<environment::Entity>(org, id.to_owned())
        .filter(environment::Column::DeletionRequestedUs.is_null())
        .one(db)
        .await?;
    Ok(row)
}

/// The same, held until the transaction ends.
pub(super) async fn live_locked(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
) -> Result<environment::Model, Fault> {
    let row = scoped::find_by_id::<environment::Entity>(org, id.to_owned())
        .filter(environment::Column::DeletionRequestedUs.is_null())
        .lock_exclusive()
        .one(tx)
        .await?;
    row.ok_or_else(|| Fault::Repo(RepoError::ParentGone(id.to_owned())))
}

/// Makes the registry of an environment that has a cluster and none yet.
pub(super) async fn ensure_registry(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    environment_id: &str,
    registry_id: String,
    now_us: i64,
) -> Result<(), Fault> {
    let there = scoped::find::<registry::Entity>(org)
        .filter(registry::Column::EnvironmentId.eq(environment_id))
        .one(tx)
        .await?;
    let first = scoped::find::<cluster::Entity>(org)
        .filter(cluster::Column::EnvironmentId.eq(environment_id))
        .filter(cluster::Column::DeletionRequestedUs.is_null())
        .order_by_asc(cluster::Column::CreatedUs)
        .order_by_asc(cluster::Column::Id)
        .one(tx)
        .await?;
    let (None, Some(first)) = (there, first) else { return Ok(()) };
    let row = registry::Model {
        id: registry_id,
        environment_id: environment_id.to_owned(),
        cloud: first.cloud,
        region: first.region,
        created_us: now_us,
        updated_us: now_us,
    };
    Ok(scoped::insert::<registry::Entity>(org, tx, row).await?)
}

pub(super) async fn name_is_free(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    name: &str,
    own_id: &str,
) -> Result<(), Fault> {
    let holder = scoped::find::<environment::Entity>(org)
        .filter(environment::Column::DisplayName.eq(name))
        .filter(environment::Column::DeletionRequestedUs.is_null())
        .filter(environment::Column::Id.ne(own_id))
        .one(tx)
        .await?;
    match holder {
        None => Ok(()),
        Some(row) => Err(Fault::Repo(RepoError::Taken { existing_id: row.id })),
    }
}

/// Somebody took the name between the look and the write.
pub(super) fn lost_race(error: sea_orm::DbErr, name: &str) -> Fault {
    if is_unique_violation(&error) {
        Fault::Repo(RepoError::Taken { existing_id: name.to_owned() })
    } else {
        error.into()
    }
}
