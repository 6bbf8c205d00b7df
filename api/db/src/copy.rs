//! A copy of a store's file, also while a process uses it.

use std::path::Path;

use sea_orm::sqlx::sqlite::SqliteJournalMode;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend, Statement};

use crate::OpenError;
use crate::open::format_of;
use api_migrations::FORMAT_VERSION;

/// What a copy has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCopy {
    /// Format of the store.
    pub format: i32,
    /// The organisation of the first start, which is the installation's name.
    pub organization_id: String,
}

/// Copies the SQLite store at `from` into a file `to` that does not exist: everything that was committed
/// when this began, and nothing by halves. Writers are not held up.
///
/// # Errors
/// A newer format, or anything that the database says: a full disk, a damaged file.
pub async fn copy_file(from: &Path, to: &Path) -> Result<FileCopy, OpenError> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rw", from.display()));
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|sqlite| sqlite.journal_mode(SqliteJournalMode::Wal));
    let db = Database::connect(options).await?;
    let format = format_of(&db).await?.unwrap_or(0);
    if format > FORMAT_VERSION {
        return Err(OpenError::TooNew { found: format, supported: FORMAT_VERSION });
    }
    let copy = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO ?",
        [to.display().to_string().into()],
    );
    db.execute_raw(copy).await?;
    let who = Statement::from_string(DbBackend::Sqlite, "SELECT organization_id FROM installation");
    let row = db.query_one_raw(who).await?;
    let organization_id = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    db.close().await?;
    Ok(FileCopy { format, organization_id })
}
