use api_app::model::IpGroup;
use api_app::{IpGuard, OrgScope, RepoError, Slice, Terms};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, IntoActiveModel, QueryFilter};

use super::ip_rules::{check_rules, hold_rules};
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert::{from_json, to_json};
use crate::entity::{ip_filter as filter_entity, ip_group};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_ip_groups(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Result<Vec<IpGroup>, Fault> {
        let all = scoped::find::<ip_group::Entity>(&org);
        let rows = sliced!(all, ip_group::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(group).collect()
    }

    pub(super) async fn read_ip_group(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<IpGroup>, Fault> {
        let row = scoped::find_by_id::<ip_group::Entity>(&org, id).one(&self.reader()).await?;
        row.map(group).transpose()
    }

    pub(super) async fn write_ip_group(
        &self,
        org: OrgScope,
        it: IpGroup,
        terms: Terms,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        name_is_free(&tx, &org, &it).await?;
        let name = it.group_name.clone();
        let insert = scoped::insert::<ip_group::Entity>(&org, &tx, row(it)).await;
        insert.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await
    }

    pub(super) async fn replace_ip_group(
        &self,
        org: OrgScope,
        it: IpGroup,
        before_us: i64,
        guard: IpGuard,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        hold_rules(&tx, &org).await?;
        name_is_free(&tx, &org, &it).await?;
        let (id, name) = (it.id.clone(), it.group_name.clone());
        let new = ip_group::Entity::adopted(row(it), &org);
        let changed = scoped::update::<ip_group::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(ip_group::Column::Id.eq(id))
            .filter(ip_group::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        check_rules(&tx, &org, &guard).await?;
        finish(tx, guard.rehearsal).await
    }

    pub(super) async fn remove_ip_group(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<ip_group::Entity>(&org)
            .filter(ip_group::Column::Id.eq(&id))
            .filter(ip_group::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        // A filter that got the group in between keeps it.
        let held = scoped::find::<filter_entity::Entity>(&org)
            .filter(filter_entity::Column::IpGroupIds.contains(&id))
            .one(&tx)
            .await?;
        if held.is_some() {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(gone.rows_affected > 0)
    }
}

async fn name_is_free(tx: &DatabaseTransaction, org: &OrgScope, it: &IpGroup) -> Result<(), Fault> {
    let holder = scoped::find::<ip_group::Entity>(org)
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

pub(super) fn group(row: ip_group::Model) -> Result<IpGroup, Fault> {
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
