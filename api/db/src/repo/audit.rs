use api_app::model::{AuditEvent, AuditSettings};
use api_app::{AuditFilter, OrgScope, Slice};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};

use super::scoped;
use super::system::{commit, event_of, settings_of};
use crate::Store;
use crate::entity::{audit_event, audit_settings, audit_topic_queue};
use crate::errors::{Fault, is_unique_violation};

impl Store {
    pub(super) async fn list_audit_events(
        &self,
        org: OrgScope,
        filter: AuditFilter,
        slice: Slice,
    ) -> Result<Vec<AuditEvent>, Fault> {
        use audit_event::Column;
        let mut wanted = Condition::all()
            .add_option(filter.from_us.map(|from_us| Column::CreatedUs.gte(from_us)))
            .add_option(filter.until_us.map(|until_us| Column::CreatedUs.lt(until_us)))
            .add_option(filter.principal.map(|principal| Column::Principal.eq(principal)))
            .add_option(filter.result.map(|result| Column::Result.eq(result.as_str())))
            .add_option(filter.request_id.map(|id| Column::Id.eq(id)));
        if let Some(resource) = filter.resource {
            let below = Column::Subject.starts_with(format!("{resource}/"));
            let it = Condition::any()
                .add(Column::Subject.eq(&resource))
                .add(Column::ResourceName.eq(&resource));
            wanted = wanted.add(if resource.starts_with("crn:") { it.add(below) } else { it });
        }
        if let Some(after) = slice.after {
            let same = Condition::all()
                .add(Column::CreatedUs.eq(after.created_us))
                .add(Column::Id.lt(after.id));
            wanted =
                wanted.add(Condition::any().add(Column::CreatedUs.lt(after.created_us)).add(same));
        }
        let rows = scoped::find::<audit_event::Entity>(&org)
            .filter(wanted)
            .order_by_desc(Column::CreatedUs)
            .order_by_desc(Column::Id)
            .limit(u64::from(slice.limit))
            .all(&self.reader())
            .await?;
        rows.into_iter().map(event_of).collect()
    }

    pub(super) async fn read_audit_settings(
        &self,
        org: OrgScope,
    ) -> Result<Option<AuditSettings>, Fault> {
        let row = scoped::find::<audit_settings::Entity>(&org).one(&self.reader()).await?;
        row.map(settings_of).transpose()
    }

    pub(super) async fn replace_audit_settings(
        &self,
        org: OrgScope,
        it: AuditSettings,
        before_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let has_no_topic = it.topic_cluster_id.is_empty();
        let row = audit_settings::Model {
            organization_id: it.organization_id,
            retention_days: i32::try_from(it.retention_days).unwrap_or(i32::MAX),
            legal_hold: it.legal_hold,
            topic_cluster_id: it.topic_cluster_id,
            updated_us: it.updated_us,
        };
        if before_us == 0 {
            if let Err(error) = scoped::insert::<audit_settings::Entity>(&org, &tx, row).await {
                return if is_unique_violation(&error) { Ok(false) } else { Err(error.into()) };
            }
        } else {
            let changed = scoped::update::<audit_settings::Entity>(&org)
                .col_expr(audit_settings::Column::RetentionDays, Expr::value(row.retention_days))
                .col_expr(audit_settings::Column::LegalHold, Expr::value(row.legal_hold))
                .col_expr(
                    audit_settings::Column::TopicClusterId,
                    Expr::value(row.topic_cluster_id.as_str()),
                )
                .col_expr(audit_settings::Column::UpdatedUs, Expr::value(row.updated_us))
                .filter(audit_settings::Column::UpdatedUs.eq(before_us))
                .exec(&tx)
                .await?;
            if changed.rows_affected == 0 {
                return Ok(false);
            }
        }
        if has_no_topic {
            scoped::delete::<audit_topic_queue::Entity>(&org).exec(&tx).await?;
        }
        commit(tx).await?;
        Ok(true)
    }
}
