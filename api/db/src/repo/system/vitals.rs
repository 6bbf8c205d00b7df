use api_app::model::{Backlog, DeliveryState, StoreVitals};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
};

use crate::Store;
use crate::convert::read;
use crate::entity::{audit_topic_queue, cluster, notification_delivery, work};
use crate::errors::Fault;

#[derive(Debug, FromQueryResult)]
struct InPhase {
    phase: String,
    held: i64,
}

#[derive(Debug, Default, FromQueryResult)]
struct Waiting {
    held: i64,
    oldest_us: Option<i64>,
}

impl Store {
    pub(in crate::repo) async fn read_vitals(&self, now_us: i64) -> Result<StoreVitals, Fault> {
        let held = || cluster::Column::Id.count();
        let phases = cluster::Entity::find()
            .select_only()
            .column(cluster::Column::Phase)
            .column_as(held(), "held")
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .group_by(cluster::Column::Phase)
            .into_model::<InPhase>()
            .all(&self.reader())
            .await?;
        let leaving = cluster::Entity::find()
            .select_only()
            .column_as(held(), "held")
            .column_as(cluster::Column::DeletionRequestedUs.min(), "oldest_us")
            .filter(cluster::Column::DeletionRequestedUs.is_not_null())
            // Until its undo window is over nobody works on it.
            .filter(cluster::Column::KeptUntilUs.is_null())
            .filter(cluster::Column::DeletedUs.is_null());
        let unleased = Condition::any()
            .add(work::Column::LeaseUntilUs.is_null())
            .add(work::Column::LeaseUntilUs.lte(now_us));
        let due = work::Entity::find()
            .select_only()
            .column_as(work::Column::Uid.count(), "held")
            .column_as(work::Column::DueUs.min(), "oldest_us")
            .filter(work::Column::DueUs.lte(now_us))
            .filter(unleased);
        let messages = notification_delivery::Entity::find()
            .select_only()
            .column_as(notification_delivery::Column::Id.count(), "held")
            .column_as(notification_delivery::Column::DueUs.min(), "oldest_us")
            .filter(notification_delivery::Column::State.eq(DeliveryState::Pending.as_str()))
            .filter(notification_delivery::Column::DueUs.lte(now_us));
        let events = audit_topic_queue::Entity::find()
            .select_only()
            .column_as(audit_topic_queue::Column::Id.count(), "held")
            .column_as(audit_topic_queue::Column::DueUs.min(), "oldest_us")
            .filter(audit_topic_queue::Column::DueUs.lte(now_us));
        let counted =
            |row: InPhase| Ok((read("cluster.phase", &row.phase)?, row.held.unsigned_abs()));
        Ok(StoreVitals {
            clusters: phases.into_iter().map(counted).collect::<Result<_, Fault>>()?,
            clusters_leaving: self.waiting(leaving.into_query(), now_us).await?.waiting,
            work: self.waiting(due.into_query(), now_us).await?,
            notifications: self.waiting(messages.into_query(), now_us).await?,
            audit_topics: self.waiting(events.into_query(), now_us).await?,
        })
    }

    async fn waiting(&self, query: SelectStatement, now_us: i64) -> Result<Backlog, Fault> {
        let found = Waiting::find_by_statement(self.reader().get_database_backend().build(&query));
        let found = found.one(&self.reader()).await?.unwrap_or_default();
        let over_us = found.oldest_us.map_or(0, |oldest_us| now_us.saturating_sub(oldest_us));
        Ok(Backlog {
            waiting: found.held.unsigned_abs(),
            oldest_us: u64::try_from(over_us).unwrap_or(0),
        })
    }
}
