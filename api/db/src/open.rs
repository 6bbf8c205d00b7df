use std::path::{Path, PathBuf};
use std::time::Duration;

use api_migrations::{FORMAT_VERSION, Migrator};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    Statement,
};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use crate::entity::store_format;
use crate::{OpenError, Store, StoreConfig};

const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl Store {
    /// Opens a store and brings it to the present format. Before an older SQLite file is changed, a copy
    /// is kept beside it.
    ///
    /// # Errors
    /// A newer format, a damaged file, or anything that the database says.
    pub async fn open(config: &StoreConfig) -> Result<Self, OpenError> {
        let store = match config {
            StoreConfig::Sqlite(path) => open_file(path).await?,
            StoreConfig::Memory => {
                // One connection for everything: each has a database of its own.
                let only = Database::connect(sqlite_options("sqlite::memory:", 1)).await?;
                Self { reader: only.clone(), writer: only }
            }
            StoreConfig::Postgres(url) => {
                let pool = Database::connect(postgres_options(url)).await?;
                Self { reader: pool.clone(), writer: pool }
            }
        };
        let path = match config {
            StoreConfig::Sqlite(path) => Some(path.as_path()),
            StoreConfig::Memory | StoreConfig::Postgres(_) => None,
        };
        store.migrate(path).await?;
        Ok(store)
    }

    async fn migrate(&self, path: Option<&Path>) -> Result<(), OpenError> {
        let found = format_of(&self.writer).await?;
        match found {
            Some(found) if found > FORMAT_VERSION => {
                return Err(OpenError::TooNew { found, supported: FORMAT_VERSION });
            }
            Some(found) if found == FORMAT_VERSION => return Ok(()),
            Some(found) => {
                if let Some(path) = path {
                    keep_copy(&self.writer, path, found).await?;
                }
            }
            None => {}
        }
        Migrator::up(&self.writer, None).await?;
        let row = store_format::ActiveModel { id: Set(1), version: Set(FORMAT_VERSION) };
        store_format::Entity::insert(row)
            .on_conflict(
                OnConflict::column(store_format::Column::Id)
                    .update_column(store_format::Column::Version)
                    .to_owned(),
            )
            .exec_without_returning(&self.writer)
            .await?;
        Ok(())
    }
}

async fn open_file(path: &Path) -> Result<Store, OpenError> {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let damaged = |error: DbErr| {
        let text = error.to_string();
        // SQLITE_NOTADB and SQLITE_CORRUPT, which the driver tells only in words.
        if text.contains("not a database") || text.contains("malformed") {
            OpenError::Damaged { path: path.to_owned(), why: text }
        } else {
            OpenError::Database(error)
        }
    };
    let writer = Database::connect(sqlite_options(&url, 1)).await.map_err(damaged)?;
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA quick_check(1)");
    let row = writer.query_one_raw(check).await.map_err(damaged)?;
    let answer = row.map(|row| row.try_get_by_index::<String>(0)).transpose().map_err(damaged)?;
    if let Some(why) = answer.filter(|text| text != "ok") {
        return Err(OpenError::Damaged { path: path.to_owned(), why });
    }
    let reader = Database::connect(sqlite_options(&url, READERS)).await.map_err(damaged)?;
    Ok(Store { reader, writer })
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
    options
}

/// A transaction whose task was dropped in the middle keeps its locks until its connection is used
/// again; the server ends it instead, and lets nobody wait for a lock for ever.
fn postgres_options(url: &str) -> ConnectOptions {
    let mut options = options(url, POSTGRES_CONNECTIONS);
    options.map_sqlx_postgres_opts(|pg| {
        pg.options([("idle_in_transaction_session_timeout", "5s"), ("lock_timeout", "20s")])
    });
    options
}

fn sqlite_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = options(url, connections);
    // An idle connection in memory must not be dropped: the data is in it.
    options.min_connections(1).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
    });
    options
}

pub(crate) async fn format_of(db: &DatabaseConnection) -> Result<Option<i32>, DbErr> {
    if !SchemaManager::new(db).has_table("store_format").await? {
        return Ok(None);
    }
    Ok(store_format::Entity::find_by_id(1).one(db).await?.map(|row| row.version))
}

/// Copies the file as it is, so that the older Weir can go on with it.
async fn keep_copy(db: &DatabaseConnection, path: &Path, format: i32) -> Result<(), DbErr> {
    let copy = copy_path(path, format);
    let statement = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "VACUUM INTO ?",
        [copy.display().to_string().into()],
    );
    db.execute_raw(statement).await.map(|_| ())
}

fn copy_path(path: &Path, format: i32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".format-{format}"));
    path.with_file_name(name)
}
