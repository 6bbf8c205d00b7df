//! A copy of a cell whose records lie in files of a disk, also while it runs.
//!
//! The copy is what a kill would have left at one moment: closed files whole, of the open one all slots that
//! are there. Each slot is checked and made anew under the id of the copy. The next start on the copy recovers it as
//! after every crash.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::content::{ROUNDS_MAX, put_over, settle, state_of};
use super::ends::found;
use super::error::damaged;
use super::mark::marker_of;
use super::pages::{copy_all, manifest_of, put_manifest};
use super::restore::under;
use super::{Companion, Copied, TransferError};
use crate::birth::CellMarker;
use crate::ids::{BrokerEpoch, PgId};
use crate::keys::ObjectKey;
use crate::manifest::Manifest;
use crate::meta::CellState;
use crate::object_ref::{ObjectKind, ObjectRef};
use crate::payload::Payload;
use crate::store::ObjectStore;
use crate::wal::{ScannedFile, WalRead};

/// A cell on a disk, and where its copy goes.
pub struct DiskCopy<'a> {
    /// The cell's objects. Read only.
    pub from: &'a dyn ObjectStore,
    /// The files of its records.
    pub files: &'a dyn WalRead,
    /// An empty place. What an attempt before has left is replaced.
    pub to: Arc<dyn ObjectStore>,
    /// Id of the copy.
    pub cell: Uuid,
    /// Id of its first snapshot of metadata.
    pub snapshot: Uuid,
}

/// The log files of one incarnation, in order.
struct Log {
    epoch: BrokerEpoch,
    files: Vec<ObjectRef>,
    /// What the last one has.
    last: Option<ScannedFile>,
}

/// Copies a cell from a disk, files as objects, and its companion with it.
///
/// # Errors
/// When a file is damaged, a store fails, or the source changes faster than it can be read. The target is
/// of no use then.
pub async fn copy_disk(
    what: &DiskCopy<'_>,
    companion: &dyn Companion,
) -> Result<Copied, TransferError> {
    let source = marker_of(what.from).await?;
    let copied = Copied { cell: what.cell, ..Copied::default() };
    let mut copy = Copier { what, source, copied, present: BTreeSet::new() };
    copy.closed_files().await?;
    let mut failed_before = None;
    for _ in 0..ROUNDS_MAX {
        let before = state_of(what.from, copy.source.cell).await?;
        match copy.once(&before).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                let text = error.to_string();
                // What is damaged, or gone, is so the next time, too.
                if failed_before.as_ref() == Some(&text) {
                    return Err(error);
                }
                failed_before = Some(text);
                continue;
            }
        }
        let after = settle(what.from, copy.source.cell, &before, companion).await?;
        let Some(state) = after else { continue };
        copy.folders().await?;
        found(&what.to, what.cell, what.snapshot, state).await?;
        let marker = CellMarker { cell: what.cell, ..copy.source.clone() };
        let key = ObjectKey::Cell.to_string();
        let body = serde_json::to_vec_pretty(&marker).map_err(|e| damaged(&key, e))?;
        put_over(&*what.to, key, body.into()).await?;
        return Ok(copy.copied);
    }
    Err(TransferError::Restless)
}

struct Copier<'a> {
    what: &'a DiskCopy<'a>,
    source: CellMarker,
    copied: Copied,
    /// Files that are there, and never change.
    present: BTreeSet<String>,
}

