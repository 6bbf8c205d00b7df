use api_app::model::{Environment, Registry};
use api_app::{RepoError, Slice, Terms};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::receipts::{finish, write_receipt};
use super::sliced;
use crate::Store;
use crate::convert;
use crate::entity::{cluster, environment, registry, role_binding};
use crate::errors::{Fault, is_unique_violation};
use crate::queue::{ENVIRONMENT, wake};
use crate::repo::clusters::mark_in;

impl Store {
    pub(super) async fn list_environments(&self, slice: Slice) -> Result<Vec<Environment>, Fault> {
        let live =
            environment::Entity::find().filter(environment::Column::DeletionRequestedUs.is_null());
        let rows = sliced!(live, environment::Column, slice).all(&self.reader).await?;
        rows.into_iter().map(convert::environment).collect()
    }

    pub(super) async fn read_environment(&self, id: String) -> Result<Option<Environment>, Fault> {
        live(&self.reader, &id).await?.map(convert::environment).transpose()
    }

    pub(super) async fn write_environment(
        &self,
        row: Environment,
        terms: Terms,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, terms.receipt).await?;
        let (organization, name) = (row.organization_id.clone(), row.display_name.clone());
        name_is_free(&tx, &organization, &name, &row.id).await?;
        let insert = environment::Entity::insert(convert::environment_row(row).into_active_model());
        insert.exec_without_returning(&tx).await.map_err(|e| lost_race(e, &name))?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_environment(
        &self,
        row: Environment,
        registry_id: String,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        name_is_free(&tx, &row.organization_id, &row.display_name, &row.id).await?;
        let (id, name, before, now_us) =
            (row.id.clone(), row.display_name.clone(), row.generation - 1, row.updated_us);
        let governed = row.governance.is_some();
        let changed = environment::Entity::update_many()
            .set(convert::environment_row(row).into_active_model().reset_all())
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
            ensure_registry(&tx, &id, registry_id, now_us).await?;
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn mark_environment(
        &self,
        id: String,
        generation: Option<i64>,
        now_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let mut marking = environment::Entity::update_many()
            .col_expr(environment::Column::DeletionRequestedUs, Expr::value(now_us))
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
        let clusters = cluster::Entity::find()
            .filter(cluster::Column::EnvironmentId.eq(&id))
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .order_by_asc(cluster::Column::Id)
            .all(&tx)
            .await?;
        for row in clusters {
            mark_in(&tx, &row.id, None, now_us).await?;
        }
        let crn = format!("/environment={id}");
        role_binding::Entity::delete_many()
            .filter(role_binding::Column::CrnPattern.ends_with(crn))
            .exec(&tx)
            .await?;
        registry::Entity::delete_many()
            .filter(registry::Column::EnvironmentId.eq(&id))
            .exec(&tx)
            .await?;
        wake(&tx, &id, ENVIRONMENT, now_us).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub(super) async fn read_registry(
        &self,
        environment_id: String,
    ) -> Result<Option<Registry>, Fault> {
        let row = registry::Entity::find()
            .filter(registry::Column::EnvironmentId.eq(environment_id))
            .one(&self.reader)
            .await?;
        Ok(row.map(convert::registry))
    }
}

/// An environment that is not being deleted.
pub(super) async fn live<C: ConnectionTrait>(
    db: &C,
    id: &str,
) -> Result<Option<environment::Model>, Fault> {
    let row = environment::Entity::find_by_id(id.to_owned())
        .filter(environment::Column::DeletionRequestedUs.is_null())
        .one(db)
        .await?;
    Ok(row)
}

/// The same, held until the transaction ends.
pub(super) async fn live_locked(
    tx: &DatabaseTransaction,
    id: &str,
) -> Result<environment::Model, Fault> {
    let row = environment::Entity::find_by_id(id.to_owned())
        .filter(environment::Column::DeletionRequestedUs.is_null())
        .lock_exclusive()
        .one(tx)
        .await?;
    row.ok_or_else(|| Fault::Repo(RepoError::ParentGone(id.to_owned())))
}

/// Makes the registry of an environment that has a cluster and none yet.
pub(super) async fn ensure_registry(
    tx: &DatabaseTransaction,
    environment_id: &str,
    registry_id: String,
    now_us: i64,
) -> Result<(), Fault> {
    let there = registry::Entity::find()
        .filter(registry::Column::EnvironmentId.eq(environment_id))
        .one(tx)
        .await?;
    let first = cluster::Entity::find()
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
    registry::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

async fn name_is_free(
    tx: &DatabaseTransaction,
    organization_id: &str,
    name: &str,
    own_id: &str,
) -> Result<(), Fault> {
    let holder = environment::Entity::find()
        .filter(environment::Column::OrganizationId.eq(organization_id))
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
fn lost_race(error: sea_orm::DbErr, name: &str) -> Fault {
    if is_unique_violation(&error) {
        Fault::Repo(RepoError::Taken { existing_id: name.to_owned() })
    } else {
        error.into()
    }
}
