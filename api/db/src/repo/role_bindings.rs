use api_app::model::RoleBinding;
use api_app::{BindingFilter, RepoError, Slice, Terms};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::receipts::{finish, write_receipt};
use super::sliced;
use crate::Store;
use crate::convert;
use crate::entity::role_binding;
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_role_bindings(
        &self,
        filter: BindingFilter,
        slice: Slice,
    ) -> Result<Vec<RoleBinding>, Fault> {
        let mut scope = Condition::any().add(role_binding::Column::CrnPattern.eq(&filter.crn));
        if filter.inclusive {
            let below = format!("{}/", filter.crn);
            scope = scope.add(role_binding::Column::CrnPattern.starts_with(below));
        }
        let mut some = role_binding::Entity::find().filter(scope);
        if let Some(principal) = filter.principal {
            some = some.filter(role_binding::Column::Principal.eq(principal));
        }
        if let Some(role_name) = filter.role_name {
            some = some.filter(role_binding::Column::Role.eq(role_name));
        }
        let rows = sliced!(some, role_binding::Column, slice).all(&self.reader).await?;
        rows.into_iter().map(convert::role_binding).collect()
    }

    pub(super) async fn list_role_bindings_of(
        &self,
        principal: String,
    ) -> Result<Vec<RoleBinding>, Fault> {
        let rows = role_binding::Entity::find()
            .filter(role_binding::Column::Principal.eq(principal))
            .order_by_asc(role_binding::Column::Id)
            .all(&self.reader)
            .await?;
        rows.into_iter().map(convert::role_binding).collect()
    }

    pub(super) async fn read_role_binding(&self, id: String) -> Result<Option<RoleBinding>, Fault> {
        let row = role_binding::Entity::find_by_id(id).one(&self.reader).await?;
        row.map(convert::role_binding).transpose()
    }

    pub(super) async fn write_role_binding(
        &self,
        row: RoleBinding,
        terms: Terms,
    ) -> Result<(), Fault> {
        let row = convert::role_binding_row(row);
        let same = role_binding::Entity::find()
            .filter(role_binding::Column::Principal.eq(&row.principal))
            .filter(role_binding::Column::Role.eq(&row.role))
            .filter(role_binding::Column::CrnPattern.eq(&row.crn_pattern));
        let tx = self.begin().await?;
        write_receipt(&tx, terms.receipt).await?;
        if let Some(same) = same.one(&tx).await? {
            return Err(Fault::Repo(RepoError::Taken { existing_id: same.id }));
        }
        let id = row.id.clone();
        let insert = role_binding::Entity::insert(row.into_active_model());
        if let Err(error) = insert.exec_without_returning(&tx).await {
            let taken = Fault::Repo(RepoError::Taken { existing_id: id });
            return Err(if is_unique_violation(&error) { taken } else { error.into() });
        }
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn remove_role_binding(&self, id: String) -> Result<bool, Fault> {
        let gone = role_binding::Entity::delete_by_id(id).exec(&self.writer).await?;
        Ok(gone.rows_affected > 0)
    }
}
