//! Manifests, and the objects that they name.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::cell::WIDTH;
use super::extents;
use super::finding::{Fault, Finding};
use super::report::{Report, Sample};
use super::segments::{self, Named};
use crate::ids::{PartitionId, PgId};
use crate::keys::ObjectKey;
use crate::manifest::Manifest;
use crate::object_ref::{ObjectKind, ObjectRef};
use crate::store::{ETag, ObjectStore, StoreError};

/// How often a manifest that keeps changing is read again.
const ROUNDS_MAX: u32 = 5;

/// What all manifests together say.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Keys of segments.
    pub(super) named: BTreeSet<String>,
    /// Next offset of each partition, as far as segments have it.
    pub(super) next: BTreeMap<PartitionId, i64>,
    /// Whether WAL files are named: a cell of the disk tier.
    pub(super) on_disk: bool,
}

/// A manifest as it was read.
struct Read {
    pg: PgId,
    etag: Option<ETag>,
    manifest: Option<Manifest>,
    findings: Vec<Finding>,
}

/// Reads the manifests of `pgs` and checks what they name.
pub(super) async fn check(
    store: &dyn ObjectStore,
    pgs: Vec<PgId>,
    sample: Sample,
    report: &mut Report,
) -> Result<Groups, StoreError> {
    let mut groups = Groups::default();
    let mut left = pgs;
    for round in 1..=ROUNDS_MAX {
        let mut reads = read_all(store, &left).await?;
        left = Vec::new();
        check_segments(store, &mut reads, sample, report).await?;
        for read in reads {
            // What looks wrong may be a manifest that was replaced meanwhile.
            if !read.findings.is_empty() && round < ROUNDS_MAX && has_changed(store, &read).await? {
                left.push(read.pg);
                continue;
            }
            groups.add(&read);
            report.partitions += read.manifest.map_or(0, |m| m.partitions.len() as u64);
            report.find(read.findings);
        }
    }
    Ok(groups)
}

/// What manifests say, without a look at what they name.
pub(super) async fn read(store: &dyn ObjectStore, pgs: &[PgId]) -> Result<Groups, StoreError> {
    let mut groups = Groups::default();
    read_all(store, pgs).await?.iter().for_each(|read| groups.add(read));
    Ok(groups)
}

impl Groups {
    fn add(&mut self, read: &Read) {
        let Some(manifest) = &read.manifest else { return };
        for p in &manifest.partitions {
            if let Ok(id) = p.id() {
                self.next.insert(id, p.next_offset);
            }
            for object in p.extents.iter().filter_map(|e| e.object_ref().ok()) {
                self.on_disk |= object.kind == ObjectKind::Wal;
                self.named.insert(object.key().to_string());
            }
        }
    }
}

async fn read_all(store: &dyn ObjectStore, pgs: &[PgId]) -> Result<Vec<Read>, StoreError> {
    let reads: Vec<_> = pgs.iter().map(|pg| read_one(store, *pg)).collect();
    stream::iter(reads).buffered(WIDTH).try_collect().await
}

async fn read_one(store: &dyn ObjectStore, pg: PgId) -> Result<Read, StoreError> {
    let key = ObjectKey::Manifest(pg).to_string();
    let mut read = Read { pg, etag: None, manifest: None, findings: Vec::new() };
    let bytes = match store.get(key.clone()).await {
        Ok((bytes, etag)) => {
            read.etag = Some(etag);
            bytes
        }
        // A group that never had data has none.
        Err(StoreError::NotFound(_)) => return Ok(read),
        Err(e) => return Err(e),
    };
    let mut find = |key: &str, fault| read.findings.push(Finding { key: key.to_owned(), fault });
    let manifest = match Manifest::parse(&bytes) {
        Ok(manifest) => manifest,
        Err(e) => {
            find(&key, Fault::Damaged(e.to_string()));
            return Ok(read);
        }
    };
    if manifest.pg != pg.0 {
        find(&key, Fault::Damaged(format!("it is that of placement group {}", manifest.pg)));
    }
    for p in &manifest.partitions {
        match p.id() {
            Ok(id) => extents::check(id, p).into_iter().for_each(|fault| find(&key, fault)),
            Err(e) => find(&key, Fault::Damaged(e.to_string())),
        }
        for e in p.extents.iter().filter_map(|e| e.object_ref().err()) {
            find(&key, Fault::Damaged(e.to_string()));
        }
    }
    for e in manifest.producers.iter().filter_map(|p| p.id().err()) {
        find(&key, Fault::Damaged(e.to_string()));
    }
    read.manifest = Some(manifest);
    Ok(read)
}

/// Checks each segment once, and tells the groups that name it.
async fn check_segments(
    store: &dyn ObjectStore,
    reads: &mut [Read],
    sample: Sample,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut named: BTreeMap<ObjectRef, Vec<Named>> = BTreeMap::new();
    for read in &*reads {
        for p in read.manifest.iter().flat_map(|m| &m.partitions) {
            let Ok(partition) = p.id() else { continue };
            for e in &p.extents {
                let Ok(object) = e.object_ref() else { continue };
                if object.kind == ObjectKind::Segment {
                    let (first, last) = (e.first, e.last);
                    named.entry(object).or_default().push(Named {
                        pg: read.pg,
                        partition,
                        first,
                        last,
                    });
                }
            }
        }
    }
    let checks: Vec<_> = named
        .iter()
        .map(|(object, named)| async move {
            let (findings, read) = segments::check(store, *object, named, sample).await?;
            let pgs: BTreeSet<PgId> = named.iter().map(|n| n.pg).collect();
            Ok::<_, StoreError>((findings, read, pgs))
        })
        .collect();
    let mut checks = stream::iter(checks).buffer_unordered(WIDTH);
    while let Some((findings, read, pgs)) = checks.try_next().await? {
        report.checksums += read;
        // One group is enough to ask whether it is still so.
        if let Some(read) = reads.iter_mut().find(|r| pgs.contains(&r.pg)) {
            read.findings.extend(findings);
        }
    }
    Ok(())
}

async fn has_changed(store: &dyn ObjectStore, read: &Read) -> Result<bool, StoreError> {
    match store.get(ObjectKey::Manifest(read.pg).to_string()).await {
        Ok((_, etag)) => Ok(Some(etag) != read.etag),
        Err(StoreError::NotFound(_)) => Ok(read.etag.is_some()),
        Err(e) => Err(e),
    }
}
