use api_app::model::IpFilter;
use api_app::{RepoError, Slice, Terms};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use super::receipts::{finish, write_receipt};
use super::sliced;
use crate::Store;
use crate::convert::{ip_filter as filter, ip_filter_row};
use crate::entity::{ip_filter, ip_group};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_ip_filters(&self, slice: Slice) -> Result<Vec<IpFilter>, Fault> {
        let all = ip_filter::Entity::find();
        let rows = sliced!(all, ip_filter::Column, slice).all(&self.reader).await?;
        rows.into_iter().map(filter).collect()
    }

    pub(super) async fn read_ip_filter(&self, id: String) -> Result<Option<IpFilter>, Fault> {
        let row = ip_filter::Entity::find_by_id(id).one(&self.reader).await?;
        row.map(filter).transpose()
    }

    pub(super) async fn write_ip_filter(&self, it: IpFilter, terms: Terms) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, terms.receipt).await?;
        may_be(&tx, &it).await?;
        let name = it.filter_name.clone();
        let insert = ip_filter::Entity::insert(ip_filter_row(it).into_active_model());
        insert.exec_without_returning(&tx).await.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_ip_filter(
        &self,
        it: IpFilter,
        before_us: i64,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        may_be(&tx, &it).await?;
        let (id, name) = (it.id.clone(), it.filter_name.clone());
        let changed = ip_filter::Entity::update_many()
            .set(ip_filter_row(it).into_active_model().reset_all())
            .filter(ip_filter::Column::Id.eq(id))
            .filter(ip_filter::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, false).await
    }

    pub(super) async fn remove_ip_filter(&self, id: String, at_us: i64) -> Result<bool, Fault> {
        let gone = ip_filter::Entity::delete_many()
            .filter(ip_filter::Column::Id.eq(id))
            .filter(ip_filter::Column::UpdatedUs.eq(at_us))
            .exec(&self.writer)
            .await?;
        Ok(gone.rows_affected > 0)
    }
}

/// Its name is free and its groups are there; they stay until the transaction ends.
async fn may_be(tx: &DatabaseTransaction, it: &IpFilter) -> Result<(), Fault> {
    for id in &it.ip_group_ids {
        let group = ip_group::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?;
        if group.is_none() {
            return Err(Fault::Repo(RepoError::ParentGone(id.clone())));
        }
    }
    let holder = ip_filter::Entity::find()
        .filter(ip_filter::Column::OrganizationId.eq(&it.organization_id))
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
