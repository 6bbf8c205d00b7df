use std::collections::{BTreeMap, BTreeSet};

use api_app::OrgScope;
use api_app::model::{
    FINDINGS_MAX, FindingRule, FindingState, Notice, SecurityFinding, SeenAddress,
};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};

use super::announce;
use crate::Store;
use crate::entity::{organization, security_address, security_cursor, security_finding as entity};
use crate::errors::Fault;

impl Store {
    pub(in crate::repo) async fn read_security_cursors(&self) -> Result<Vec<(String, i64)>, Fault> {
        let cursors = security_cursor::Entity::find().all(&self.reader()).await?;
        let cursors: BTreeMap<String, i64> =
            cursors.into_iter().map(|row| (row.organization_id, row.at_us)).collect();
        let all = organization::Entity::find().all(&self.reader()).await?;
        let at = |row: organization::Model| {
            let at_us = cursors.get(&row.id).copied().unwrap_or(0);
            (row.id, at_us)
        };
        Ok(all.into_iter().map(at).collect())
    }

    pub(in crate::repo) async fn write_findings(
        &self,
        org: OrgScope,
        found: Vec<(SecurityFinding, Notice)>,
        fresh: Vec<SeenAddress>,
        cursor_us: i64,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        for (finding, notice) in found {
            see(&tx, &org, finding, &notice).await?;
        }
        for it in fresh {
            let row = security_address::Model {
                id: format!("{} {} {}", org.id(), it.key_id, it.address),
                organization_id: org.id().to_owned(),
                key_id: it.key_id,
                address: it.address,
                first_us: it.first_us,
            };
            security_address::Entity::insert(row.into_active_model())
                .on_conflict(
                    OnConflict::column(security_address::Column::Id).do_nothing().to_owned(),
                )
                .exec_without_returning(&tx)
                .await?;
        }
        let row = security_cursor::Model { organization_id: org.id().to_owned(), at_us: cursor_us };
        security_cursor::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::column(security_cursor::Column::OrganizationId)
                    .update_column(security_cursor::Column::AtUs)
                    .to_owned(),
            )
            .exec_without_returning(&tx)
            .await?;
        Ok(tx.commit().await?)
    }

    pub(in crate::repo) async fn write_standing(
        &self,
        org: OrgScope,
        found: Vec<(SecurityFinding, Notice)>,
        now_us: i64,
    ) -> Result<(), Fault> {
        let standing = FindingRule::ALL.iter().filter(|rule| rule.is_standing());
        let there = entity::Entity::find()
            .filter(entity::Column::OrganizationId.eq(org.id()))
            .filter(entity::Column::Rule.is_in(standing.map(|rule| rule.as_str())))
            .filter(entity::Column::State.ne(FindingState::Resolved.as_str()))
            .all(&self.reader())
            .await?;
        let known: BTreeSet<String> = there.into_iter().map(|row| row.id).collect();
        let so: BTreeSet<String> = found.iter().map(|(finding, _)| finding.id.clone()).collect();
        let fresh: Vec<_> = found.into_iter().filter(|(it, _)| !known.contains(&it.id)).collect();
        let over: Vec<String> = known.difference(&so).cloned().collect();
        if fresh.is_empty() && over.is_empty() {
            return Ok(());
        }
        let tx = self.begin().await?;
        for (finding, notice) in fresh {
            see(&tx, &org, finding, &notice).await?;
        }
        for some in over.chunks(500) {
            entity::Entity::update_many()
                .col_expr(entity::Column::State, Expr::value(FindingState::Resolved.as_str()))
                .col_expr(entity::Column::LastUs, Expr::value(now_us))
                .col_expr(entity::Column::UpdatedUs, Expr::value(now_us))
                .filter(entity::Column::OrganizationId.eq(org.id()))
                .filter(entity::Column::Id.is_in(some))
                .exec(&tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Writes down that something was seen, and tells of it when it is new or was over.
async fn see(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    it: SecurityFinding,
    notice: &Notice,
) -> Result<(), Fault> {
    let there = entity::Entity::find_by_id(it.id.clone())
        .filter(entity::Column::OrganizationId.eq(org.id()))
        .one(tx)
        .await?;
    let Some(there) = there else {
        let all = entity::Entity::find().filter(entity::Column::OrganizationId.eq(org.id()));
        if all.count(tx).await? >= FINDINGS_MAX {
            return Ok(());
        }
        let row = entity::Model {
            id: it.id,
            organization_id: org.id().to_owned(),
            rule: it.hit.rule.as_str().to_owned(),
            subject: it.hit.subject,
            resource: it.hit.resource,
            detail: it.hit.detail,
            last_us: it.hit.last_us,
            state: FindingState::Open.as_str().to_owned(),
            created_us: it.created_us,
            updated_us: it.updated_us,
        };
        entity::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
        return announce(tx, notice).await;
    };
    // The same events are looked at more than once.
    if there.last_us >= it.hit.last_us {
        return Ok(());
    }
    let was_over = there.state == FindingState::Resolved.as_str();
    let mut update = entity::Entity::update_many()
        .col_expr(entity::Column::LastUs, Expr::value(it.hit.last_us))
        .col_expr(entity::Column::Detail, Expr::value(it.hit.detail));
    if was_over {
        update = update
            .col_expr(entity::Column::State, Expr::value(FindingState::Open.as_str()))
            .col_expr(entity::Column::UpdatedUs, Expr::value(it.updated_us));
    }
    update.filter(entity::Column::Id.eq(it.id)).exec(tx).await?;
    if was_over { announce(tx, notice).await } else { Ok(()) }
}
