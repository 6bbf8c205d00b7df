use api_app::model::{AuthType, Role, User};
use api_app::{OrgScope, RepoError, Slice};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, QueryFilter};

use super::client_quotas::forget_principal;
use super::ip_rules::hold_rules;
use super::receipts::finish;
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::{
    acl, api_key, invitation, person, role_binding, second_factor, session, sso_link,
};
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_users(&self, org: OrgScope, slice: Slice) -> Result<Vec<User>, Fault> {
        let rows = sliced!(scoped::find::<person::Entity>(&org), person::Column, slice)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::user).collect()
    }

    pub(super) async fn replace_user(
        &self,
        org: OrgScope,
        row: User,
        before_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let changed = scoped::update::<person::Entity>(&org)
            .col_expr(person::Column::FullName, Expr::value(row.full_name))
            .col_expr(person::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(person::Column::Id.eq(row.id))
            .filter(person::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn read_user(&self, org: OrgScope, id: String) -> Result<Option<User>, Fault> {
        let row = scoped::find_by_id::<person::Entity>(&org, id).one(&self.reader()).await?;
        row.map(convert::user).transpose()
    }

    pub(super) async fn remove_user(
        &self,
        org: OrgScope,
        id: String,
        updated_us: Option<i64>,
        rehearsal: bool,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        // Of two that delete each other the second finds that it is the last.
        hold_rules(&tx, &org).await?;
        somebody_else_administers(&tx, &org, &id).await?;
        if !drop_person(&tx, &org, &id, updated_us).await? {
            return Ok(false);
        }
        finish(tx, rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn replace_password(
        &self,
        org: OrgScope,
        row: User,
        before: String,
        session_id: String,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let changed = scoped::update::<person::Entity>(&org)
            .col_expr(person::Column::PasswordHash, Expr::value(row.password_hash))
            .col_expr(person::Column::UpdatedUs, Expr::value(row.updated_us))
            .filter(person::Column::Id.eq(&row.id))
            .filter(person::Column::PasswordHash.eq(before))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        scoped::delete::<session::Entity>(&org)
            .filter(session::Column::PersonId.eq(row.id))
            .filter(session::Column::Id.ne(session_id))
            .exec(&tx)
            .await?;
        commit(tx).await?;
        Ok(true)
    }
}

/// Removes a person and what is theirs. False when there is none, or none that was last changed then.
pub(super) async fn drop_person(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
    updated_us: Option<i64>,
) -> Result<bool, Fault> {
    let mut going = scoped::delete::<person::Entity>(org).filter(person::Column::Id.eq(id));
    if let Some(updated_us) = updated_us {
        going = going.filter(person::Column::UpdatedUs.eq(updated_us));
    }
    if going.exec(tx).await?.rows_affected == 0 {
        return Ok(false);
    }
    scoped::delete::<session::Entity>(org)
        .filter(session::Column::PersonId.eq(id))
        .exec(tx)
        .await?;
    scoped::delete::<invitation::Entity>(org)
        .filter(invitation::Column::PersonId.eq(id))
        .exec(tx)
        .await?;
    scoped::delete::<second_factor::Entity>(org)
        .filter(second_factor::Column::PersonId.eq(id))
        .exec(tx)
        .await?;
    scoped::delete::<sso_link::Entity>(org)
        .filter(sso_link::Column::PersonId.eq(id))
        .exec(tx)
        .await?;
    take_rights(tx, org, id).await?;
    Ok(true)
}

/// Removes the keys, access control lists, role bindings and quotas of a person or an account.
pub(super) async fn take_rights(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
) -> Result<(), Fault> {
    scoped::delete::<api_key::Entity>(org).filter(api_key::Column::OwnerId.eq(id)).exec(tx).await?;
    let principal = format!("User:{id}");
    scoped::delete::<acl::Entity>(org)
        .filter(acl::Column::Principal.eq(&principal))
        .exec(tx)
        .await?;
    scoped::delete::<role_binding::Entity>(org)
        .filter(role_binding::Column::Principal.eq(principal))
        .exec(tx)
        .await?;
    forget_principal(tx, org, id).await
}

/// Refuses when this is the one person who administers the organisation and can sign in.
async fn somebody_else_administers(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
) -> Result<(), Fault> {
    let bindings = scoped::find::<role_binding::Entity>(org)
        .filter(role_binding::Column::Role.eq(Role::OrganizationAdmin.as_str()))
        .all(tx)
        .await?;
    let of = |row: &role_binding::Model| row.principal.strip_prefix("User:").map(str::to_owned);
    let (own, others): (Vec<String>, Vec<String>) =
        bindings.iter().filter_map(of).partition(|principal| principal == id);
    if own.is_empty() {
        return Ok(());
    }
    let can_sign_in = Condition::any()
        .add(person::Column::PasswordHash.is_not_null())
        .add(person::Column::AuthType.eq(AuthType::Sso.as_str()));
    let another = scoped::find::<person::Entity>(org)
        .filter(person::Column::Id.is_in(others))
        .filter(can_sign_in)
        .one(tx)
        .await?;
    match another {
        Some(_) => Ok(()),
        None => Err(Fault::Repo(RepoError::LastAdministrator)),
    }
}
