//! A copy of a cell on a disk, while its log is written.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use storage::birth::{Birth, CellMarker};
use storage::ids::{BrokerEpoch, PartitionId, PgId, WalIdentity};
use storage::keys::ObjectKey;
use storage::levels::FORMAT_LEVEL;
use storage::meta::{MetaLog, MetaOp, Txn};
use storage::slot::{Chunk, ChunkKind, SlotBuilder, SlotFlags};
use storage::store::{ObjectStore, PutMode};
use storage::transfer::{Alone, Copied, DiskCopy, TransferError, copy_disk};
use storage::wal::{FsyncPolicy, WalRead as _, WalStore as _};
use storage_disk::{DiskWal, DiskWalOptions, DiskWalReader, FolderStore};
use uuid::Uuid;

const CELL: Uuid = Uuid::from_u128(1);
const COPY: Uuid = Uuid::from_u128(2);
const FILE_BYTES: u64 = 1 << 20;

fn identity(cell: Uuid) -> WalIdentity {
    WalIdentity { cell, store: 0, epoch: BrokerEpoch(1), lane: 0, nonce: [7; 16] }
}

/// A cell with one incarnation, whose log is open.
struct Running {
    dir: tempfile::TempDir,
    wal: DiskWal,
    next: u64,
}

impl Running {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("cell");
        fs::create_dir(&root).unwrap();
        let store: Arc<dyn ObjectStore> = Arc::new(FolderStore::open(&root).unwrap());
        let marker = CellMarker {
            format_level: FORMAT_LEVEL,
            cell: CELL,
            coordinator_slots: 256,
            coordinator_hash: "any".into(),
            placement_groups: 1,
            group_topic: Uuid::from_u128(11),
            transaction_topic: Uuid::from_u128(12),
            created_at_ms: 0,
        };
        let birth = Birth {
            format_level: FORMAT_LEVEL,
            epoch: 1,
            nonce: "07".repeat(16),
            slots_in_flight_max: 1,
            node: "local".into(),
            born_at_ms: 0,
        };
        let objects = [
            (ObjectKey::Cell, serde_json::to_vec(&marker).unwrap()),
            (ObjectKey::Epoch(BrokerEpoch(1)), serde_json::to_vec(&birth).unwrap()),
        ];
        for (key, body) in objects {
            store.put(key.to_string(), body.into(), PutMode::IfAbsent).await.unwrap();
        }
        let mut log = MetaLog::open(store, CELL, Uuid::from_u128(3), None).await.unwrap();
        let ops =
            vec![MetaOp::ActivateEpoch { epoch: 1 }, MetaOp::Lead { pg: 0, epoch: 1, pg_epoch: 1 }];
        log.commit(&Txn { acting: 1, ops }).await.unwrap();
        let options = DiskWalOptions { root, fsync: FsyncPolicy::Always, file_bytes: FILE_BYTES };
        let wal = DiskWal::create(options, identity(CELL)).unwrap();
        Self { dir, wal, next: 0 }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("cell")
    }

    /// Appends a slot; all slots before it are durable, as its header says.
    fn append(&mut self, body: &'static [u8]) {
        let partition = PartitionId {
            tenant: "lkc-7q2m9k".parse().unwrap(),
            topic: Uuid::from_u128(5),
            index: 0,
        };
        let mut slot = SlotBuilder::default();
        slot.begin_chunk(Chunk {
            partition,
            pg: PgId(0),
            pg_epoch: 1,
            kind: ChunkKind::Data,
            first_offset: i64::try_from(self.next).unwrap(),
            last_offset: i64::try_from(self.next).unwrap(),
            position: 0,
            length: 0,
            max_timestamp: -1,
            encryption_key: 0,
        });
        let offset = i64::try_from(self.next).unwrap();
        slot.push_batch(Bytes::from_static(body), offset, offset, 1);
        let slot = slot.finish(identity(CELL), self.next, SlotFlags::DATA, self.next, 1);
        self.wal.put_slot(&slot).unwrap();
        self.next += 1;
    }

    fn file(&self) -> PathBuf {
        let key = ObjectKey::Wal { epoch: BrokerEpoch(1), lane: 0, slot: 0 }.to_string();
        self.root().join(key)
    }

    async fn copy(&self, to: &Path) -> Result<Copied, TransferError> {
        fs::create_dir_all(to).unwrap();
        let from = FolderStore::open(&self.root()).unwrap();
        let reader = DiskWalReader::new(&self.root());
        let to: Arc<dyn ObjectStore> = Arc::new(FolderStore::open(to).unwrap());
        let snapshot = Uuid::from_u128(4);
        let what = DiskCopy { from: &from, files: &reader, to, cell: COPY, snapshot };
        copy_disk(&what, &Alone).await
    }

    /// Changes one byte of the open file.
    fn flip(&self, at: u64) {
        let file = OpenOptions::new().read(true).write(true).open(self.file()).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 1], at).unwrap();
    }
}

fn slots_in(root: &Path) -> Vec<u64> {
    let reader = DiskWalReader::new(root);
    let files = reader.files(BrokerEpoch(1)).unwrap();
    let found = files.iter().map(|file| reader.scan(COPY, file).unwrap());
    found.flat_map(|file| file.slots.into_iter().map(|slot| slot.header.slot)).collect()
}

#[tokio::test]
async fn a_copy_has_the_slots_that_are_there_under_an_id_of_its_own() {
    let mut cell = Running::new().await;
    for body in ["one", "two", "three"] {
        cell.append(body.as_bytes());
    }
    let to = cell.dir.path().join("copy");
    let copied = cell.copy(&to).await.unwrap();
    assert_eq!(copied.cell, COPY);
    assert_eq!(slots_in(&to), [0, 1, 2]);
    let there = fs::metadata(to.join(cell.file().strip_prefix(cell.root()).unwrap())).unwrap();
    assert!(there.len() < FILE_BYTES, "what is only reserved is not copied");
    let store = FolderStore::open(&to).unwrap();
    let state = MetaLog::read(&store, COPY).await.unwrap().unwrap();
    assert_eq!(state.pgs()[&0].pg_epoch, 1);
    cell.append(b"four");
    assert_eq!(slots_in(&to), [0, 1, 2], "the source goes on alone");
}

#[tokio::test]
async fn what_is_on_its_way_is_left_out_and_what_was_durable_must_be_whole() {
    let mut cell = Running::new().await;
    for body in ["one", "two", "three"] {
        cell.append(body.as_bytes());
    }
    let reader = DiskWalReader::new(&cell.root());
    let file = reader.files(BrokerEpoch(1)).unwrap()[0];
    let found = reader.scan(CELL, &file).unwrap();
    // A byte of a body: headers and footers, which a scan reads, still match.
    let body_of = |slot: usize| found.slots[slot].position + storage::slot::HEADER_SIZE as u64;
    cell.flip(body_of(2));
    let to = cell.dir.path().join("torn");
    cell.copy(&to).await.unwrap();
    assert_eq!(slots_in(&to), [0, 1], "nobody was told yet that the last one is durable");
    cell.flip(body_of(0));
    let error = cell.copy(&cell.dir.path().join("damaged")).await.unwrap_err();
    assert!(matches!(&error, TransferError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("slot 0"), "{error}");
}
