//! The self-test of a store: a cell starts on no store that did not show what fencing rests on.

use bytes::Bytes;
use common_seams::{Rng, uuid_v4};
use futures_util::future::join_all;

use crate::keys::ObjectKey;
use crate::payload::Payload;
use crate::store::{ByteRange, ETag, ObjectStore, PutMode, StoreError};

/// How many callers try to be the one.
const RIVALS: usize = 8;
const FIRST: &str = "the first version";
const SECOND: &str = "the second version";

/// Why a store was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// The store does not keep a promise.
    #[error(
        "this object store cannot hold a cell: {0}. Weir would lose data on it. Stores that pass are listed in docs/operate/object-stores.md"
    )]
    Unfit(String),
    /// The store did not answer, so nothing is proved. With a definite error, credentials, rights or
    /// the name of the bucket are wrong.
    #[error("the object store could not be tested: {0}")]
    Store(#[from] StoreError),
}

/// Shows that a store has put-if-absent, compare-and-swap, ranges, and reads and listings that see the
/// last write. It works below a key of its own and removes what it wrote.
///
/// # Errors
/// When the store keeps a promise not, or does not answer.
pub async fn prove(store: &dyn ObjectStore, rng: &dyn Rng) -> Result<(), ProveError> {
    let proof = Proof { store, folder: ObjectKey::Proof(uuid_v4(rng)).to_string() };
    let proved = proof.run().await;
    let cleaned = proof.clean().await;
    proved?;
    cleaned
}

struct Proof<'a> {
    store: &'a dyn ObjectStore,
    folder: String,
}

