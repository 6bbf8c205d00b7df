use std::collections::{BTreeMap, BTreeSet};

use api_app::QuotaUse;
use api_app::model::{
    DELIVERIES_WAITING_MAX, Delivery, DeliveryState, IntegrationHealth, Notice, SubscriptionState,
};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::Store;
use crate::convert::{self, from_json};
use crate::entity::{
    acl, client_quota, cluster, notification_delivery as delivery, notification_integration,
    notification_mark, notification_subscription,
};
use crate::errors::Fault;

/// Integrations with something due among which turns are given.
const DUE_MAX: u64 = 1_000;

/// Writes a message down for everybody who wants to be told, in the transaction of what happened.
pub(crate) async fn announce(tx: &DatabaseTransaction, notice: &Notice) -> Result<(), Fault> {
    use notification_subscription::Column;
    let subscriptions = notification_subscription::Entity::find()
        .filter(Column::OrganizationId.eq(&notice.organization_id))
        .filter(Column::NoticeType.eq(notice.notice_type.as_str()))
        .filter(Column::State.eq(SubscriptionState::Enabled.as_str()))
        .all(tx)
        .await?;
    let mut targets = BTreeSet::new();
    for row in subscriptions {
        targets.extend(from_json::<Vec<String>>("integration_ids", &row.integration_ids)?);
    }
    let organization = notification_integration::Column::OrganizationId;
    for id in targets {
        let found = notification_integration::Entity::find_by_id(id.clone())
            .filter(organization.eq(&notice.organization_id))
            .one(tx)
            .await?;
        if found.is_none_or(|row| !row.disabled.is_empty()) {
            continue;
        }
        let waiting: Option<(i64, Option<i64>)> = delivery::Entity::find()
            .select_only()
            .column_as(delivery::Column::Id.count(), "waiting")
            .column_as(delivery::Column::DueUs.max(), "due_us")
            .filter(delivery::Column::IntegrationId.eq(&id))
            .filter(delivery::Column::State.eq(DeliveryState::Pending.as_str()))
            .into_tuple()
            .one(tx)
            .await?;
        let (waiting, due_us) = waiting.unwrap_or_default();
        if waiting.unsigned_abs() >= DELIVERIES_WAITING_MAX {
            let dropped = notification_integration::Column::Dropped;
            notification_integration::Entity::update_many()
                .col_expr(dropped, Expr::col(dropped).add(1))
                .filter(notification_integration::Column::Id.eq(&id))
                .exec(tx)
                .await?;
            continue;
        }
        let mut row = Delivery::of(notice, &id);
        // Not before those that wait for their next try.
        row.due_us = Ord::max(due_us.unwrap_or(row.due_us), row.due_us);
        let row = convert::delivery_row(row).into_active_model();
        delivery::Entity::insert(row)
            .on_conflict(OnConflict::column(delivery::Column::Id).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

impl Store {
    pub(in crate::repo) async fn read_due_deliveries(
        &self,
        now_us: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, Fault> {
        let is_waiting = delivery::Column::State.eq(DeliveryState::Pending.as_str());
        let due: Vec<String> = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::IntegrationId)
            .filter(is_waiting.clone())
            .filter(delivery::Column::DueUs.lte(now_us))
            .group_by(delivery::Column::IntegrationId)
            .order_by_asc(delivery::Column::DueUs.min())
            .order_by_asc(delivery::Column::IntegrationId)
            .limit(DUE_MAX)
            .into_tuple()
            .all(&self.reader())
            .await?;
        let turns: Vec<String> = notification_integration::Entity::find()
            .select_only()
            .column(notification_integration::Column::Id)
            .filter(notification_integration::Column::Id.is_in(due))
            .order_by_asc(notification_integration::Column::LastUs)
            .order_by_asc(notification_integration::Column::Id)
            .limit(u64::from(limit))
            .into_tuple()
            .all(&self.reader())
            .await?;
        let mut heads = Vec::with_capacity(turns.len());
        for id in turns {
            let head = delivery::Entity::find()
                .filter(delivery::Column::IntegrationId.eq(id))
                .filter(is_waiting.clone())
                .order_by_asc(delivery::Column::CreatedUs)
                .order_by_asc(delivery::Column::Id)
                .one(&self.reader())
                .await?;
            if let Some(row) = head.filter(|row| row.due_us <= now_us) {
                heads.push(convert::delivery(row)?);
            }
        }
        Ok(heads)
    }

    pub(in crate::repo) async fn end_try(
        &self,
        it: Delivery,
        health: IntegrationHealth,
    ) -> Result<(), Fault> {
        use notification_integration::Column;
        let tx = self.begin().await?;
        delivery::Entity::update_many()
            .col_expr(delivery::Column::State, Expr::value(it.state.as_str()))
            .col_expr(
                delivery::Column::Attempts,
                Expr::value(i32::try_from(it.attempts).unwrap_or(i32::MAX)),
            )
            .col_expr(delivery::Column::DueUs, Expr::value(it.due_us))
            .col_expr(delivery::Column::EndedUs, Expr::value(it.ended_us))
            .col_expr(delivery::Column::Error, Expr::value(&it.error))
            .filter(delivery::Column::Id.eq(&it.id))
            .exec(&tx)
            .await?;
        notification_integration::Entity::update_many()
            .col_expr(Column::LastUs, Expr::value(health.last_us))
            .col_expr(Column::LastError, Expr::value(health.last_error))
            .col_expr(Column::FailingSinceUs, Expr::value(health.failing_since_us))
            .col_expr(Column::Disabled, Expr::value(&health.disabled))
            .filter(Column::Id.eq(&it.integration_id))
            .exec(&tx)
            .await?;
        let others = delivery::Entity::update_many()
            .filter(delivery::Column::IntegrationId.eq(it.integration_id))
            .filter(delivery::Column::State.eq(DeliveryState::Pending.as_str()));
        if !health.disabled.is_empty() {
            others
                .col_expr(delivery::Column::State, Expr::value(DeliveryState::Failed.as_str()))
                .col_expr(delivery::Column::EndedUs, Expr::value(health.last_us))
                .col_expr(delivery::Column::Error, Expr::value(health.disabled))
                .exec(&tx)
                .await?;
        } else if it.state == DeliveryState::Pending {
            others
                .col_expr(delivery::Column::DueUs, Expr::value(it.due_us))
                .filter(delivery::Column::DueUs.lt(it.due_us))
                .exec(&tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    pub(in crate::repo) async fn drop_deliveries(&self, until_us: i64) -> Result<(), Fault> {
        let tx = self.begin().await?;
        delivery::Entity::delete_many()
            .filter(delivery::Column::State.ne(DeliveryState::Pending.as_str()))
            .filter(delivery::Column::EndedUs.lte(until_us))
            .exec(&tx)
            .await?;
        Ok(tx.commit().await?)
    }

    pub(in crate::repo) async fn read_quota_use(
        &self,
        acls: u64,
        client_quotas: u64,
    ) -> Result<Vec<QuotaUse>, Fault> {
        let least = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let with_acls = acl::Entity::find()
            .select_only()
            .column(acl::Column::ClusterId)
            .column_as(acl::Column::ClusterId.count(), "held")
            .group_by(acl::Column::ClusterId)
            .having(acl::Column::ClusterId.count().gte(least(acls)))
            .into_model::<Held>()
            .all(&self.reader())
            .await?;
        let with_quotas = client_quota::Entity::find()
            .select_only()
            .column(client_quota::Column::ClusterId)
            .column_as(client_quota::Column::ClusterId.count(), "held")
            .group_by(client_quota::Column::ClusterId)
            .having(client_quota::Column::ClusterId.count().gte(least(client_quotas)))
            .into_model::<Held>()
            .all(&self.reader())
            .await?;
        let mut held: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for row in with_acls {
            held.entry(row.cluster_id).or_default().0 = row.held.unsigned_abs();
        }
        for row in with_quotas {
            held.entry(row.cluster_id).or_default().1 = row.held.unsigned_abs();
        }
        let mut found = Vec::with_capacity(held.len());
        for (id, (acls, client_quotas)) in held {
            let row = cluster::Entity::find_by_id(id)
                .filter(cluster::Column::DeletionRequestedUs.is_null())
                .one(&self.reader())
                .await?;
            if let Some(row) = row {
                found.push(QuotaUse { cluster: convert::cluster(row)?, acls, client_quotas });
            }
        }
        Ok(found)
    }

    pub(in crate::repo) async fn write_marks(
        &self,
        raised: Vec<(String, Notice)>,
        kept: Vec<String>,
    ) -> Result<(), Fault> {
        let there = notification_mark::Entity::find().all(&self.reader()).await?;
        let known: BTreeSet<&str> = there.iter().map(|row| row.id.as_str()).collect();
        let kept: BTreeSet<&str> = kept.iter().map(String::as_str).collect();
        let gone: Vec<String> =
            known.iter().filter(|id| !kept.contains(*id)).map(|id| (*id).to_owned()).collect();
        let fresh: Vec<_> =
            raised.into_iter().filter(|(mark, _)| !known.contains(mark.as_str())).collect();
        if gone.is_empty() && fresh.is_empty() {
            return Ok(());
        }
        let tx = self.begin().await?;
        for (id, notice) in fresh {
            let row = notification_mark::Model {
                id: id.clone(),
                organization_id: notice.organization_id.clone(),
                created_us: notice.at_us,
            };
            let added = notification_mark::Entity::insert(row.into_active_model())
                .on_conflict(
                    OnConflict::column(notification_mark::Column::Id).do_nothing().to_owned(),
                )
                .exec_without_returning(&tx)
                .await?;
            if added > 0 {
                announce(&tx, &notice).await?;
            }
        }
        if !gone.is_empty() {
            notification_mark::Entity::delete_many()
                .filter(notification_mark::Column::Id.is_in(gone))
                .exec(&tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}

/// How many of something a cluster has.
#[derive(Debug, FromQueryResult)]
struct Held {
    cluster_id: String,
    held: i64,
}
