//! A cell in a store is copied whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::future::{BoxFuture, ready};
use futures_util::{FutureExt as _, TryFutureExt as _};
use storage::audit::{Sample, audit};
use storage::keys::ObjectKey;
use storage::meta::{EpochState, MetaLog, MetaOp, Txn};
use storage::object_wal::scan_slots;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreError};
use storage::transfer::{
    Companion, Copied, Restoration, TransferError, refuse_unfinished, restore, restore_with,
};
use storage_testkit::SimStore;
use uuid::Uuid;

use crate::audit::{cell, segment_key, wal_key};
use crate::sample::{CELL, well};

const NEW: Uuid = Uuid::from_u128(0xabcd);

/// A store that takes so many puts, and then no more.
#[derive(Debug)]
struct Cut {
    inner: SimStore,
    left: AtomicU64,
    /// What its lists leave out, as a folder's may leave out what came while it was read.
    passed: Option<String>,
}

impl ObjectStore for Cut {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        let left =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        if left.is_err() {
            let reason = "the power failed".to_owned();
            return ready(Err(StoreError::Io { what: "put", key, reason })).boxed();
        }
        self.inner.put(key, body, mode)
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.inner.get(key)
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.inner.get_range(key, range)
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        let all = self.inner.list_after(prefix, after, max);
        all.map_ok(|all| {
            all.into_iter().filter(|it| Some(&it.key) != self.passed.as_ref()).collect()
        })
        .boxed()
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.delete(key)
    }
}

async fn copy(
    from: &SimStore,
    to: &SimStore,
    puts: u64,
    even_alive: bool,
) -> Result<Copied, TransferError> {
    let to: Arc<dyn ObjectStore> =
        Arc::new(Cut { inner: to.clone(), left: AtomicU64::new(puts), passed: None });
    // Another attempt has other ids in mind.
    let snapshot = Uuid::from_u128(u128::from(puts));
    let cell = if puts == u64::MAX { Uuid::from_u128(1) } else { NEW };
    restore(from, &to, Restoration { cell, snapshot, even_alive }).await
}

async fn is_whole(to: &SimStore, cell: Uuid) {
    let report = audit(to, Sample::ALL).await.unwrap();
    assert_eq!(report.findings, []);
    let state = MetaLog::read(to, cell).await.unwrap().unwrap();
    assert_eq!(state.epochs()[&1], EpochState::Sealed { end: 3 });
    assert_eq!(state.epochs()[&2], EpochState::Sealed { end: 2 });
    let pins: Vec<(u64, u64)> = state.pins_of(0).map(|(epoch, pin)| (epoch, pin.from)).collect();
    assert_eq!(pins, [(1, 1), (2, 0)], "what no segment has is recovered from the logs");
    let slots = scan_slots(to, cell, storage::ids::BrokerEpoch(2), 0..2).await.unwrap();
    assert_eq!(slots.len(), 2);
    refuse_unfinished(to).await.unwrap();
}

#[tokio::test]
async fn a_copy_has_what_was_acknowledged_and_the_source_stays_as_it_was() {
    let (from, to) = (cell().await, well());
    let before = from.objects("");
    let alive = copy(&from, &to, 999, false).await.unwrap_err();
    assert!(matches!(alive, TransferError::Alive { epoch: 2, .. }), "{alive}");
    assert!(to.keys().is_empty(), "nothing was written");
    let copied = copy(&from, &to, 999, true).await.unwrap();
    assert_eq!((copied.cell, copied.partitions), (NEW, 1));
    is_whole(&to, NEW).await;
    assert_eq!(from.objects(""), before);
    assert_ne!(NEW, CELL);
    let again = copy(&from, &to, 999, true).await.unwrap_err();
    assert!(matches!(again, TransferError::NotEmpty(_)), "{again}");
}

#[tokio::test]
async fn a_copy_that_is_cut_short_anywhere_is_not_started_from_and_goes_on() {
    let from = cell().await;
    let mut cuts = 0;
    loop {
        let to = well();
        if copy(&from, &to, cuts, true).await.is_ok() {
            break;
        }
        if cuts > 0 {
            let unfinished = refuse_unfinished(&to).await.unwrap_err();
            assert!(matches!(unfinished, TransferError::Unfinished), "after {cuts} puts");
            let copied = copy(&from, &to, u64::MAX, true).await.unwrap();
            assert_eq!(copied.cell, NEW, "it goes on as the cell that it began");
            is_whole(&to, NEW).await;
        }
        cuts += 1;
    }
    assert!(cuts > 10, "{cuts} puts");
}