impl Proof<'_> {
    async fn run(&self) -> Result<(), ProveError> {
        let one = self.key("one");
        let tag = self.creates_once(&one).await?;
        self.swaps_by_version(&one, tag).await?;
        self.reads_parts(&one).await?;
        self.has_one_winner().await?;
        self.lists_what_is_there().await?;
        self.forgets_what_was_deleted(&one).await
    }

    async fn creates_once(&self, key: &str) -> Result<ETag, ProveError> {
        let put = |body: &'static str| self.put(key, body.into(), PutMode::IfAbsent);
        let tag = put(FIRST).await?;
        match put(SECOND).await {
            Err(StoreError::Exists(_)) => {}
            Ok(_) => {
                return unfit(
                    "put-if-absent (If-None-Match: *) overwrote an object that was there",
                );
            }
            Err(e) => return Err(e.into()),
        }
        let read = self.store.get(key.to_owned()).await;
        match read {
            Ok((body, read)) if body == FIRST && read == tag => Ok(tag),
            Ok((body, _)) if body != FIRST => {
                unfit("a read after a write returned something else than was written")
            }
            Ok(_) => unfit("a put and a read name different versions (ETag) of the same object"),
            Err(StoreError::NotFound(_)) => unfit("a read after a write found nothing"),
            Err(e) => Err(e.into()),
        }
    }

    async fn swaps_by_version(&self, key: &str, old: ETag) -> Result<(), ProveError> {
        let new = self.swap(key, SECOND, &old).await?;
        if new == old {
            return unfit("an object that was replaced kept its version (ETag)");
        }
        let at = self.key("none");
        for (stale, what) in [
            (
                self.swap(key, FIRST, &old).await,
                "compare-and-swap (If-Match) took a version that was gone",
            ),
            (
                self.swap(&at, FIRST, &new).await,
                "compare-and-swap (If-Match) made an object from nothing",
            ),
        ] {
            match stale {
                Err(StoreError::Changed(_)) => {}
                Ok(_) => return unfit(what),
                Err(e) => return Err(e.into()),
            }
        }
        match self.store.get(key.to_owned()).await? {
            (body, tag) if body == SECOND && tag == new => Ok(()),
            _ => unfit("a read after a compare-and-swap returned another version"),
        }
    }

    async fn reads_parts(&self, key: &str) -> Result<(), ProveError> {
        let size = SECOND.len() as u64;
        for (range, want) in [
            (ByteRange::Between(4..10), &SECOND[4..10]),
            (ByteRange::Between(11..100), &SECOND[11..]),
            (ByteRange::Last(7), &SECOND[11..]),
        ] {
            let part = self.store.get_range(key.to_owned(), range).await?;
            if part.bytes != want || part.size != size {
                return unfit("a get of a part (Range) returned other bytes, or another size");
            }
        }
        Ok(())
    }

    /// Several put-if-absents at once, then several swaps of the same version.
    async fn has_one_winner(&self) -> Result<(), ProveError> {
        let key = self.key("race");
        let mut mode = PutMode::IfAbsent;
        for what in ["put-if-absents", "compare-and-swaps"] {
            let bodies: Vec<Bytes> = (0..RIVALS).map(|i| format!("{what} {i}").into()).collect();
            let rivals = bodies.iter().map(|b| self.put(&key, b.clone().into(), mode.clone()));
            let outcomes = join_all(rivals).await;
            let mut winner = None;
            for (body, outcome) in bodies.iter().zip(outcomes) {
                match outcome {
                    Ok(tag) if winner.is_none() => winner = Some((body, tag)),
                    Ok(_) => {
                        return unfit(&format!("two of {RIVALS} {what} at once both succeeded"));
                    }
                    Err(
                        StoreError::Exists(_) | StoreError::Changed(_) | StoreError::Contended(_),
                    ) => {}
                    Err(e) => return Err(e.into()),
                }
            }
            let (there, tag) = self.store.get(key.clone()).await?;
            match winner {
                Some((body, won)) if there == body && tag == won => mode = PutMode::IfMatch(tag),
                Some(_) => {
                    return unfit(&format!("of {RIVALS} {what} at once a refused one counted"));
                }
                None => return unfit(&format!("of {RIVALS} {what} at once none succeeded")),
            }
        }
        Ok(())
    }

    async fn lists_what_is_there(&self) -> Result<(), ProveError> {
        let keys = ["a", "b", "c"].map(|name| self.key(&format!("list/{name}")));
        let folder = self.key("list");
        for (n, key) in keys.iter().enumerate() {
            self.put(key, FIRST.into(), PutMode::IfAbsent).await?;
            if self.store.list(folder.clone()).await? != keys[..=n] {
                return unfit("a listing after a put does not show what is there, in order");
            }
        }
        let (first, most) = (Some(keys[0].clone()), 1);
        let found = self.store.list_after(folder.clone(), first, most).await?;
        if found.len() != 1 || found[0].key != keys[1] || found[0].size != FIRST.len() as u64 {
            return unfit("a listing behind a key does not show the next one");
        }
        self.store.delete(keys[0].clone()).await?;
        if self.store.list(folder).await? != keys[1..] {
            return unfit("a listing after a deletion still shows the object");
        }
        Ok(())
    }

    async fn forgets_what_was_deleted(&self, key: &str) -> Result<(), ProveError> {
        self.store.delete(key.to_owned()).await?;
        // Absence is no error.
        self.store.delete(key.to_owned()).await?;
        match self.store.get(key.to_owned()).await {
            Err(StoreError::NotFound(_)) => Ok(()),
            Ok(_) => unfit("a read after a deletion still found the object"),
            Err(e) => Err(e.into()),
        }
    }

    async fn clean(&self) -> Result<(), ProveError> {
        for key in self.store.list(self.folder.clone()).await? {
            self.store.delete(key).await?;
        }
        Ok(())
    }

    fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    async fn put(&self, key: &str, body: Payload, mode: PutMode) -> Result<ETag, StoreError> {
        self.store.put(key.to_owned(), body, mode).await
    }

    async fn swap(&self, key: &str, body: &'static str, old: &ETag) -> Result<ETag, StoreError> {
        self.put(key, body.into(), PutMode::IfMatch(old.clone())).await
    }
}

fn unfit<T>(why: &str) -> Result<T, ProveError> {
    Err(ProveError::Unfit(why.to_owned()))
}
