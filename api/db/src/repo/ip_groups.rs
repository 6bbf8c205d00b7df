use api_app::model::{IpFilter, IpGroup};
use api_app::{RepoError, Slice, Terms};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::receipts::{finish, write_receipt};
use super::sliced;
use crate::Store;
use crate::convert::{from_json, ip_filter, to_json};
use crate::entity::{ip_filter as filter_entity, ip_group};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_ip_groups(&self, slice: Slice) -> Result<Vec<IpGroup>, Fault> {
        let all = ip_group::Entity::find();
        let rows = sliced!(all, ip_group::Column, slice).all(&self.reader).await?;
        rows.into_iter().map(group).collect()
    }

    pub(super) async fn read_ip_group(&self, id: String) -> Result<Option<IpGroup>, Fault> {
        let row = ip_group::Entity::find_by_id(id).one(&self.reader).await?;
        row.map(group).transpose()
    }

    pub(super) async fn write_ip_group(&self, it: IpGroup, terms: Terms) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, terms.receipt).await?;
        name_is_free(&tx, &it).await?;
        let name = it.group_name.clone();
        let insert = ip_group::Entity::insert(row(it).into_active_model());
        insert.exec_without_returning(&tx).await.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_ip_group(&self, it: IpGroup, before_us: i64) -> Result<(), Fault> {
        let tx = self.begin().await?;
        name_is_free(&tx, &it).await?;
        let (id, name) = (it.id.clone(), it.group_name.clone());
        let changed = ip_group::Entity::update_many()
            .set(row(it).into_active_model().reset_all())
            .filter(ip_group::Column::Id.eq(id))
            .filter(ip_group::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, false).await
    }

    pub(super) async fn remove_ip_group(&self, id: String, at_us: i64) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = ip_group::Entity::delete_many()
            .filter(ip_group::Column::Id.eq(&id))
            .filter(ip_group::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        // A filter that got the group in between keeps it.
        let held = filter_entity::Entity::find()
            .filter(filter_entity::Column::IpGroupIds.contains(&id))
            .one(&tx)
            .await?;
        if held.is_some() {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(gone.rows_affected > 0)
    }

    pub(super) async fn read_ip_rules(
        &self,
        organization_id: String,
        always: bool,
    ) -> Result<(Vec<IpFilter>, Vec<IpGroup>), Fault> {
        let filters = filter_entity::Entity::find()
            .filter(filter_entity::Column::OrganizationId.eq(&organization_id))
            .order_by_asc(filter_entity::Column::Id)
            .all(&self.reader)
            .await?;
        if filters.is_empty() && !always {
            return Ok((Vec::new(), Vec::new()));
        }
        let groups = ip_group::Entity::find()
            .filter(ip_group::Column::OrganizationId.eq(&organization_id))
            .order_by_asc(ip_group::Column::Id)
            .all(&self.reader)
            .await?;
        Ok((
            filters.into_iter().map(ip_filter).collect::<Result<_, _>>()?,
            groups.into_iter().map(group).collect::<Result<_, _>>()?,
        ))
    }
}

async fn name_is_free(tx: &DatabaseTransaction, it: &IpGroup) -> Result<(), Fault> {
    let holder = ip_group::Entity::find()
        .filter(ip_group::Column::OrganizationId.eq(&it.organization_id))
        .filter(ip_group::Column::GroupName.eq(&it.group_name))
        .filter(ip_group::Column::Id.ne(&it.id))
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

fn group(row: ip_group::Model) -> Result<IpGroup, Fault> {
    Ok(IpGroup {
        cidr_blocks: from_json("cidr_blocks", &row.cidr_blocks)?,
        id: row.id,
        organization_id: row.organization_id,
        group_name: row.group_name,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

fn row(it: IpGroup) -> ip_group::Model {
    ip_group::Model {
        id: it.id,
        organization_id: it.organization_id,
        group_name: it.group_name,
        cidr_blocks: to_json(&it.cidr_blocks),
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}
