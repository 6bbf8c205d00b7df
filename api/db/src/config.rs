use std::path::PathBuf;

use crate::PostgresUrl;

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// A SQLite file, made when it is not there. Its folder must exist.
    Sqlite(PathBuf),
    /// SQLite in memory: gone when the process ends.
    Memory,
    /// A Postgres database that nobody has to own: for tests and measurements.
    Postgres(PostgresUrl),
}
