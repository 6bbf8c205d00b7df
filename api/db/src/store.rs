use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

use crate::errors::Fault;
use crate::postgres::Fence;

/// An open store. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// Reads that are one statement.
    pub(crate) reader: DatabaseConnection,
    /// Every transaction that writes, and nothing else: it goes through [`Store::begin`]. On SQLite this is one connection, so that writers queue here and not in
    /// the database, which would make them fail.
    writer: DatabaseConnection,
    /// Keeps a process out that does not own the database any more. None where nobody has to.
    fence: Option<Arc<Fence>>,
}

impl Store {
    pub(crate) fn new(reader: DatabaseConnection, writer: DatabaseConnection) -> Self {
        Self { reader, writer, fence: None }
    }

    pub(crate) fn fenced_by(mut self, fence: Arc<Fence>) -> Self {
        self.fence = Some(fence);
        self
    }

    /// For tests: both, to be told of each statement.
    pub(crate) fn connections(&mut self) -> [&mut DatabaseConnection; 2] {
        [&mut self.reader, &mut self.writer]
    }

    /// Begins a transaction that will write.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, Fault> {
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

    /// Closes the connections; on SQLite this also folds the write-ahead log into the file.
    ///
    /// # Errors
    /// When the database does.
    pub async fn close(self) -> Result<(), crate::OpenError> {
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }

    /// How SQLite syncs: 2 is FULL, which is after every commit. `None` on Postgres.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn synchronous(&self) -> Result<Option<i32>, crate::OpenError> {
        let backend = self.writer.get_database_backend();
        if backend != DbBackend::Sqlite {
            return Ok(None);
        }
        let pragma = Statement::from_string(backend, "PRAGMA synchronous");
        let row = self.writer.query_one_raw(pragma).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}
