use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
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
}
