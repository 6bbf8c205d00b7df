//! Keys of tenants: made before the first record, destroyed after the tenant.

use std::time::Duration;

use common_types::TenantId;
use storage::at_rest::{KeyError, Keyring};
use storage::meta::CellState;
use storage::store::StoreError;

use super::Cell;

/// Pause before a key is asked for again.
const PAUSE: Duration = Duration::from_millis(500);

impl Cell {
    /// Waits until what a tenant appends can be sealed. A key that can never be had makes every append
    /// fail; one that may come is waited for: were one batch refused and the next one taken, the
    /// producer's order would be broken.
    pub(crate) async fn ready_to_seal(&self, tenant: TenantId) {
        let keys = &self.wal.keys;
        while !keys.is_ready(tenant) && self.has_tenant(tenant) && !self.wal.has_ended() {
            match keys.ready(tenant).await {
                Ok(()) => {}
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, %tenant, "records wait for the key that encrypts them");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => {
                    tracing::error!(%error, %tenant, "records cannot be encrypted, and are refused");
                    return;
                }
            }
        }
    }
}

/// Destroys what a process that ended between two steps has left: keys of tenants that were removed.
///
/// INVARIANT: `tenants` was listed before `state` was committed, and a key is made only for a tenant that
/// exists. A tenant that is not in `state` is gone for good.
pub(super) async fn destroy_left(
    keys: &Keyring,
    tenants: Vec<TenantId>,
    state: &CellState,
) -> Result<(), StoreError> {
    let there = |t: &TenantId| *t == TenantId::SYSTEM || state.tenants().contains(t);
    for tenant in tenants.into_iter().filter(|t| !there(t)) {
        tracing::info!(%tenant, "destroys the key of a cluster that was deleted");
        keys.destroy(tenant).await?;
    }
    Ok(())
}

/// As the compaction sees it.
pub(super) fn unsealed(error: KeyError) -> StoreError {
    match error {
        KeyError::Store(error) => error,
        other => {
            StoreError::Io { what: "encrypt", key: "records".to_owned(), reason: other.to_string() }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use common_seams::{Rng, SeededRng};
    use storage::meta::{MetaOp, Txn};
    use storage_testkit::{ClearKeys, SimStore};

    use super::*;

    #[tokio::test]
    async fn keys_that_a_crash_has_left_are_destroyed_and_no_others() {
        let rng: Arc<dyn Rng> = Arc::new(SeededRng::new(1));
        let store = SimStore::new(Arc::clone(&rng));
        let encryption = ClearKeys("test").encryption(true);
        let keys = Keyring::open(Arc::new(store.caller()), rng, encryption).await.unwrap();
        let (stays, gone): (TenantId, TenantId) =
            ("lkc-a".parse().unwrap(), "lkc-b".parse().unwrap());
        for tenant in [stays, gone] {
            keys.ready(tenant).await.unwrap();
        }
        let listed = keys.tenants().await.unwrap();
        let mut state = CellState::default();
        let ops = vec![MetaOp::ActivateEpoch { epoch: 1 }, MetaOp::PutTenant { tenant: stays }];
        state.apply(&Txn { acting: 1, ops }).unwrap();
        destroy_left(&keys, listed, &state).await.unwrap();
        assert_eq!(keys.tenants().await.unwrap(), [stays, TenantId::SYSTEM]);
        assert!(!keys.is_ready(gone) && keys.is_ready(stays));
    }
}
