//! The thread that writes. It is the only one that touches the store of the WAL.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use storage::ids::PartitionId;
use storage::object_ref::ObjectRef;
use storage::wal::{FsyncPolicy, WalError};
use tokio::sync::mpsc;

use super::WalWriter;
use super::applier::{Applier, End};
use super::queue::{Buffer, Complete, Wal};
use super::writer::{build, same_chunk};
use crate::partition::Partition;

/// State of the WAL thread.
pub(crate) struct WalThread {
    wal: Arc<Wal>,
    writer: WalWriter,
    policy: FsyncPolicy,
    applier: Applier,
    touched: HashMap<PartitionId, Arc<Partition>>,
    complete: mpsc::Sender<Complete>,
}

impl WalThread {
    pub(crate) fn new(
        wal: Arc<Wal>,
        writer: WalWriter,
        policy: FsyncPolicy,
        cache_bytes: usize,
        complete: mpsc::Sender<Complete>,
        touched: HashMap<PartitionId, Arc<Partition>>,
    ) -> Self {
        let applier = Applier::new(Arc::clone(&wal), cache_bytes);
        Self { wal, writer, policy, applier, touched, complete }
    }

    /// Runs until the WAL is stopped or fails, then tells everyone.
    pub(crate) fn run(mut self) {
        let mut end = End::new(&self.wal);
        end.set(self.write_all());
    }

    fn write_all(&mut self) -> Result<(), WalError> {
        let mut synced = self.writer.now();
        while let Some(next) = self.next_buffer() {
            let idle = match next {
                Next::Write(buffer) => self.write(buffer).map(|()| false)?,
                Next::Idle => true,
            };
            if let FsyncPolicy::Interval(ms) = self.policy
                && (idle || self.writer.now().saturating_sub(synced) >= Duration::from_millis(ms))
            {
                self.writer.sync()?;
                synced = self.writer.now();
            }
            if self.writer.is_full() {
                let place = self.writer.roll()?;
                self.close_file(place.file);
            }
        }
        let (place, _) = self.writer.seal()?;
        self.close_file(place.file);
        Ok(())
    }

    fn write(&mut self, mut buffer: Buffer) -> Result<(), WalError> {
        let builder = build(&mut buffer.entries, &buffer.log_starts);
        let (slot, place) = match self.writer.put(builder) {
            Ok(put) => put,
            Err(error) => {
                self.wal.give_back(buffer.acks);
                return Err(error);
            }
        };
        for run in buffer.entries.chunk_by(same_chunk) {
            let partition = &run[0].partition;
            self.touched.entry(partition.id).or_insert_with(|| Arc::clone(partition));
        }
        self.applier.apply(buffer, &slot, place);
        Ok(())
    }

    fn close_file(&mut self, file: ObjectRef) {
        for (_, partition) in self.touched.drain() {
            partition.on_file_closed(file);
        }
        // A full channel holds an older notice; the checkpoint that it starts covers this file too.
        let _ = self.complete.try_send(Complete { below: self.writer.next_slot(), hurry: true });
    }

    fn next_buffer(&self) -> Option<Next> {
        let mut q = self.wal.queue.lock();
        loop {
            if let Some(buffer) = q.closed.pop_front() {
                return Some(Next::Write(buffer));
            }
            if !q.open.is_empty() {
                q.open_ticket += 1;
                return Some(Next::Write(std::mem::take(&mut q.open)));
            }
            if q.stop {
                return None;
            }
            q.idle = true;
            if let FsyncPolicy::Interval(ms) = self.policy {
                let timed_out =
                    self.wal.work.wait_for(&mut q, Duration::from_millis(ms)).timed_out();
                if timed_out {
                    q.idle = false;
                    return Some(Next::Idle);
                }
            } else {
                self.wal.work.wait(&mut q);
            }
            q.idle = false;
        }
    }
}

enum Next {
    Write(Buffer),
    /// Nothing came for a whole interval.
    Idle,
}
