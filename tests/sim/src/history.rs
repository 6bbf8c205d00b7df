use std::fmt::Arguments;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Everything that happened in a run, as a hash; the words too, when they are asked for.
#[derive(Debug, Clone)]
pub(crate) struct History(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    begun: Instant,
    // Without a key of its own, so that it is the same in every process.
    hash: DefaultHasher,
    words: Option<Vec<String>>,
}

impl History {
    pub(crate) fn new(words: bool) -> Self {
        let (begun, hash) = (Instant::now(), DefaultHasher::new());
        Self(Arc::new(Mutex::new(Inner { begun, hash, words: words.then(Vec::new) })))
    }

    /// Something happened now.
    pub(crate) fn note(&self, what: Arguments<'_>) {
        let mut inner = self.0.lock();
        let line = format!("{:>9} {what}", inner.begun.elapsed().as_millis());
        inner.hash.write(line.as_bytes());
        if let Some(words) = &mut inner.words {
            words.push(line);
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.0.lock().hash.finish()
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.0.lock().words.take().unwrap_or_default()
    }
}
