use std::path::PathBuf;

use api_app::RepoError;
use reconciler::WorkError;
use sea_orm::{DbErr, SqlErr};

use crate::OwnershipError;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer Weir wrote it.
    #[error(
        "the control-plane store has format {found}, this weir reads up to {supported}; \
         use the newer weir, or another data folder"
    )]
    TooNew {
        /// Format of the store.
        found: i32,
        /// Newest format that this build reads.
        supported: i32,
    },
    /// The file is damaged.
    #[error("the control-plane store {path:?} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check says.
        why: String,
    },
    /// The Postgres database cannot be had.
    #[error(transparent)]
    Ownership(#[from] OwnershipError),
    /// Anything else: permissions, disk full, server not reachable.
    #[error("the control-plane store cannot be opened: {0}")]
    Database(#[from] DbErr),
}

/// What a query can end in, before it is told to the port that asked.
#[derive(Debug)]
pub(crate) enum Fault {
    Db(DbErr),
    Corrupt(String),
    Repo(RepoError),
    Fenced,
    /// The database is another process's, or may be.
    NotOurs(&'static str),
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        Self::Db(error)
    }
}

impl From<Fault> for RepoError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Db(error) => Self::Unavailable(error.to_string()),
            Fault::Corrupt(why) => Self::Corrupt(why),
            Fault::Repo(error) => error,
            Fault::Fenced => Self::Stale,
            Fault::NotOurs(why) => Self::Unavailable(why.to_owned()),
        }
    }
}

impl From<Fault> for WorkError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Db(error) => Self::Unavailable(error.to_string()),
            Fault::Corrupt(why) => Self::Unavailable(why),
            Fault::Repo(error) => Self::Unavailable(error.to_string()),
            Fault::Fenced => Self::Fenced,
            Fault::NotOurs(why) => Self::Unavailable(why.to_owned()),
        }
    }
}

/// Whether a unique index refused the write: somebody took the value since it was looked up.
pub(crate) fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
