use api_app::model::SecondFactor;
use api_app::{OrgScope, RepoError};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::scoped;
use super::scoped::Owned as _;
use super::system::commit;
use crate::Store;
use crate::convert::second_factor_row;
use crate::entity::{person, second_factor};
use crate::errors::Fault;

impl Store {
    pub(super) async fn read_second_factor(
        &self,
        org: OrgScope,
        person_id: String,
    ) -> Result<Option<SecondFactor>, Fault> {
        let row = scoped::find_by_id::<second_factor::Entity>(&org, person_id)
            .one(&self.reader())
            .await?;
        row.map(crate::convert::second_factor).transpose()
    }

    pub(super) async fn write_second_factor(
        &self,
        org: OrgScope,
        row: SecondFactor,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        // Held until the end, so that the factor goes with its person.
        let owner = scoped::find_by_id::<person::Entity>(&org, row.person_id.clone())
            .lock_exclusive()
            .one(&tx)
            .await?;
        if owner.is_none() {
            return Err(Fault::Repo(RepoError::ParentGone(row.person_id)));
        }
        scoped::delete::<second_factor::Entity>(&org)
            .filter(second_factor::Column::PersonId.eq(&row.person_id))
            .filter(second_factor::Column::ConfirmedUs.is_null())
            .exec(&tx)
            .await?;
        let there =
            scoped::find_by_id::<second_factor::Entity>(&org, row.person_id.clone()).one(&tx);
        if there.await?.is_some() {
            return Ok(false);
        }
        scoped::insert::<second_factor::Entity>(&org, &tx, second_factor_row(row)).await?;
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn replace_second_factor(
        &self,
        org: OrgScope,
        row: SecondFactor,
        before: SecondFactor,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let new = second_factor::Entity::adopted(second_factor_row(row), &org);
        let changed = scoped::update::<second_factor::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(same(before))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn note_second_factor(
        &self,
        org: OrgScope,
        row: SecondFactor,
        before: SecondFactor,
    ) -> Result<bool, Fault> {
        let new = second_factor::Entity::adopted(second_factor_row(row), &org);
        let tx = self.begin().await?;
        let changed = scoped::update::<second_factor::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(same(before))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(changed.rows_affected > 0)
    }

    pub(super) async fn remove_second_factor(
        &self,
        org: OrgScope,
        person_id: String,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<second_factor::Entity>(&org)
            .filter(second_factor::Column::PersonId.eq(person_id))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}

/// The row as it was read: of two that show the same code one finds it changed.
fn same(before: SecondFactor) -> Condition {
    let before = second_factor_row(before);
    let confirmed = match before.confirmed_us {
        Some(at) => second_factor::Column::ConfirmedUs.eq(at),
        None => second_factor::Column::ConfirmedUs.is_null(),
    };
    Condition::all()
        .add(second_factor::Column::PersonId.eq(before.person_id))
        .add(second_factor::Column::Secret.eq(before.secret))
        .add(second_factor::Column::Recovery.eq(before.recovery))
        .add(second_factor::Column::LastStep.eq(before.last_step))
        .add(confirmed)
}
