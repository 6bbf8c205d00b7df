use api_app::model::IdentityProvider;
use api_app::{OrgScope, RepoError, Slice, Terms};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect,
};

use super::people::take_rights;
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert::{self, to_json};
use crate::entity::{identity_pool, identity_provider, organization};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_identity_providers(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Result<Vec<IdentityProvider>, Fault> {
        let all = scoped::find::<identity_provider::Entity>(&org);
        let rows = sliced!(all, identity_provider::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::identity_provider).collect()
    }

    pub(super) async fn read_identity_provider(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<IdentityProvider>, Fault> {
        let row =
            scoped::find_by_id::<identity_provider::Entity>(&org, id).one(&self.reader()).await?;
        row.map(convert::identity_provider).transpose()
    }

    pub(super) async fn write_identity_provider(
        &self,
        org: OrgScope,
        it: IdentityProvider,
        most: u64,
        terms: Terms,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        name_is_free(&tx, &org, &it).await?;
        // The organisation is held, so that of two at the same time the second counts the first.
        let _held = hold_organization(&tx, &org).await?;
        if scoped::find::<identity_provider::Entity>(&org).count(&tx).await? >= most {
            return Ok(false);
        }
        let name = it.display_name.clone();
        let row = convert::identity_provider_row(it);
        let insert = scoped::insert::<identity_provider::Entity>(&org, &tx, row).await;
        insert.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn replace_identity_provider(
        &self,
        org: OrgScope,
        it: IdentityProvider,
        before_us: i64,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        name_is_free(&tx, &org, &it).await?;
        let (id, name) = (it.id.clone(), it.display_name.clone());
        let new = identity_provider::Entity::adopted(convert::identity_provider_row(it), &org);
        let changed = scoped::update::<identity_provider::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(identity_provider::Column::Id.eq(id))
            .filter(identity_provider::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn replace_identity_keys(
        &self,
        org: OrgScope,
        it: IdentityProvider,
        asked_for: bool,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let column = identity_provider::Column::Keys;
        let changed = scoped::update::<identity_provider::Entity>(&org)
            .col_expr(column, Expr::value(to_json(&it.keys)))
            .col_expr(identity_provider::Column::KeysStatus, Expr::value(it.keys_status.as_str()))
            .col_expr(identity_provider::Column::KeysUs, Expr::value(it.keys_us))
            .filter(identity_provider::Column::Id.eq(it.id))
            .filter(identity_provider::Column::JwksUri.eq(it.jwks_uri))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        if asked_for {
            commit(tx).await?;
        } else {
            tx.commit().await?;
        }
        Ok(true)
    }

    pub(super) async fn remove_identity_provider(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<identity_provider::Entity>(&org)
            .filter(identity_provider::Column::Id.eq(&id))
            .filter(identity_provider::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        let pools = scoped::find::<identity_pool::Entity>(&org)
            .filter(identity_pool::Column::ProviderId.eq(&id))
            .all(&tx)
            .await?;
        scoped::delete::<identity_pool::Entity>(&org)
            .filter(identity_pool::Column::ProviderId.eq(id))
            .exec(&tx)
            .await?;
        for pool in pools {
            take_rights(&tx, &org, &pool.id).await?;
        }
        commit(tx).await?;
        Ok(true)
    }
}

async fn hold_organization(
    tx: &DatabaseTransaction,
    org: &OrgScope,
) -> Result<Option<organization::Model>, Fault> {
    Ok(scoped::find::<organization::Entity>(org).lock_exclusive().one(tx).await?)
}

async fn name_is_free(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    it: &IdentityProvider,
) -> Result<(), Fault> {
    let holder = scoped::find::<identity_provider::Entity>(org)
        .filter(identity_provider::Column::DisplayName.eq(&it.display_name))
        .filter(identity_provider::Column::Id.ne(&it.id))
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
