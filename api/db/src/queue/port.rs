use reconciler::{Change, Claim, ClaimRequest, Finished, Intent, Reply, WorkError, WorkStore};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::wake::{CLUSTER, ENVIRONMENT, wake};
use crate::Store;
use crate::entity::{cluster, environment};
use crate::errors::Fault;

/// Boxes the future and maps its fault, for each method of the port.
macro_rules! reply {
    ($future:expr) => {
        Box::pin(async move { $future.await.map_err(WorkError::from) })
    };
}

impl WorkStore for Store {
    fn claim(&self, request: ClaimRequest) -> Reply<'_, Option<Claim>> {
        reply!(self.lease_work(request))
    }
    fn renew(&self, claim: Claim, lease_until_us: i64) -> Reply<'_, ()> {
        reply!(self.renew_lease(&claim, lease_until_us))
    }
    fn load(&self, claim: Claim) -> Reply<'_, Intent> {
        reply!(self.load_intent(&claim))
    }
    fn record(&self, claim: Claim, change: Change, now_us: i64) -> Reply<'_, ()> {
        reply!(self.record_change(&claim, change, now_us))
    }
    fn finish(&self, claim: Claim, generation: Option<i64>, now_us: i64) -> Reply<'_, Finished> {
        reply!(self.finish_work(&claim, generation, now_us))
    }
    fn retry_later(&self, claim: Claim, due_us: i64, why: String) -> Reply<'_, ()> {
        reply!(self.put_off(&claim, due_us, why))
    }
    fn next_due(&self) -> Reply<'_, Option<i64>> {
        reply!(self.earliest_due())
    }
    fn wake_all(&self, now_us: i64) -> Reply<'_, u64> {
        reply!(self.wake_everything(now_us))
    }
}

impl Store {
    async fn wake_everything(&self, now_us: i64) -> Result<u64, Fault> {
        let tx = self.begin().await?;
        let mut woken = 0;
        let clusters = cluster::Entity::find()
            .filter(cluster::Column::DeletedUs.is_null())
            .order_by_asc(cluster::Column::Id)
            .all(&tx)
            .await?;
        for row in clusters {
            wake(&tx, &row.id, CLUSTER, now_us).await?;
            woken += 1;
        }
        let environments = environment::Entity::find()
            .filter(environment::Column::DeletionRequestedUs.is_not_null())
            .filter(environment::Column::DeletedUs.is_null())
            .order_by_asc(environment::Column::Id)
            .all(&tx)
            .await?;
        for row in environments {
            wake(&tx, &row.id, ENVIRONMENT, now_us).await?;
            woken += 1;
        }
        tx.commit().await?;
        Ok(woken)
    }
}
