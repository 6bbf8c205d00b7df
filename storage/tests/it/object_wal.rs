//! One writer, one sealer, one store.

use std::sync::Arc;
use std::time::Duration;

use common_seams::{Rng as _, SeededRng};
use parking_lot::Mutex;
use storage::ids::WalIdentity;
use storage::keys::ObjectKey;
use storage::object_wal::{ObjectWal, SealError, SealedLog, Takeover, seal};
use storage::retry::RetryingStore;
use storage::slot::{SlotBuilder, SlotFlags};
use storage::store::{ByteRange, ObjectStore as _, StoreError};
use storage::wal::WalError;
use storage_testkit::{Faults, SimStore};

use crate::sample::{wal, well};

const WIDTH: u32 = 4;

fn key(slot: u64) -> String {
    ObjectKey::Wal { epoch: wal().epoch, lane: 0, slot }.to_string()
}

fn takeover(low: u64) -> Takeover {
    Takeover { wal: wal(), width: WIDTH, low, sealer: [9; 16] }
}

fn writer(store: SimStore, wal: WalIdentity) -> ObjectWal {
    ObjectWal::new(Arc::new(store), wal, WIDTH)
}

/// Sends `count` slots one after the other.
async fn write(log: &mut ObjectWal, count: u64) -> Result<(), WalError> {
    for _ in 0..count {
        log.send(SlotBuilder::default(), SlotFlags::DATA, 0).unwrap();
        log.advanced().await?;
    }
    Ok(())
}

fn numbers(log: &SealedLog) -> Vec<u64> {
    log.slots.iter().map(|f| f.slots[0].header.slot).collect()
}

#[tokio::test]
async fn a_log_that_was_left_ends_behind_its_last_slot() {
    let store = well();
    write(&mut writer(store.clone(), wal()), 6).await.unwrap();
    let sealed = seal(&store, &takeover(2)).await.unwrap();
    assert_eq!((sealed.end, numbers(&sealed)), (6, vec![2, 3, 4, 5]));
    assert_eq!(seal(&store, &takeover(2)).await.unwrap(), sealed, "sealing again changes nothing");
    let empty = Takeover {
        wal: WalIdentity { epoch: storage::ids::BrokerEpoch(8), ..wal() },
        ..takeover(0)
    };
    assert_eq!(seal(&store, &empty).await.unwrap(), SealedLog { end: 0, slots: vec![] });
}

#[tokio::test]
async fn a_writer_meets_the_seal_and_acknowledges_nothing_more() {
    let store = well();
    let mut log = writer(store.clone(), wal());
    write(&mut log, 3).await.unwrap();
    seal(&store, &takeover(0)).await.unwrap();
    let fenced = WalError::Fenced { epoch: wal().epoch.0, slot: 3 };
    assert_eq!(write(&mut log, 1).await, Err(fenced));
    assert_eq!(log.window().frontier(), 3);
}

#[tokio::test]
async fn what_lies_behind_a_gap_was_never_acknowledged_and_does_not_count() {
    let store = well();
    write(&mut writer(store.clone(), wal()), 2).await.unwrap();
    // Slot 2 never arrived, slot 3 did.
    let late = SlotBuilder::default().finish(wal(), 3, SlotFlags::DATA, 2, 0);
    store.put(key(3), late.payload(), storage::store::PutMode::IfAbsent).await.unwrap();
    let sealed = seal(&store, &takeover(0)).await.unwrap();
    assert_eq!((sealed.end, numbers(&sealed)), (2, vec![0, 1]));
}

#[tokio::test]
async fn an_acknowledged_slot_that_vanished_is_told_and_its_place_stays_free() {
    for (count, lost) in [(5, 2), (6, 0)] {
        let store = well();
        write(&mut writer(store.clone(), wal()), count).await.unwrap();
        store.delete(key(lost)).await.unwrap();
        let error = seal(&store, &takeover(0)).await.unwrap_err();
        assert!(matches!(error, SealError::Lost { end, .. } if end == lost), "{error}");
        let place = store.get_range(key(lost), ByteRange::Last(1)).await;
        assert_eq!(place, Err(StoreError::NotFound(key(lost))), "it can still be restored");
    }
}

