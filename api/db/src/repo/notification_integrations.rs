use api_app::model::NotificationIntegration;
use api_app::{OrgScope, RepoError, Slice, Terms};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, PaginatorTrait, QueryFilter, QuerySelect};

use super::identity_providers::lost_race;
use super::receipts::{finish, write_receipt};
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::{
    notification_delivery, notification_integration as entity, notification_subscription,
    organization,
};
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_notification_integrations(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Result<Vec<NotificationIntegration>, Fault> {
        let all = scoped::find::<entity::Entity>(&org);
        let rows = sliced!(all, entity::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::notification_integration).collect()
    }

    pub(super) async fn read_notification_integration(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<NotificationIntegration>, Fault> {
        let row = scoped::find_by_id::<entity::Entity>(&org, id).one(&self.reader()).await?;
        row.map(convert::notification_integration).transpose()
    }

    pub(super) async fn write_notification_integration(
        &self,
        org: OrgScope,
        it: NotificationIntegration,
        most: u64,
        terms: Terms,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        name_is_free(&tx, &org, &it).await?;
        hold_organization(&tx, &org).await?;
        if scoped::find::<entity::Entity>(&org).count(&tx).await? >= most {
            return Ok(false);
        }
        let name = it.display_name.clone();
        let row = convert::notification_integration_row(it);
        let insert = scoped::insert::<entity::Entity>(&org, &tx, row).await;
        insert.map_err(|error| lost_race(error, &name))?;
        finish(tx, terms.rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn replace_notification_integration(
        &self,
        org: OrgScope,
        it: NotificationIntegration,
        before_us: i64,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        use entity::Column;
        let tx = self.begin().await?;
        name_is_free(&tx, &org, &it).await?;
        let row = convert::notification_integration_row(it);
        let mut update = scoped::update::<entity::Entity>(&org)
            .col_expr(Column::DisplayName, Expr::value(&row.display_name))
            .col_expr(Column::Description, Expr::value(row.description))
            .col_expr(Column::Kind, Expr::value(row.kind))
            .col_expr(Column::Target, Expr::value(row.target))
            .col_expr(Column::PepperVersion, Expr::value(row.pepper_version))
            .col_expr(Column::UpdatedUs, Expr::value(row.updated_us));
        if row.disabled.is_empty() {
            // Whoever changes it wants it to be sent to.
            update = update
                .col_expr(Column::Disabled, Expr::value(""))
                .col_expr(Column::FailingSinceUs, Expr::value(Option::<i64>::None));
        }
        let changed = update
            .filter(Column::Id.eq(row.id))
            .filter(Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &row.display_name))?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn remove_notification_integration(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        hold_organization(&tx, &org).await?;
        let gone = scoped::delete::<entity::Entity>(&org)
            .filter(entity::Column::Id.eq(&id))
            .filter(entity::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        // A subscription that got it in between keeps it.
        let held = scoped::find::<notification_subscription::Entity>(&org)
            .filter(notification_subscription::Column::IntegrationIds.contains(&id))
            .one(&tx)
            .await?;
        if held.is_some() || gone.rows_affected == 0 {
            return Ok(false);
        }
        scoped::delete::<notification_delivery::Entity>(&org)
            .filter(notification_delivery::Column::IntegrationId.eq(id))
            .exec(&tx)
            .await?;
        commit(tx).await?;
        Ok(true)
    }
}

/// Of two changes of the same organisation at the same time, the second sees what the first did.
pub(super) async fn hold_organization(
    tx: &DatabaseTransaction,
    org: &OrgScope,
) -> Result<(), Fault> {
    scoped::find::<organization::Entity>(org).lock_exclusive().one(tx).await?;
    Ok(())
}

async fn name_is_free(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    it: &NotificationIntegration,
) -> Result<(), Fault> {
    let holder = scoped::find::<entity::Entity>(org)
        .filter(entity::Column::DisplayName.eq(&it.display_name))
        .filter(entity::Column::Id.ne(&it.id))
        .one(tx)
        .await?;
    match holder {
        None => Ok(()),
        Some(row) => Err(Fault::Repo(RepoError::Taken { existing_id: row.id })),
    }
}
