use reconciler::{Claim, Finished};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::load::generation_locked;
use crate::Store;
use crate::entity::work;
use crate::errors::Fault;

/// The work row, held until the transaction ends, if this claim still owns it.
pub(super) async fn fenced(tx: &DatabaseTransaction, claim: &Claim) -> Result<work::Model, Fault> {
    let row = work::Entity::find_by_id(claim.uid.clone()).lock_exclusive().one(tx).await?;
    row.filter(|row| row.lease_epoch == claim.lease_epoch).ok_or(Fault::Fenced)
}

impl Store {
    pub(super) async fn renew_lease(&self, claim: &Claim, until_us: i64) -> Result<(), Fault> {
        let tx = self.begin().await?;
        let renewed = work::Entity::update_many()
            .col_expr(work::Column::LeaseUntilUs, Expr::value(Some(until_us)))
            .filter(work::Column::Uid.eq(&claim.uid))
            .filter(work::Column::LeaseEpoch.eq(claim.lease_epoch))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        if renewed.rows_affected == 0 { Err(Fault::Fenced) } else { Ok(()) }
    }

    pub(super) async fn finish_work(
        &self,
        claim: &Claim,
        generation: Option<i64>,
        now_us: i64,
    ) -> Result<Finished, Fault> {
        let tx = self.begin().await?;
        let present = generation_locked(&tx, claim).await?;
        let row = fenced(&tx, claim).await?;
        let unchanged = row.wake_seq == claim.wake_seq
            && (generation.is_none() || present.is_none() || present == generation);
        if unchanged {
            work::Entity::delete_by_id(claim.uid.clone()).exec(&tx).await?;
        } else {
            give_back(&tx, claim, now_us, 0, None).await?;
        }
        tx.commit().await?;
        Ok(if unchanged { Finished::Done } else { Finished::StillDue })
    }

    pub(super) async fn put_off(
        &self,
        claim: &Claim,
        due_us: i64,
        why: String,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        let row = fenced(&tx, claim).await?;
        // Woken meanwhile: a new wish does not wait for the old one's back-off.
        let woken = row.wake_seq != claim.wake_seq;
        let due_us = if woken { row.due_us } else { due_us };
        let attempts = if woken { 0 } else { claim.attempts.saturating_add(1) };
        give_back(&tx, claim, due_us, attempts, Some(why)).await?;
        Ok(tx.commit().await?)
    }
}

async fn give_back(
    tx: &DatabaseTransaction,
    claim: &Claim,
    due_us: i64,
    attempts: i32,
    why: Option<String>,
) -> Result<(), Fault> {
    work::Entity::update_many()
        .col_expr(work::Column::DueUs, Expr::value(due_us))
        .col_expr(work::Column::Attempts, Expr::value(attempts))
        .col_expr(work::Column::LeaseOwner, Expr::value(Option::<String>::None))
        .col_expr(work::Column::LeaseUntilUs, Expr::value(Option::<i64>::None))
        .col_expr(work::Column::LastError, Expr::value(why))
        .filter(work::Column::Uid.eq(&claim.uid))
        .exec(tx)
        .await?;
    Ok(())
}
