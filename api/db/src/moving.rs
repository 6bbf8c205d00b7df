//! The move of a store into another database, while it is used.
//!
//! The one connection that writes to a SQLite file is taken by the move: whoever wants to write waits for it, and
//! writes to the new database when it is over. Reads go on. Until the caller has decided, the file is in force.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IntoActiveModel,
    Iterable as _, PrimaryKeyToColumn as _, QueryOrder as _, QuerySelect as _, Statement,
};
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;

use crate::Store;
use crate::entity::{
    acl, api_key, audit_event, audit_settings, audit_topic_queue, client_quota, cluster, counter,
    desired_topic, environment, event, group_mapping, identity_pool, identity_provider,
    installation, invitation, ip_filter, ip_group, notification_delivery, notification_integration,
    notification_mark, notification_subscription, organization, person, receipt, registry,
    role_binding, second_factor, security_address, security_cursor, security_finding,
    service_account, session, sso_connection, sso_domain, sso_link, store_format, undo, work,
};
use crate::errors::Fault;

/// Rows that are in memory at a time.
const PAGE: u64 = 5000;
/// Rows of one statement: Postgres takes 65,535 values.
const ROWS: usize = 500;
/// How long reads that have begun may go on in the database that was left.
const SETTLE: Duration = Duration::from_secs(1);
/// What databases have beside the tables of a store.
const OTHERS: [&str; 1] = ["seaql_migrations"];

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Tables, the empty ones too.
    pub tables: usize,
    /// Rows of all of them.
    pub rows: u64,
}

/// Why a store did not move. It is where it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of the two databases.
    #[error("the store cannot be copied: {0}")]
    Database(#[from] DbErr),
    /// The move does not know a table, or the store lacks one.
    #[error("the store's tables are not those that this version moves: {0}")]
    Tables(String),
    /// What was written is not what was read.
    #[error("the copy of table {0:?} differs from the original")]
    Differs(&'static str),
    /// The caller could not write down where the store is from now on.
    #[error("the move was not decided: {0}")]
    NotDecided(String),
    /// The database that it was to move to was lost.
    #[error("{0}")]
    NotOurs(&'static str),
}

impl From<Fault> for MoveError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Db(error) => Self::Database(error),
            Fault::NotOurs(why) => Self::NotOurs(why),
            Fault::Corrupt(why) => Self::Tables(why),
            Fault::Repo(error) => Self::Tables(error.to_string()),
            Fault::Fenced => Self::NotOurs("the database is another's"),
        }
    }
}

/// Number of rows, and a sum of their digests that does not depend on their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    digest: u128,
}

impl Sum {
    fn add(&mut self, row: &impl std::fmt::Debug) {
        let digest = Sha256::digest(format!("{row:?}"));
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        self.rows += 1;
        self.digest = self.digest.wrapping_add(u128::from_be_bytes(half));
    }
}

/// Does something with each table: with its name and its entity.
macro_rules! each_table {
    ($do:ident $arguments:tt) => {
        each_table!(@ $do $arguments
            organization person environment registry cluster desired_topic service_account role_binding api_key
            acl client_quota ip_group ip_filter identity_provider identity_pool invitation second_factor session
            receipt audit_settings audit_event audit_topic_queue installation counter work event store_format
            notification_integration notification_subscription notification_delivery notification_mark
            sso_connection sso_domain sso_link group_mapping undo
            security_finding security_address security_cursor)
    };
    (@ $do:ident $arguments:tt $($table:ident)+) => {
        [$((stringify!($table), $do::<$table::Entity> $arguments .await?)),+]
    };
}

impl Store {
    /// Moves everything into `target`, whose rows are replaced, and lets this store and its clones use it from then on.
    /// `decide` is called when the copy is there and was compared: it writes down that the target is in force. Writers
    /// wait from the beginning until it has returned.
    ///
    /// # Errors
    /// Anything that either database says, a difference, or a decision that failed. The store is then where it was.
    pub async fn move_to(
        &self,
        target: &Self,
        decide: impl FnOnce() -> Result<(), String> + Send,
    ) -> Result<Moved, MoveError> {
        let source = self.begin().await?;
        check_tables(&source).await?;
        let there = target.begin().await?;
        let copied = each_table!(copy(&source, &there));
        // Explicit ids do not move the sequence that gives the next one.
        let next = "SELECT setval(pg_get_serial_sequence('event', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM event), false)";
        if there.get_database_backend() == DbBackend::Postgres {
            there.execute_unprepared(next).await?;
        }
        there.commit().await?;
        let there = target.begin().await?;
        for (read, (table, copied)) in each_table!(sum(&there)).into_iter().zip(copied) {
            if read.1 != copied {
                return Err(MoveError::Differs(table));
            }
        }
        there.rollback().await?;
        decide().map_err(MoveError::NotDecided)?;
        let left = self.follow(target);
        source.rollback().await?;
        sleep(SETTLE).await;
        // It is not used any more: what it says now changes nothing.
        let _ = left.close().await;
        Ok(Moved { tables: copied.len(), rows: copied.iter().map(|(_, sum)| sum.rows).sum() })
    }
}

/// A table that was added and is not moved would be lost.
async fn check_tables(source: &DatabaseTransaction) -> Result<(), MoveError> {
    let backend = source.get_database_backend();
    let statement = match backend {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        _ => return Err(MoveError::Tables("only a store in SQLite is moved".to_owned())),
    };
    let mut found = BTreeSet::new();
    for row in source.query_all_raw(Statement::from_string(backend, statement)).await? {
        found.insert(row.try_get_by_index::<String>(0)?);
    }
    for other in OTHERS {
        found.remove(other);
    }
    let known = each_table!(named());
    let known: BTreeSet<String> = known.into_iter().map(|(_, name)| name).collect();
    match found.symmetric_difference(&known).next() {
        Some(name) => Err(MoveError::Tables(name.clone())),
        None => Ok(()),
    }
}

async fn named<E: EntityTrait>() -> Result<String, MoveError> {
    Ok(E::default().table_name().to_owned())
}

async fn page<E: EntityTrait>(db: &DatabaseTransaction, from: u64) -> Result<Vec<E::Model>, DbErr> {
    let mut rows = E::find().offset(from).limit(PAGE);
    for key in E::PrimaryKey::iter() {
        rows = rows.order_by_asc(key.into_column());
    }
    rows.all(db).await
}

async fn copy<E>(from: &DatabaseTransaction, to: &DatabaseTransaction) -> Result<Sum, DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + std::fmt::Debug,
{
    E::delete_many().exec(to).await?;
    let mut sum = Sum::default();
    loop {
        let rows = page::<E>(from, sum.rows).await?;
        if rows.is_empty() {
            return Ok(sum);
        }
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some: Vec<_> = rows.by_ref().take(ROWS).inspect(|row| sum.add(row)).collect();
            let some = some.into_iter().map(IntoActiveModel::into_active_model);
            E::insert_many(some).exec_without_returning(to).await?;
        }
    }
}

async fn sum<E>(db: &DatabaseTransaction) -> Result<Sum, DbErr>
where
    E: EntityTrait,
    E::Model: std::fmt::Debug,
{
    let mut sum = Sum::default();
    loop {
        let rows = page::<E>(db, sum.rows).await?;
        if rows.is_empty() {
            return Ok(sum);
        }
        rows.iter().for_each(|row| sum.add(row));
    }
}
