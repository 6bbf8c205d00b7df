use std::collections::BTreeMap;

use api_app::OrgScope;
use api_app::model::{AuditDue, AuditResult, AuditTopic};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, JoinType, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::event_of;
use crate::Store;
use crate::entity::{audit_event, audit_settings, audit_topic_queue as queue};
use crate::errors::Fault;

/// How long the end of what was begun outside of the store is waited for.
const PENDING_US: i64 = 120_000_000;

/// Makes events that are in the log due, where their organisations want them in a topic.
pub(super) async fn enqueue(tx: &DatabaseTransaction, events: &[String]) -> Result<(), DbErr> {
    use audit_event::Column as Event;
    use audit_settings::Column as Settings;
    let table = || Alias::new("e");
    let settings = || Alias::new("s");
    let created = || Expr::col((table(), Event::CreatedUs));
    let is_pending = Expr::col((table(), Event::Result)).eq(AuditResult::Pending.as_str());
    let due = Expr::case(is_pending, created().add(PENDING_US)).finally(created());
    let wanted = Query::select()
        .column((table(), Event::Id))
        .column((table(), Event::OrganizationId))
        .expr(due)
        .from_as(audit_event::Entity, table())
        .join_as(
            JoinType::InnerJoin,
            audit_settings::Entity,
            settings(),
            Expr::col((settings(), Settings::OrganizationId))
                .equals((table(), Event::OrganizationId)),
        )
        .and_where(Expr::col((settings(), Settings::TopicClusterId)).ne(""))
        .and_where(Expr::col((table(), Event::Id)).is_in(events.iter().map(String::as_str)))
        .to_owned();
    let mut insert = Query::insert();
    insert
        .into_table(queue::Entity)
        .columns([queue::Column::Id, queue::Column::OrganizationId, queue::Column::DueUs])
        .select_from(wanted)
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .on_conflict(
            OnConflict::column(queue::Column::Id).update_column(queue::Column::DueUs).to_owned(),
        );
    tx.execute(&insert).await?;
    Ok(())
}

impl Store {
    pub(in crate::repo) async fn read_audit_topics(&self) -> Result<Vec<AuditTopic>, Fault> {
        let rows = audit_settings::Entity::find()
            .filter(audit_settings::Column::TopicClusterId.ne(""))
            .all(&self.reader())
            .await?;
        let topic = |row: audit_settings::Model| AuditTopic {
            organization_id: row.organization_id,
            cluster_id: row.topic_cluster_id,
        };
        Ok(rows.into_iter().map(topic).collect())
    }

    pub(in crate::repo) async fn read_audit_due(
        &self,
        org: OrgScope,
        now_us: i64,
        limit: u32,
    ) -> Result<Vec<AuditDue>, Fault> {
        let due = queue::Entity::find()
            .filter(queue::Column::OrganizationId.eq(org.id()))
            .filter(queue::Column::DueUs.lte(now_us))
            .order_by_asc(queue::Column::DueUs)
            .order_by_asc(queue::Column::Id)
            .limit(u64::from(limit))
            .all(&self.reader())
            .await?;
        let events = audit_event::Entity::find()
            .filter(audit_event::Column::OrganizationId.eq(org.id()))
            .filter(audit_event::Column::Id.is_in(due.iter().map(|row| row.id.as_str())))
            .all(&self.reader())
            .await?;
        let mut events: BTreeMap<String, audit_event::Model> =
            events.into_iter().map(|row| (row.id.clone(), row)).collect();
        // One that is too old to be kept is gone from the log: it is dropped with those that are.
        let known = due.into_iter().filter_map(|row| Some((events.remove(&row.id)?, row.due_us)));
        known.map(|(row, due_us)| Ok(AuditDue { event: event_of(row)?, due_us })).collect()
    }

    pub(in crate::repo) async fn drop_audit_due(
        &self,
        org: OrgScope,
        written: Vec<(String, i64)>,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        for (id, due_us) in written {
            queue::Entity::delete_many()
                .filter(queue::Column::OrganizationId.eq(org.id()))
                .filter(queue::Column::Id.eq(id))
                .filter(queue::Column::DueUs.eq(due_us))
                .exec(&tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
