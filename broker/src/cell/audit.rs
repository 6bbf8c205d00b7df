//! Object tier: checks, slowly and again and again, that what manifests say of segments is so.
//!
//! A group that this process leads at a time: its manifest, the directory of each
//! segment, and one block in fifty, others in each round. What looks wrong is looked at a second time, at
//! full speed, and only what is wrong both times is told: segments are merged and collected meanwhile.
//!
//! *Invariants*
//! * Nothing is written, and no read waits for it.
//! * A store that does not answer is no finding.

use std::collections::BTreeSet;
use std::sync::Weak;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use storage::audit::{Finding, Sample, audit_groups};
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};

use super::Cell;
use super::budget::Budget;
use crate::partition::Pg;

/// Each group is checked so often.
const ROUND: Duration = Duration::from_hours(24);
/// Bytes a second that are read for it, also out of the budget of all background work.
const BYTES_PER_SECOND: u64 = 1 << 20;
/// One block in so many is read.
const EVERY: u64 = 50;

/// A store that is read slowly.
#[derive(Debug)]
struct Paced<'a> {
    store: &'a dyn ObjectStore,
    own: Budget,
    shared: &'a Budget,
}

impl Paced<'_> {
    async fn pay(&self, bytes: &Bytes) {
        self.own.take(bytes.len() as u64).await;
        self.shared.take(bytes.len() as u64).await;
    }
}

impl ObjectStore for Paced<'_> {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.store.put(key, body, mode)
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        async move {
            let got = self.store.get(key).await?;
            self.pay(&got.0).await;
            Ok(got)
        }
        .boxed()
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        async move {
            let part = self.store.get_range(key, range).await?;
            self.pay(&part.bytes).await;
            Ok(part)
        }
        .boxed()
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.store.list_after(prefix, after, most)
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.delete(key)
    }
}

/// Checks group after group for as long as the cell is there.
pub(super) async fn run(cell: Weak<Cell>) {
    let Some((groups, epoch)) = cell
        .upgrade()
        .filter(|cell| cell.merges.is_some())
        .map(|cell| (cell.pgs.len(), cell.identity.epoch.0))
    else {
        return;
    };
    // Who restarts every day would else never come to the last ones.
    let first = usize::try_from(epoch).unwrap_or(0) % groups.max(1);
    let pause = ROUND / u32::try_from(groups.max(1)).unwrap_or(u32::MAX);
    let mut told = BTreeSet::new();
    for n in (0..groups).cycle().skip(first) {
        tokio::time::sleep(pause).await;
        let Some(cell) = cell.upgrade().filter(|cell| !cell.has_ended()) else { return };
        let pg = &cell.pgs[n];
        let found = tokio::select! {
            biased;
            _ = cell.ended() => return,
            found = cell.audit_group(pg) => found,
        };
        match found {
            Ok(found) => tell(found, &mut told),
            Err(e) => {
                tracing::debug!(error = %e, pg = pg.id.0, "the store does not answer an audit")
            }
        }
    }
}

/// Once for each.
fn tell(found: Vec<Finding>, told: &mut BTreeSet<Finding>) {
    for finding in found {
        if !told.contains(&finding) {
            tracing::error!(key = finding.key, fault = %finding.fault, "something stored is damaged, an audit found");
            told.insert(finding);
        }
    }
}

impl Cell {
    /// What is wrong with what a group's manifest names, when this process leads it all the while.
    pub(super) async fn audit_group(&self, pg: &Pg) -> Result<Vec<Finding>, StoreError> {
        let (Some(tenure), Some(merges)) = (pg.tenure(), &self.merges) else {
            return Ok(Vec::new());
        };
        let own = Budget::new(self.clock.clone(), BYTES_PER_SECOND);
        let paced = Paced { store: &*self.store, own, shared: &merges.budget };
        let sample = Sample { every: EVERY, from: self.rng.below(EVERY) };
        let seen = audit_groups(&paced, vec![pg.id], sample).await?.findings;
        if seen.is_empty() {
            return Ok(seen);
        }
        let mut found = audit_groups(&*self.store, vec![pg.id], sample).await?.findings;
        found.retain(|finding| seen.contains(finding) && pg.tenure() == Some(tenure));
        Ok(found)
    }
}