#[tokio::test]
async fn a_clone_of_the_machine_stops_the_writer() {
    let store = well();
    let (mut one, mut two) = (writer(store.clone(), wal()), writer(store.clone(), wal()));
    write(&mut one, 1).await.unwrap();
    let error = write(&mut two, 1).await.unwrap_err();
    assert!(matches!(&error, WalError::Foreign { key: k, .. } if *k == key(0)), "{error}");
}

/// A caller to whom a fifth of the requests end badly: lost, late, twice, refused.
fn hostile(store: &SimStore, seed: u64) -> RetryingStore {
    let caller = store.caller();
    caller.set_faults(Faults::hostile());
    RetryingStore::for_ever(Arc::new(caller), Arc::new(SeededRng::new(seed)))
}

/// Sends slots while it can, and tells how far they are acknowledged.
async fn write_on(store: RetryingStore, acknowledged: Arc<Mutex<u64>>) -> Result<(), WalError> {
    let mut log = ObjectWal::new(Arc::new(store), wal(), WIDTH);
    while log.window().next() < 60 {
        while log.send(SlotBuilder::default(), SlotFlags::DATA, 0).is_some() {}
        log.advanced().await?;
        *acknowledged.lock() = log.window().frontier();
    }
    Ok(())
}

/// Two sealers and a writer on a store that loses, delays and repeats requests: every sealer finds
/// one end, and it is above all that the writer ever counts as durable.
async fn race(seed: u64) -> (u64, u64) {
    let rng = Arc::new(SeededRng::new(seed));
    let store = SimStore::new(Arc::clone(&rng) as Arc<_>);
    let acknowledged = Arc::new(Mutex::new(0));
    let writing = tokio::spawn(write_on(hostile(&store, seed + 1), Arc::clone(&acknowledged)));
    let sealers = [8, 9].map(|nonce| {
        let (store, wait) = (hostile(&store, seed + nonce), rng.below(20_000));
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            seal(&store, &Takeover { sealer: [u8::try_from(nonce).unwrap(); 16], ..takeover(0) })
                .await
        })
    });
    let mut ends = Vec::new();
    for sealer in sealers {
        let log = sealer.await.unwrap().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert_eq!(numbers(&log), (0..log.end).collect::<Vec<_>>(), "seed {seed}");
        ends.push(log.end);
    }
    assert_eq!(ends[0], ends[1], "seed {seed}");
    let ended = writing.await.unwrap();
    let acknowledged = *acknowledged.lock();
    assert!(acknowledged <= ends[0], "seed {seed}: {acknowledged} acknowledged, end {}", ends[0]);
    let fenced = matches!(ended, Err(WalError::Fenced { .. }));
    assert!(fenced || (ended.is_ok() && acknowledged <= ends[0]), "seed {seed}: {ended:?}");
    // What was still on its way arrives.
    store.settle();
    let again = seal(&store, &takeover(0)).await.unwrap();
    assert_eq!(again.end, ends[0], "seed {seed}");
    (acknowledged, ends[0])
}

#[tokio::test(start_paused = true)]
async fn every_sealer_finds_the_end_above_all_that_is_acknowledged() {
    let (mut cut, mut more) = (0, 0);
    for seed in 0..200 {
        let (acknowledged, end) = race(seed * 100).await;
        cut += u64::from(acknowledged > 0 && end < 60);
        more += u64::from(end > acknowledged);
    }
    assert!(cut > 50, "the writer was cut off in its work in only {cut} runs");
    assert!(more > 10, "slots nobody was told of were recovered in only {more} runs");
}
