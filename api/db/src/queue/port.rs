use reconciler::{Change, Claim, ClaimRequest, Finished, Intent, Reply, WorkError, WorkStore};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::wake::{CLUSTER, ENVIRONMENT, wake};
use crate::Store;
use crate::entity::{cluster, environment};
use crate::errors::Fault;

/// Clusters that are woken in one transaction.
const WOKEN_AT_ONCE: u64 = 500;

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
    /// Some at a time: whoever else writes waits for a few hundred rows, not for all.
    async fn wake_everything(&self, now_us: i64) -> Result<u64, Fault> {
        let (mut woken, mut last) = (0, String::new());
        loop {
            let tx = self.begin().await?;
            let clusters = cluster::Entity::find()
                .filter(cluster::Column::DeletedUs.is_null())
                .filter(cluster::Column::Id.gt(last))
                .order_by_asc(cluster::Column::Id)
                .limit(WOKEN_AT_ONCE)
                .select_only()
                .column(cluster::Column::Id)
                .into_tuple::<String>()
                .all(&tx)
                .await?;
            for id in &clusters {
                wake(&tx, id, CLUSTER, now_us).await?;
                woken += 1;
            }
            tx.commit().await?;
            match clusters.into_iter().next_back() {
                Some(id) => last = id,
                None => break,
            }
        }
        let tx = self.begin().await?;
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
