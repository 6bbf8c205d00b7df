use reconciler::{Claim, ClaimRequest, WorkKind};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::next_of;
use super::wake::{CLUSTER, CONTROL, ENVIRONMENT};
use crate::Store;
use crate::entity::work;
use crate::errors::Fault;

impl Store {
    pub(super) async fn lease_work(&self, request: ClaimRequest) -> Result<Option<Claim>, Fault> {
        let unleased = Condition::any()
            .add(work::Column::LeaseUntilUs.is_null())
            .add(work::Column::LeaseUntilUs.lte(request.now_us));
        let mut due = work::Entity::find()
            .filter(work::Column::Executor.eq(CONTROL))
            .filter(work::Column::DueUs.lte(request.now_us))
            .filter(unleased)
            .order_by_desc(work::Column::Priority)
            .order_by_asc(work::Column::DueUs)
            .order_by_asc(work::Column::Uid)
            .limit(1);
        // SQLite has no row locks: its immediate transaction stands for them.
        QueryTrait::query(&mut due).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let tx = self.begin().await?;
        let Some(row) = due.one(&tx).await? else { return Ok(None) };
        let lease_epoch = next_of(&tx, "lease_epoch").await?;
        work::Entity::update_many()
            .col_expr(work::Column::LeaseOwner, Expr::value(Some(request.worker)))
            .col_expr(work::Column::LeaseUntilUs, Expr::value(Some(request.lease_until_us)))
            .col_expr(work::Column::LeaseEpoch, Expr::value(lease_epoch))
            .filter(work::Column::Uid.eq(&row.uid))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        let kind = match row.kind.as_str() {
            CLUSTER => WorkKind::Cluster,
            ENVIRONMENT => WorkKind::Environment,
            other => return Err(Fault::Corrupt(format!("work of kind {other:?}"))),
        };
        Ok(Some(Claim {
            uid: row.uid,
            kind,
            lease_epoch,
            wake_seq: row.wake_seq,
            attempts: row.attempts,
        }))
    }

    pub(super) async fn earliest_due(&self) -> Result<Option<i64>, Fault> {
        let rows = work::Entity::find()
            .filter(work::Column::Executor.eq(CONTROL))
            .order_by_asc(work::Column::DueUs)
            .limit(100)
            .all(&self.reader())
            .await?;
        let at = |row: work::Model| row.due_us.max(row.lease_until_us.unwrap_or(row.due_us));
        Ok(rows.into_iter().map(at).min())
    }
}
