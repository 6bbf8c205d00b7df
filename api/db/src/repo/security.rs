use api_app::model::{
    AuditEvent, FindingRule, FindingState, SecurityFinding, SecurityHit, SeenAddress,
};
use api_app::{FindingFilter, OrgScope, Slice};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::system::{commit, event_of};
use super::{scoped, sliced};
use crate::Store;
use crate::convert::read;
use crate::entity::{audit_event, security_address, security_finding as entity};
use crate::errors::Fault;

impl Store {
    pub(super) async fn read_audit_events_since(
        &self,
        org: OrgScope,
        from_us: i64,
        limit: u32,
    ) -> Result<Vec<AuditEvent>, Fault> {
        let rows = scoped::find::<audit_event::Entity>(&org)
            .filter(audit_event::Column::CreatedUs.gte(from_us))
            .order_by_asc(audit_event::Column::CreatedUs)
            .order_by_asc(audit_event::Column::Id)
            .limit(u64::from(limit))
            .all(&self.reader())
            .await?;
        rows.into_iter().map(event_of).collect()
    }

    pub(super) async fn read_seen_addresses(
        &self,
        org: OrgScope,
        keys: Vec<String>,
    ) -> Result<Vec<SeenAddress>, Fault> {
        let mut found = Vec::new();
        // Databases bound what one statement may name.
        for some in keys.chunks(500) {
            let rows = scoped::find::<security_address::Entity>(&org)
                .filter(security_address::Column::KeyId.is_in(some))
                .all(&self.reader())
                .await?;
            found.extend(rows.into_iter().map(|row| SeenAddress {
                key_id: row.key_id,
                address: row.address,
                first_us: row.first_us,
            }));
        }
        Ok(found)
    }

    pub(super) async fn list_security_findings(
        &self,
        org: OrgScope,
        filter: FindingFilter,
        slice: Slice,
    ) -> Result<Vec<SecurityFinding>, Fault> {
        let mut all = scoped::find::<entity::Entity>(&org);
        if let Some(state) = filter.state {
            all = all.filter(entity::Column::State.eq(state.as_str()));
        }
        if let Some(rule) = filter.rule {
            all = all.filter(entity::Column::Rule.eq(rule.as_str()));
        }
        let rows = sliced!(all, entity::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(finding).collect()
    }

    pub(super) async fn read_security_finding(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<SecurityFinding>, Fault> {
        let row = scoped::find_by_id::<entity::Entity>(&org, id).one(&self.reader()).await?;
        row.map(finding).transpose()
    }

    pub(super) async fn replace_security_finding(
        &self,
        org: OrgScope,
        it: SecurityFinding,
        before_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let changed = scoped::update::<entity::Entity>(&org)
            .col_expr(entity::Column::State, Expr::value(it.state.as_str()))
            .col_expr(entity::Column::UpdatedUs, Expr::value(it.updated_us))
            .filter(entity::Column::Id.eq(it.id))
            .filter(entity::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn count_security_findings(
        &self,
        org: OrgScope,
    ) -> Result<Vec<(FindingRule, FindingState, u64)>, Fault> {
        let rows = scoped::find::<entity::Entity>(&org)
            .select_only()
            .column(entity::Column::Rule)
            .column(entity::Column::State)
            .column_as(entity::Column::Id.count(), "held")
            .group_by(entity::Column::Rule)
            .group_by(entity::Column::State)
            .into_model::<Held>()
            .all(&self.reader())
            .await?;
        let count = |row: Held| {
            let (rule, state) = (read("rule", &row.rule)?, read("state", &row.state)?);
            Ok((rule, state, row.held.unsigned_abs()))
        };
        rows.into_iter().map(count).collect()
    }
}

/// How many findings of a rule are in a state.
#[derive(Debug, FromQueryResult)]
struct Held {
    rule: String,
    state: String,
    held: i64,
}

pub(super) fn finding(row: entity::Model) -> Result<SecurityFinding, Fault> {
    Ok(SecurityFinding {
        hit: SecurityHit {
            rule: read("security_finding.rule", &row.rule)?,
            subject: row.subject,
            resource: row.resource,
            detail: row.detail,
            first_us: row.created_us,
            last_us: row.last_us,
        },
        state: read("security_finding.state", &row.state)?,
        id: row.id,
        organization_id: row.organization_id,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}
