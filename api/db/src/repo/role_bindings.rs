use api_app::model::RoleBinding;
use api_app::{BindingFilter, OrgScope, RepoError, Slice, Terms};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use super::receipts::{finish, write_receipt};
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::role_binding;
use crate::errors::{Fault, is_unique_violation};

/// Bindings on a scope, and on what is in it: `step` is its last step in CRNs, such as `/environment=env-1`.
pub(super) fn at_or_below(step: &str) -> Condition {
    let crn = role_binding::Column::CrnPattern;
    Condition::any().add(crn.ends_with(step)).add(crn.contains(format!("{step}/")))
}

impl Store {
    pub(super) async fn list_role_bindings(
        &self,
        org: OrgScope,
        filter: BindingFilter,
        slice: Slice,
    ) -> Result<Vec<RoleBinding>, Fault> {
        let mut scope = Condition::any().add(role_binding::Column::CrnPattern.eq(&filter.crn));
        if filter.inclusive {
            let below = format!("{}/", filter.crn);
            scope = scope.add(role_binding::Column::CrnPattern.starts_with(below));
        }
        let mut some = scoped::find::<role_binding::Entity>(&org).filter(scope);
        if let Some(principal) = filter.principal {
            some = some.filter(role_binding::Column::Principal.eq(principal));
        }
        if let Some(role_name) = filter.role_name {
            some = some.filter(role_binding::Column::Role.eq(role_name));
        }
        let rows = sliced!(some, role_binding::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::role_binding).collect()
    }

    pub(super) async fn list_role_bindings_of(
        &self,
        org: OrgScope,
        principal: String,
    ) -> Result<Vec<RoleBinding>, Fault> {
        let rows = scoped::find::<role_binding::Entity>(&org)
            .filter(role_binding::Column::Principal.eq(principal))
            .order_by_asc(role_binding::Column::Id)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::role_binding).collect()
    }

    pub(super) async fn read_role_binding(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<RoleBinding>, Fault> {
        let row = scoped::find_by_id::<role_binding::Entity>(&org, id).one(&self.reader()).await?;
        row.map(convert::role_binding).transpose()
    }

    pub(super) async fn write_role_binding(
        &self,
        org: OrgScope,
        row: RoleBinding,
        terms: Terms,
    ) -> Result<(), Fault> {
        let row = convert::role_binding_row(row);
        let same = scoped::find::<role_binding::Entity>(&org)
            .filter(role_binding::Column::Principal.eq(&row.principal))
            .filter(role_binding::Column::Role.eq(&row.role))
            .filter(role_binding::Column::CrnPattern.eq(&row.crn_pattern));
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        if let Some(same) = same.one(&tx).await? {
            return Err(Fault::Repo(RepoError::Taken { existing_id: same.id }));
        }
        let id = row.id.clone();
        if let Err(error) = scoped::insert::<role_binding::Entity>(&org, &tx, row).await {
            let taken = Fault::Repo(RepoError::Taken { existing_id: id });
            return Err(if is_unique_violation(&error) { taken } else { error.into() });
        }
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn remove_role_binding(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<role_binding::Entity>(&org)
            .filter(role_binding::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}
