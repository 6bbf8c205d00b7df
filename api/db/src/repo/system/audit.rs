use api_app::model::{AuditEvent, AuditResult, AuditSettings};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};

use super::audit_topic::enqueue;
use crate::Store;
use crate::convert::read;
use crate::entity::{audit_event, audit_settings, audit_topic_queue, organization};
use crate::errors::Fault;

const DAY_US: i64 = 86_400_000_000;

/// Ends a transaction that changed something for a request: the request's event is part of it.
pub(in crate::repo) async fn commit(tx: DatabaseTransaction) -> Result<(), Fault> {
    let due = api_app::due();
    let is_due = due.is_some();
    if let Some(event) = due {
        let id = event.id.clone();
        let row = row_of(event).into_active_model();
        audit_event::Entity::insert(row).exec_without_returning(&tx).await?;
        enqueue(&tx, &[id]).await?;
    }
    tx.commit().await?;
    if is_due {
        api_app::kept(AuditResult::Success);
    }
    Ok(())
}

impl Store {
    pub(in crate::repo) async fn write_audit_events(
        &self,
        events: Vec<AuditEvent>,
    ) -> Result<(), Fault> {
        let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
        let rows: Vec<_> =
            events.into_iter().map(|event| row_of(event).into_active_model()).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let tx = self.begin().await?;
        audit_event::Entity::insert_many(rows)
            .on_conflict(OnConflict::column(audit_event::Column::Id).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
        enqueue(&tx, &ids).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::repo) async fn correct_audit_event(
        &self,
        id: String,
        result: AuditResult,
        code: String,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        audit_event::Entity::update_many()
            .col_expr(audit_event::Column::Result, Expr::value(result.as_str()))
            .col_expr(audit_event::Column::ErrorCode, Expr::value(code))
            .filter(audit_event::Column::Id.eq(id.as_str()))
            .exec(&tx)
            .await?;
        enqueue(&tx, &[id]).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::repo) async fn drop_audit_events(&self, now_us: i64) -> Result<u64, Fault> {
        let mut gone = 0;
        for organization in organization::Entity::find().all(&self.reader()).await? {
            // Settings are read and events dropped under one lock: no hold comes in between.
            let tx = self.begin().await?;
            let id = organization.id;
            let kept = audit_settings::Entity::find_by_id(id.clone()).one(&tx).await?;
            let kept = match kept.map(settings_of).transpose()? {
                Some(kept) => kept,
                None => AuditSettings::of(id.clone()),
            };
            if kept.legal_hold {
                continue;
            }
            let oldest_us = now_us.saturating_sub(i64::from(kept.retention_days) * DAY_US);
            let dropped = audit_event::Entity::delete_many()
                .filter(audit_event::Column::OrganizationId.eq(id.as_str()))
                .filter(audit_event::Column::CreatedUs.lt(oldest_us))
                .exec(&tx)
                .await?;
            // What no topic took for so long has nothing to be written any more.
            audit_topic_queue::Entity::delete_many()
                .filter(audit_topic_queue::Column::OrganizationId.eq(id))
                .filter(audit_topic_queue::Column::DueUs.lt(oldest_us))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            gone += dropped.rows_affected;
        }
        Ok(gone)
    }
}

pub(in crate::repo) fn settings_of(row: audit_settings::Model) -> Result<AuditSettings, Fault> {
    Ok(AuditSettings {
        organization_id: row.organization_id,
        retention_days: u32::try_from(row.retention_days)
            .map_err(|_| Fault::Corrupt("audit_settings: retention_days".to_owned()))?,
        legal_hold: row.legal_hold,
        topic_cluster_id: row.topic_cluster_id,
        updated_us: row.updated_us,
    })
}

fn row_of(it: AuditEvent) -> audit_event::Model {
    audit_event::Model {
        id: it.id,
        organization_id: it.organization_id,
        created_us: it.created_us,
        kind: it.kind.as_str().to_owned(),
        service: it.service.as_str().to_owned(),
        method: it.method,
        subject: it.subject,
        resource_type: it.resource_type,
        resource_name: it.resource_name,
        operation: it.operation,
        principal: it.principal,
        key_id: it.key_id,
        mechanism: it.mechanism,
        identity: it.identity,
        address: it.address,
        request: it.request,
        result: it.result.as_str().to_owned(),
        error_code: it.error_code,
    }
}

pub(in crate::repo) fn event_of(row: audit_event::Model) -> Result<AuditEvent, Fault> {
    Ok(AuditEvent {
        kind: read("audit_event.kind", &row.kind)?,
        service: read("audit_event.service", &row.service)?,
        result: read("audit_event.result", &row.result)?,
        id: row.id,
        organization_id: row.organization_id,
        created_us: row.created_us,
        method: row.method,
        subject: row.subject,
        resource_type: row.resource_type,
        resource_name: row.resource_name,
        operation: row.operation,
        principal: row.principal,
        key_id: row.key_id,
        mechanism: row.mechanism,
        identity: row.identity,
        address: row.address,
        request: row.request,
        error_code: row.error_code,
    })
}
