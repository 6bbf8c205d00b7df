//! The port to the metadata of a cell.

use std::fmt;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use storage::meta::{CellState, MetaError, Txn};

/// A place in the history of a cell's metadata: the term above 40 bits of committed transactions.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Revision(pub u64);

impl Revision {
    const BITS: u32 = 40;

    /// What a term begins with.
    #[must_use]
    pub fn start_of(term: u64) -> Self {
        Self(term << Self::BITS)
    }

    /// The term.
    #[must_use]
    pub fn term(self) -> u64 {
        self.0 >> Self::BITS
    }

    /// After one more transaction.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.term(), self.0 & ((1 << Self::BITS) - 1))
    }
}

/// What happened behind a revision.
#[derive(Debug, Clone)]
pub enum Changes {
    /// Transactions, each with the revision that it made.
    Txns(Vec<(Revision, Txn)>),
    /// All of the metadata: the asker's revision is too old, or of another term.
    Snapshot {
        /// Where the state is.
        revision: Revision,
        /// The state.
        state: Box<CellState>,
    },
}

/// The metadata of a cell. In the process of its writer it is the log, elsewhere a connection.
pub trait MetaStore: Send + Sync + fmt::Debug {
    /// Commits a transaction: durable when this returns, with the revision that it made.
    ///
    /// # Errors
    /// [`MetaError::Conflict`]: it did not apply, nothing was changed. [`MetaError::Fenced`]: this is
    /// the writer no more. Anything else: it may have been committed or not; what is followed tells.
    fn commit(&self, txn: Txn) -> BoxFuture<'_, Result<Revision, MetaError>>;

    /// Waits for something behind `after`, for about a second: then an empty list.
    ///
    /// # Errors
    /// When nobody answers.
    fn changes(&self, after: Revision) -> BoxFuture<'_, Result<Changes, MetaError>>;
}