impl Copier<'_> {
    /// Copies what takes long: what comes later finds most of it done.
    async fn closed_files(&mut self) -> Result<(), TransferError> {
        let state = state_of(self.what.from, self.source.cell).await?;
        for log in self.logs(&state)? {
            for pair in log.files.windows(2) {
                match self.file(&pair[0], Some(pair[1].wal_parts().1)).await {
                    // Retention deleted it, perhaps, or it is lost: what comes later tells.
                    Ok(()) | Err(TransferError::Unreadable { .. }) => {}
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(())
    }

    /// Copies the content as of one moment. False: the source changed around that moment.
    async fn once(&mut self, before: &CellState) -> Result<bool, TransferError> {
        let manifests = self.manifests().await?;
        let logs = self.logs(before)?;
        // INVARIANT: no checkpoint came between manifests and logs, so what the ones lack is in the others.
        let state = state_of(self.what.from, self.source.cell).await?;
        if !state.differs_by_topics(before) || self.manifests().await? != manifests {
            return Ok(false);
        }
        for log in &logs {
            for pair in log.files.windows(2) {
                self.file(&pair[0], Some(pair[1].wal_parts().1)).await?;
            }
            if let Some(last) = &log.last {
                self.last_file(log.epoch, last).await?;
            }
        }
        let there = logs.iter().flat_map(|log| log.files.iter().copied()).collect();
        self.copied.partitions = 0;
        for manifest in &manifests {
            check_named(manifest, &there)?;
            put_manifest(&*self.what.to, manifest).await?;
            self.copied.partitions += manifest.partitions.len() as u64;
        }
        self.folders().await?;
        Ok(true)
    }

    /// Births, and the keys of tenants.
    async fn folders(&mut self) -> Result<(), TransferError> {
        let Self { what, copied, present, .. } = self;
        for folder in ["epochs", "keys"] {
            for key in what.from.list(folder.to_owned()).await? {
                match copy_all(what.from, &*what.to, [key], present, copied).await {
                    // The tenant was deleted meanwhile, and its key destroyed.
                    Err(TransferError::Damaged { .. }) if folder == "keys" => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }

    async fn manifests(&self) -> Result<Vec<Manifest>, TransferError> {
        let mut manifests = Vec::new();
        for pg in (0..self.source.placement_groups).map(PgId) {
            manifests.extend(manifest_of(self.what.from, pg).await?.map(|(manifest, _)| manifest));
        }
        Ok(manifests)
    }

    /// The files of all incarnations, and what is in the last one of each.
    fn logs(&self, state: &CellState) -> Result<Vec<Log>, TransferError> {
        let mut logs = Vec::new();
        for epoch in state.epochs().keys().map(|epoch| BrokerEpoch(*epoch)) {
            let listed = self.what.files.files(epoch);
            let files = listed.map_err(|e| unreadable(&key_of(epoch, 0), &e))?;
            let last = files.last().map(|file| self.scan(file)).transpose()?;
            logs.push(Log { epoch, files, last });
        }
        Ok(logs)
    }

    /// What is in a file that may be written right now: a slot that seems to be missing is perhaps only on
    /// its way.
    fn scan(&self, file: &ObjectRef) -> Result<ScannedFile, TransferError> {
        let mut missing_before = None;
        loop {
            let found = self.what.files.scan(self.source.cell, file);
            let found = found.map_err(|e| unreadable(&file.key().to_string(), &e))?;
            let next = file.wal_parts().1 + found.slots.len() as u64;
            match found.frontier_behind.filter(|behind| *behind > next) {
                None => return Ok(found),
                Some(_) if missing_before == Some(next) => {
                    let why =
                        format!("slot {next} was durable, as a later one says, and is missing");
                    return Err(damaged(&file.key().to_string(), why));
                }
                Some(_) => missing_before = Some(next),
            }
        }
    }

    /// Copies a file that another one follows, which begins with slot `next`.
    async fn file(&mut self, file: &ObjectRef, next: Option<u64>) -> Result<(), TransferError> {
        let key = file.key().to_string();
        if self.present.contains(&key) {
            return Ok(());
        }
        let found = self.what.files.scan(self.source.cell, file);
        let found = found.map_err(|e| unreadable(&key, &e))?;
        let end = file.wal_parts().1 + found.slots.len() as u64;
        if next.is_some_and(|next| next != end) {
            let why = found.torn.as_deref().unwrap_or("the file ends early");
            return Err(damaged(&key, format!("slot {end} is missing: {why}")));
        }
        let body = self.content(&found, None)?;
        self.put(key.clone(), body).await?;
        self.present.insert(key);
        Ok(())
    }

    /// Copies what the last file of a log has.
    async fn last_file(
        &mut self,
        epoch: BrokerEpoch,
        found: &ScannedFile,
    ) -> Result<(), TransferError> {
        // Nothing is in a file that was only just made. Slots below the highest frontier are durable: one
        // of them that does not match its checksum is damaged, one above was on its way.
        if found.slots.is_empty() {
            return Ok(());
        }
        let frontier = found.slots.iter().map(|s| s.header.frontier).max().unwrap_or(0);
        let body = self.content(found, Some(frontier))?;
        let key = key_of(epoch, found.file.wal_parts().1);
        self.put(key, body).await
    }

    /// The slots of a file under the id of the copy; with a frontier, up to the first one at or above it that
    /// is not whole.
    fn content(
        &self,
        found: &ScannedFile,
        frontier: Option<u64>,
    ) -> Result<Payload, TransferError> {
        let key = found.file.key().to_string();
        let bytes = match found.end {
            0 => Bytes::new(),
            end => self.what.files.read(&found.file, 0, end).map_err(|e| unreadable(&key, &e))?,
        };
        let (cell, source) = (self.what.cell, self.source.cell);
        let (epoch, _) = found.file.wal_parts();
        let mut parts: Vec<Bytes> = Vec::new();
        for slot in &found.slots {
            let at = |n: u64| usize::try_from(n).map_err(|e| damaged(&key, e));
            let (from, to) = (at(slot.position)?, at(slot.position + slot.header.total_len())?);
            match under(cell, source, epoch, slot.header.slot, &bytes.slice(from..to)) {
                Ok(moved) => parts.extend(moved.parts().iter().cloned()),
                Err(_) if frontier.is_some_and(|frontier| slot.header.slot >= frontier) => break,
                Err(reason) => {
                    return Err(damaged(&key, format!("slot {}: {reason}", slot.header.slot)));
                }
            }
        }
        Ok(parts.into_iter().collect())
    }

    async fn put(&mut self, key: String, body: Payload) -> Result<(), TransferError> {
        self.copied.objects += 1;
        self.copied.bytes += body.len();
        Ok(put_over(&*self.what.to, key, body).await?)
    }
}

/// Every file that a manifest names must be there.
fn check_named(manifest: &Manifest, there: &BTreeSet<ObjectRef>) -> Result<(), TransferError> {
    let key = || ObjectKey::Manifest(PgId(manifest.pg)).to_string();
    for extent in manifest.partitions.iter().flat_map(|p| &p.extents) {
        let object = extent.object_ref().map_err(|e| damaged(&key(), e))?;
        if object.kind != ObjectKind::Wal {
            continue;
        }
        let (epoch, slot) = object.wal_parts();
        if !there.contains(&ObjectRef::wal_file(object.store, epoch, object.lane, slot)) {
            return Err(damaged(&object.key().to_string(), "it is missing"));
        }
    }
    Ok(())
}

fn key_of(epoch: BrokerEpoch, slot: u64) -> String {
    ObjectKey::Wal { epoch, lane: 0, slot }.to_string()
}

fn unreadable(key: &str, error: &io::Error) -> TransferError {
    TransferError::Unreadable { key: key.to_owned(), reason: error.to_string() }
}
