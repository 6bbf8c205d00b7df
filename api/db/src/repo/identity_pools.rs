use api_app::model::IdentityPool;
use api_app::{OrgScope, RepoError, Slice, Terms};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, IntoActiveModel, PaginatorTrait,
    QueryFilter, QuerySelect,
};

use super::identity_providers::lost_race;
use super::people::take_rights;
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::{identity_pool, identity_provider};
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_identity_pools(
        &self,
        org: OrgScope,
        provider_id: String,
        slice: Slice,
    ) -> Result<Vec<IdentityPool>, Fault> {
        let all = scoped::find::<identity_pool::Entity>(&org)
            .filter(identity_pool::Column::ProviderId.eq(provider_id));
        let rows = sliced!(all, identity_pool::Column, slice).all(&self.reader()).await?;
        Ok(rows.into_iter().map(convert::identity_pool).collect())
    }

    pub(super) async fn read_identity_pool(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<IdentityPool>, Fault> {
        let row = scoped::find_by_id::<identity_pool::Entity>(&org, id).one(&self.reader()).await?;
        Ok(row.map(convert::identity_pool))
    }

    pub(super) async fn write_identity_pool(
        &self,
        org: OrgScope,
        it: IdentityPool,
        most: u64,
        terms: Terms,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        // The provider is held: it stays, and of two pools at the same time the second counts the first.
        let provider = scoped::find_by_id::<identity_provider::Entity>(&org, &it.provider_id)
            .lock_exclusive()
            .one(&tx)
            .await?;
        if provider.is_none() {
            return Err(Fault::Repo(RepoError::ParentGone(it.provider_id)));
        }
        name_is_free(&tx, &org, &it).await?;
        let siblings = scoped::find::<identity_pool::Entity>(&org)
            .filter(identity_pool::Column::ProviderId.eq(&it.provider_id));
        if siblings.count(&tx).await? >= most {
            return Ok(false);
        }
        let name = it.display_name.clone();
        let row = convert::identity_pool_row(it);
        let insert = scoped::insert::<identity_pool::Entity>(&org, &tx, row).await;
        insert.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn replace_identity_pool(
        &self,
        org: OrgScope,
        it: IdentityPool,
        before_us: i64,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        name_is_free(&tx, &org, &it).await?;
        let (id, name) = (it.id.clone(), it.display_name.clone());
        let new = identity_pool::Entity::adopted(convert::identity_pool_row(it), &org);
        let changed = scoped::update::<identity_pool::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(identity_pool::Column::Id.eq(id))
            .filter(identity_pool::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn remove_identity_pool(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<identity_pool::Entity>(&org)
            .filter(identity_pool::Column::Id.eq(&id))
            .filter(identity_pool::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        take_rights(&tx, &org, &id).await?;
        commit(tx).await?;
        Ok(true)
    }
}

async fn name_is_free(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    it: &IdentityPool,
) -> Result<(), Fault> {
    let holder = scoped::find::<identity_pool::Entity>(org)
        .filter(identity_pool::Column::ProviderId.eq(&it.provider_id))
        .filter(identity_pool::Column::DisplayName.eq(&it.display_name))
        .filter(identity_pool::Column::Id.ne(&it.id))
        .one(tx)
        .await?;
    match holder {
        None => Ok(()),
        Some(row) => Err(Fault::Repo(RepoError::Taken { existing_id: row.id })),
    }
}
