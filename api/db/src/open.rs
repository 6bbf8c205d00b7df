use std::path::{Path, PathBuf};
use std::sync::Arc;
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
use crate::postgres::Fence;
use crate::{
    OpenError, Owner, Ownership, OwnershipError, PostgresUrl, Store, StoreConfig, postgres,
};

const READERS: u32 = 4;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl Store {
    /// Opens a store and brings it to the present format. Before an older SQLite file is changed, a copy
    /// is kept beside it.
    ///
    /// # Errors
    /// A newer format, a damaged file, or anything that the database says.
    pub async fn open(config: &StoreConfig) -> Result<Self, OpenError> {
        match config {
            StoreConfig::Sqlite(path) => {
                let (reader, writer) = open_file(path).await?;
                migrate(&writer, Some(path)).await?;
                Ok(Self::new(reader, writer, None))
            }
            StoreConfig::Memory => {
                // One connection for everything: each has a database of its own.
                let only = Database::connect(sqlite_options("sqlite::memory:", 1)).await?;
                migrate(&only, None).await?;
                Ok(Self::new(only.clone(), only, None))
            }
            StoreConfig::Postgres(url) => on_postgres(url, None).await,
        }
    }

    /// Takes a Postgres database for this process and opens the store in it. While what is returned beside
    /// the store lives and is kept, nobody else writes to it; without, this one does not either.
    ///
    /// # Errors
    /// A database that cannot be had, a newer format, or anything that the database says.
    pub async fn open_owned(
        url: &PostgresUrl,
        owner: &Owner,
    ) -> Result<(Self, Ownership), OpenError> {
        let ownership = Ownership::take(url, owner).await?;
        let store = on_postgres(url, Some(ownership.fence())).await?;
        Ok((store, ownership))
    }
}

async fn on_postgres(url: &PostgresUrl, fence: Option<Arc<Fence>>) -> Result<Store, OpenError> {
    let patient = postgres::maintenance(url).map_err(OwnershipError::from)?;
    migrate(&patient, None).await?;
    patient.close().await?;
    let pool = postgres::pool(url).map_err(OwnershipError::from)?;
    Ok(Store::new(pool.clone(), pool, fence))
}

async fn migrate(db: &DatabaseConnection, path: Option<&Path>) -> Result<(), OpenError> {
    let found = format_of(db).await?;
    match found {
        Some(found) if found > FORMAT_VERSION => {
            return Err(OpenError::TooNew { found, supported: FORMAT_VERSION });
        }
        Some(found) if found == FORMAT_VERSION => return Ok(()),
        Some(found) => {
            if let Some(path) = path {
                keep_copy(db, path, found).await?;
            }
        }
        None => {}
    }
    Migrator::up(db, None).await?;
    let row = store_format::ActiveModel { id: Set(1), version: Set(FORMAT_VERSION) };
    store_format::Entity::insert(row)
        .on_conflict(
            OnConflict::column(store_format::Column::Id)
                .update_column(store_format::Column::Version)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The connections for reads and for writes.
async fn open_file(path: &Path) -> Result<(DatabaseConnection, DatabaseConnection), OpenError> {
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
    Ok((reader, writer))
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT).sqlx_logging(false);
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
