use api_app::model::GroupMapping;
use api_app::{OrgScope, RepoError, Slice, Terms};
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::identity_providers::lost_race;
use super::ip_rules::hold_rules;
use super::people::take_rights;
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::group_mapping;
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_group_mappings(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Result<Vec<GroupMapping>, Fault> {
        let all = scoped::find::<group_mapping::Entity>(&org);
        let rows = sliced!(all, group_mapping::Column, slice).all(&self.reader()).await?;
        Ok(rows.into_iter().map(convert::group_mapping).collect())
    }

    pub(super) async fn read_group_mapping(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<GroupMapping>, Fault> {
        let row = scoped::find_by_id::<group_mapping::Entity>(&org, id).one(&self.reader()).await?;
        Ok(row.map(convert::group_mapping))
    }

    pub(super) async fn write_group_mapping(
        &self,
        org: OrgScope,
        it: GroupMapping,
        most: u64,
        terms: Terms,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        // Held until the end, so that of two at the same time the second counts the first.
        hold_rules(&tx, &org).await?;
        if scoped::find::<group_mapping::Entity>(&org).count(&tx).await? >= most {
            return Ok(false);
        }
        let name = it.display_name.clone();
        let row = convert::group_mapping_row(it);
        let added = scoped::insert::<group_mapping::Entity>(&org, &tx, row).await;
        added.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn replace_group_mapping(
        &self,
        org: OrgScope,
        it: GroupMapping,
        before_us: i64,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        let (id, name) = (it.id.clone(), it.display_name.clone());
        let new = group_mapping::Entity::adopted(convert::group_mapping_row(it), &org);
        let changed = scoped::update::<group_mapping::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(group_mapping::Column::Id.eq(id))
            .filter(group_mapping::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn remove_group_mapping(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<group_mapping::Entity>(&org)
            .filter(group_mapping::Column::Id.eq(&id))
            .filter(group_mapping::Column::UpdatedUs.eq(at_us))
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
