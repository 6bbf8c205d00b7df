use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use storage::payload::Payload;
use storage::store::{ByteRange, ETag, Listed, ObjectStore, Part, PutMode, StoreDate, StoreError};
use tokio::sync::watch;

/// What a process can still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Runs,
    /// Suspended: it does nothing until it is woken, and does not know of it.
    Frozen,
    /// Killed. What it had sent is on its way all the same.
    Gone,
}

/// The only connection of a process to its store: cutting it is a kill -9, as far as anybody can tell.
#[derive(Debug)]
pub(crate) struct Cord {
    inner: Arc<dyn ObjectStore>,
    process: watch::Receiver<Process>,
}

impl Cord {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>) -> (Self, watch::Sender<Process>) {
        let (sender, process) = watch::channel(Process::Runs);
        (Self { inner, process }, sender)
    }

    /// Waits while the process is frozen; for ever when it is gone.
    async fn running(&self) {
        let mut process = self.process.clone();
        if process.wait_for(|p| *p == Process::Runs).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Sends a request when the process runs, and takes its answer when it runs.
    fn pass<'a, T: Send + 'a>(&'a self, call: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
        async move {
            self.running().await;
            let answer = call.await;
            self.running().await;
            answer
        }
        .boxed()
    }
}

impl ObjectStore for Cord {
    fn put(
        &self,
        key: String,
        body: Payload,
        mode: PutMode,
    ) -> BoxFuture<'_, Result<ETag, StoreError>> {
        self.pass(self.inner.put(key, body, mode))
    }

    fn get(&self, key: String) -> BoxFuture<'_, Result<(Bytes, ETag), StoreError>> {
        self.pass(self.inner.get(key))
    }

    fn get_range(&self, key: String, range: ByteRange) -> BoxFuture<'_, Result<Part, StoreError>> {
        self.pass(self.inner.get_range(key, range))
    }

    fn list_after(
        &self,
        prefix: String,
        after: Option<String>,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Listed>, StoreError>> {
        self.pass(self.inner.list_after(prefix, after, max))
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.pass(self.inner.delete(key))
    }

    fn date(&self) -> Option<StoreDate> {
        self.inner.date()
    }
}