#[tokio::test]
async fn acknowledged_records_that_are_gone_are_named_and_nothing_can_be_started() {
    for key in [wal_key(2, 0), wal_key(1, 2), segment_key(1, 2)] {
        let (from, to) = (cell().await, well());
        from.delete(key.clone()).await.unwrap();
        let error = copy(&from, &to, 999, true).await.unwrap_err();
        let named = match &error {
            TransferError::Log(lost) => lost.to_string().contains("slot 0 of its log is missing"),
            TransferError::Damaged { key: named, .. } => *named == key,
            _ => false,
        };
        assert!(named, "{key}: {error}");
        assert!(to.get(ObjectKey::Cell.to_string()).await.is_err());
        refuse_unfinished(&to).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_slot_that_a_list_leaves_out_is_looked_for() {
    for key in [wal_key(2, 0), wal_key(1, 2)] {
        let (from, to) = (cell().await, well());
        let left = AtomicU64::new(0);
        let from = Cut { inner: from, left, passed: Some(key) };
        let whole: Arc<dyn ObjectStore> = Arc::new(to.clone());
        let how = Restoration { cell: NEW, snapshot: Uuid::from_u128(1), even_alive: true };
        restore(&from, &whole, how).await.unwrap();
        is_whole(&to, NEW).await;
    }
}

#[tokio::test]
async fn a_place_with_something_in_it_is_left_alone() {
    let (from, to) = (cell().await, cell().await);
    let before = to.objects("");
    let error = copy(&from, &to, 999, true).await.unwrap_err();
    assert!(matches!(error, TransferError::NotEmpty(_)), "{error}");
    assert_eq!(to.objects(""), before);
    let nothing = copy(&well(), &well(), 999, true).await.unwrap_err();
    assert!(matches!(nothing, TransferError::NoCell(_)), "{nothing}");
}

/// A control plane that makes a cluster while it is copied first, and deletes a topic when it is copied again.
struct Busy {
    cell: SimStore,
    copies: AtomicU64,
}

impl Busy {
    async fn change(&self) -> Result<(), String> {
        let copies = self.copies.fetch_add(1, Ordering::Relaxed) + 1;
        let store: Arc<dyn ObjectStore> = Arc::new(self.cell.clone());
        let id = Uuid::from_u128(0x5000 + u128::from(copies));
        let mut log = MetaLog::open(store, CELL, id, None).await.map_err(|e| e.to_string())?;
        let op = match copies {
            1 => MetaOp::PutTenant { tenant: "lkc-new1".parse().unwrap() },
            _ => MetaOp::DeleteTopic { id: crate::sample::partition(0).topic },
        };
        log.commit(&Txn { acting: 2, ops: vec![op] }).await.map_err(|e| e.to_string())
    }
}

impl Companion for Busy {
    fn copy(&self) -> BoxFuture<'_, Result<(), String>> {
        self.change().boxed()
    }
}

#[tokio::test]
async fn a_companion_is_copied_until_it_and_the_cell_know_the_same_tenants() {
    let (from, to) = (cell().await, well());
    let busy = Busy { cell: from.clone(), copies: AtomicU64::new(0) };
    let target: Arc<dyn ObjectStore> = Arc::new(to.clone());
    let what = Restoration { cell: NEW, snapshot: Uuid::from_u128(9), even_alive: true };
    restore_with(&from, &target, what, &busy).await.unwrap();
    assert_eq!(busy.copies.load(Ordering::Relaxed), 2, "once more, after a tenant was made");
    let state = MetaLog::read(&to, NEW).await.unwrap().unwrap();
    assert_eq!(state.tenants().len(), 2);
    assert!(state.topics().is_empty(), "a topic that was deleted meanwhile is deleted");
    assert_eq!(state.epochs()[&2], EpochState::Sealed { end: 2 }, "the logs are as they were read");
}

struct Broken;

impl Companion for Broken {
    fn copy(&self) -> BoxFuture<'_, Result<(), String>> {
        ready(Err("the disk is full".to_owned())).boxed()
    }
}

#[tokio::test]
async fn without_its_companion_a_copy_is_not_whole() {
    let (from, to) = (cell().await, well());
    let target: Arc<dyn ObjectStore> = Arc::new(to.clone());
    let what = Restoration { cell: NEW, snapshot: Uuid::from_u128(9), even_alive: true };
    let error = restore_with(&from, &target, what, &Broken).await.unwrap_err();
    assert!(
        matches!(&error, TransferError::Companion(why) if why == "the disk is full"),
        "{error}"
    );
    refuse_unfinished(&to).await.unwrap_err();
}
