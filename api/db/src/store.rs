use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

use crate::errors::Fault;
use crate::postgres::Fence;

/// An open store. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// Another database from the moment on in which the store moves.
    now: Arc<RwLock<Arc<Connections>>>,
}

/// The connections to one database.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Reads that are one statement.
    reader: DatabaseConnection,
    /// Every transaction that writes, and nothing else. On SQLite this is one connection, so that writers queue
    /// here and not in the database, which would make them fail.
    writer: DatabaseConnection,
    /// Keeps a process out that does not own the database any more. None where nobody has to.
    fence: Option<Arc<Fence>>,
}

impl Store {
    pub(crate) fn new(
        reader: DatabaseConnection,
        writer: DatabaseConnection,
        fence: Option<Arc<Fence>>,
    ) -> Self {
        let now = Arc::new(Connections { reader, writer, fence });
        Self { now: Arc::new(RwLock::new(now)) }
    }

    /// The same database, with each connection changed; for tests, to be told of each statement.
    pub(crate) fn with(self, change: impl Fn(&mut DatabaseConnection)) -> Self {
        let now = self.now();
        let (mut reader, mut writer) = (now.reader.clone(), now.writer.clone());
        change(&mut reader);
        change(&mut writer);
        Self::new(reader, writer, now.fence.clone())
    }

    fn now(&self) -> Arc<Connections> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// For reads that are one statement.
    pub(crate) fn reader(&self) -> DatabaseConnection {
        self.now().reader.clone()
    }

    /// Begins a transaction that will write. One that waited while the store moved begins where it is now.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, Fault> {
        loop {
            let there = self.now();
            let begun = there.begin().await;
            if Arc::ptr_eq(&there, &self.now()) {
                return begun;
            }
        }
    }

    /// Lets this store and its clones be in the database of another one, and returns what they used before.
    pub(crate) fn follow(&self, other: &Self) -> Arc<Connections> {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *now, other.now())
    }

    /// Closes the connections; on SQLite this also folds the write-ahead log into the file.
    ///
    /// # Errors
    /// When the database does.
    pub async fn close(self) -> Result<(), crate::OpenError> {
        Ok(self.now().close().await?)
    }

    /// How SQLite syncs: 2 is FULL, which is after every commit. `None` on Postgres.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn synchronous(&self) -> Result<Option<i32>, crate::OpenError> {
        let now = self.now();
        let backend = now.writer.get_database_backend();
        if backend != DbBackend::Sqlite {
            return Ok(None);
        }
        let pragma = Statement::from_string(backend, "PRAGMA synchronous");
        let row = now.writer.query_one_raw(pragma).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}

impl Connections {
    async fn begin(&self) -> Result<DatabaseTransaction, Fault> {
        let options = TransactionOptions {
            // A deferred transaction would take its write lock late, after it read.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let Some(fence) = &self.fence else {
            return Ok(self.writer.begin_with_options(options).await?);
        };
        fence.open()?;
        let tx = self.writer.begin_with_options(options).await?;
        fence.bind(&tx).await?;
        Ok(tx)
    }

    pub(crate) async fn close(&self) -> Result<(), sea_orm::DbErr> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await
    }
}
