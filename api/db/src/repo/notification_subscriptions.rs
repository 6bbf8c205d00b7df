use api_app::model::{Delivery, NotificationSubscription};
use api_app::{OrgScope, RepoError, Slice, Terms};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::notification_integrations::hold_organization;
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert;
use crate::entity::{
    notification_delivery, notification_integration, notification_subscription as entity,
};
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_notification_subscriptions(
        &self,
        org: OrgScope,
        slice: Slice,
    ) -> Result<Vec<NotificationSubscription>, Fault> {
        let all = scoped::find::<entity::Entity>(&org);
        let rows = sliced!(all, entity::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::notification_subscription).collect()
    }

    pub(super) async fn read_notification_subscription(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<NotificationSubscription>, Fault> {
        let row = scoped::find_by_id::<entity::Entity>(&org, id).one(&self.reader()).await?;
        row.map(convert::notification_subscription).transpose()
    }

    pub(super) async fn write_notification_subscription(
        &self,
        org: OrgScope,
        it: NotificationSubscription,
        most: u64,
        terms: Terms,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        hold_organization(&tx, &org).await?;
        if scoped::find::<entity::Entity>(&org).count(&tx).await? >= most {
            return Ok(false);
        }
        integrations_are_there(&tx, &org, &it).await?;
        let row = convert::notification_subscription_row(it);
        scoped::insert::<entity::Entity>(&org, &tx, row).await?;
        finish(tx, terms.rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn replace_notification_subscription(
        &self,
        org: OrgScope,
        it: NotificationSubscription,
        before_us: i64,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        hold_organization(&tx, &org).await?;
        integrations_are_there(&tx, &org, &it).await?;
        let id = it.id.clone();
        let new = entity::Entity::adopted(convert::notification_subscription_row(it), &org);
        let changed = scoped::update::<entity::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(entity::Column::Id.eq(id))
            .filter(entity::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn remove_notification_subscription(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<entity::Entity>(&org)
            .filter(entity::Column::Id.eq(id))
            .filter(entity::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn list_deliveries(
        &self,
        org: OrgScope,
        integration_id: Option<String>,
        slice: Slice,
    ) -> Result<Vec<Delivery>, Fault> {
        use notification_delivery::Column;
        let mut wanted =
            Condition::all().add_option(integration_id.map(|id| Column::IntegrationId.eq(id)));
        if let Some(after) = slice.after {
            let same = Condition::all()
                .add(Column::CreatedUs.eq(after.created_us))
                .add(Column::Id.lt(after.id));
            wanted =
                wanted.add(Condition::any().add(Column::CreatedUs.lt(after.created_us)).add(same));
        }
        let rows = scoped::find::<notification_delivery::Entity>(&org)
            .filter(wanted)
            .order_by_desc(Column::CreatedUs)
            .order_by_desc(Column::Id)
            .limit(u64::from(slice.limit))
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::delivery).collect()
    }
}

async fn integrations_are_there(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    it: &NotificationSubscription,
) -> Result<(), Fault> {
    for id in &it.integration_ids {
        let found = scoped::find_by_id::<notification_integration::Entity>(org, id.clone());
        if found.one(tx).await?.is_none() {
            return Err(Fault::Repo(RepoError::ParentGone(id.clone())));
        }
    }
    Ok(())
}
