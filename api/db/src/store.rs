use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

use crate::errors::Fault;

/// An open store. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// Reads that are one statement.
    pub(crate) reader: DatabaseConnection,
    /// Everything else. On SQLite this is one connection, so that writers queue here and not in
    /// the database, which would make them fail.
    pub(crate) writer: DatabaseConnection,
}

impl Store {
    /// Begins a transaction that will write.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, Fault> {
        let options = TransactionOptions {
            // A deferred transaction would take its write lock late, after it read.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
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
