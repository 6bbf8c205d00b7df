use api_app::model::IpFilter;
use api_app::{IpGuard, OrgScope, RepoError, Slice, Terms};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::ip_rules::{check_rules, hold_rules};
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::{scoped, sliced};
use crate::Store;
use crate::convert::{ip_filter as filter, ip_filter_row};
use crate::entity::{ip_filter, ip_group};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_ip_filters(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Result<Vec<IpFilter>, Fault> {
        let all = scoped::find::<ip_filter::Entity>(&org);
        let rows = sliced!(all, ip_filter::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(filter).collect()
    }

    pub(super) async fn read_ip_filter(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<IpFilter>, Fault> {
        let row = scoped::find_by_id::<ip_filter::Entity>(&org, id).one(&self.reader()).await?;
        row.map(filter).transpose()
    }

    pub(super) async fn write_ip_filter(
        &self,
        org: OrgScope,
        it: IpFilter,
        terms: Terms,
        guard: IpGuard,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        hold_rules(&tx, &org).await?;
        may_be(&tx, &org, &it).await?;
        let name = it.filter_name.clone();
        let insert = scoped::insert::<ip_filter::Entity>(&org, &tx, ip_filter_row(it)).await;
        insert.map_err(|error| lost_race(error, &name))?;
        check_rules(&tx, &org, &guard).await?;
        finish(tx, guard.rehearsal).await
    }

    pub(super) async fn replace_ip_filter(
        &self,
        org: OrgScope,
        it: IpFilter,
        before_us: i64,
        guard: IpGuard,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        hold_rules(&tx, &org).await?;
        may_be(&tx, &org, &it).await?;
        let (id, name) = (it.id.clone(), it.filter_name.clone());
        let row = ip_filter::Entity::adopted(ip_filter_row(it), &org);
        let changed = scoped::update::<ip_filter::Entity>(&org)
            .set(row.into_active_model().reset_all())
            .filter(ip_filter::Column::Id.eq(id))
            .filter(ip_filter::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        check_rules(&tx, &org, &guard).await?;
        finish(tx, guard.rehearsal).await
    }

    pub(super) async fn remove_ip_filter(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
        guard: IpGuard,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        hold_rules(&tx, &org).await?;
        let gone = scoped::delete::<ip_filter::Entity>(&org)
            .filter(ip_filter::Column::Id.eq(id))
            .filter(ip_filter::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        check_rules(&tx, &org, &guard).await?;
        finish(tx, guard.rehearsal).await?;
        Ok(true)
    }
}

/// Its name is free and its groups are there; they stay until the transaction ends.
async fn may_be(tx: &DatabaseTransaction, org: &OrgScope, it: &IpFilter) -> Result<(), Fault> {
    for id in &it.ip_group_ids {
        let group = scoped::find_by_id::<ip_group::Entity>(org, id.clone())
            .lock_exclusive()
            .one(tx)
            .await?;
        if group.is_none() {
            return Err(Fault::Repo(RepoError::ParentGone(id.clone())));
        }
    }
    let holder = scoped::find::<ip_filter::Entity>(org)
        .filter(ip_filter::Column::FilterName.eq(&it.filter_name))
        .filter(ip_filter::Column::Id.ne(&it.id))
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
