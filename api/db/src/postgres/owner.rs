//! The row that says whose database it is.

use sea_orm::sqlx::{self, Connection as _, PgConnection};
use uuid::Uuid;

use super::OwnershipError;

/// The advisory lock of a database; its two halves read "WEIR" and the first use of it.
const LOCK: (i32, i32) = (0x5745_4952, 1);

/// Who wants a database.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The installation, as the data folder has it.
    pub installation: Uuid,
    /// Whether it may begin in an empty database, which is so until it did.
    pub may_begin: bool,
    /// What others are told of this process: its id and host.
    pub name: String,
}

/// Takes the lock of this database for as long as the session lives. Taken: says by whom.
pub(super) async fn lock(session: &mut PgConnection) -> Result<(), OwnershipError> {
    let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
        .bind(LOCK.0)
        .bind(LOCK.1)
        .fetch_one(&mut *session)
        .await?;
    if taken { Ok(()) } else { Err(OwnershipError::Taken(holder(session).await?)) }
}

/// The session that has the lock, as people find it.
async fn holder(session: &mut PgConnection) -> Result<String, OwnershipError> {
    let found: Option<(i32, String, String)> = sqlx::query_as(
        "SELECT a.pid, COALESCE(a.application_name, ''), COALESCE(host(a.client_addr), 'a socket') \
         FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::oid AND l.objid = $2::oid \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .bind(LOCK.0)
    .bind(LOCK.1)
    .fetch_optional(session)
    .await?;
    Ok(match found {
        Some((pid, name, from)) => format!("{name}, connected from {from}, server process {pid}"),
        None => "it has just ended".to_owned(),
    })
}

/// Makes the row on a first start, compares the installation, and raises the epoch, which waits for what
/// a former owner has open.
pub(super) async fn enter(
    session: &mut PgConnection,
    owner: &Owner,
) -> Result<i64, OwnershipError> {
    let mut tx = session.begin().await?;
    let there: bool = sqlx::query_scalar("SELECT to_regclass('weir_owner') IS NOT NULL")
        .fetch_one(&mut *tx)
        .await?;
    if !there {
        begin(&mut tx, owner).await?;
    }
    let found: Option<String> =
        sqlx::query_scalar("SELECT installation FROM weir_owner WHERE id = 1")
            .fetch_optional(&mut *tx)
            .await?;
    let found = found.ok_or(OwnershipError::Missing)?;
    if found != owner.installation.to_string() {
        return Err(OwnershipError::OtherInstallation(found));
    }
    let epoch = sqlx::query_scalar(
        "UPDATE weir_owner SET epoch = epoch + 1, holder = $1, since = now() WHERE id = 1 RETURNING epoch",
    )
    .bind(&owner.name)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(epoch)
}

/// Not a migration: it is there before the first one, which it guards.
async fn begin(tx: &mut PgConnection, owner: &Owner) -> Result<(), OwnershipError> {
    if !owner.may_begin {
        return Err(OwnershipError::Missing);
    }
    let other: Option<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1 LIMIT 1",
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(other) = other {
        return Err(OwnershipError::Foreign(other));
    }
    sqlx::query(
        "CREATE TABLE weir_owner (id integer PRIMARY KEY CHECK (id = 1), installation text NOT NULL, \
         epoch bigint NOT NULL, holder text NOT NULL, since timestamptz NOT NULL DEFAULT now())",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query("INSERT INTO weir_owner (id, installation, epoch, holder) VALUES (1, $1, 0, $2)")
        .bind(owner.installation.to_string())
        .bind(&owner.name)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Whether nobody else had the database since `epoch`.
pub(super) async fn confirm(session: &mut PgConnection, epoch: i64) -> Result<(), OwnershipError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT epoch FROM weir_owner WHERE id = 1")
        .fetch_optional(session)
        .await?;
    if found == Some(epoch) { Ok(()) } else { Err(OwnershipError::Superseded) }
}
