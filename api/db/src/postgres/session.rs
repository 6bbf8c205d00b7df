//! What is asked of every session with the server.

use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector};

use super::{PostgresUrl, UrlError};

/// Sessions that a control plane has beside the one that owns the database.
const CONNECTIONS: u32 = 8;
/// How long a request waits for one of them, the server's coming back included.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Of every session. A peer that is gone is noticed within half a minute, on both sides.
const COMMON: [(&str, &str); 7] = [
    // An acknowledged change survives a crash of the server; see `server::check`.
    ("synchronous_commit", "on"),
    // A transaction whose task was dropped in the middle keeps its locks until its connection is used again, and
    // one of a process that stands still keeps the next owner out: the server ends both.
    ("idle_in_transaction_session_timeout", "5s"),
    ("idle_session_timeout", "0"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "25s"),
];
/// Nobody waits for a lock, or for an answer, for ever.
const BOUNDED: [(&str, &str); 2] = [("lock_timeout", "10s"), ("statement_timeout", "30s")];
/// Migrations may take long. Locks are waited for until transactions of a former owner are over, which is bounded
/// by their own statements.
const PATIENT: [(&str, &str); 2] = [("lock_timeout", "60s"), ("statement_timeout", "0")];

/// Sessions for requests and passes. The first one is made when it is needed.
pub(crate) fn pool(url: &PostgresUrl) -> Result<DatabaseConnection, UrlError> {
    Ok(connect_when_needed(url.options()?.options(COMMON).options(BOUNDED), CONNECTIONS))
}

/// A session for migrations.
pub(crate) fn maintenance(url: &PostgresUrl) -> Result<DatabaseConnection, UrlError> {
    Ok(connect_when_needed(patient(url)?, 1))
}

/// How a session connects whose statements may take long.
pub(super) fn patient(url: &PostgresUrl) -> Result<PgConnectOptions, UrlError> {
    Ok(url.options()?.options(COMMON).options(PATIENT).disable_statement_logging())
}

fn connect_when_needed(options: PgConnectOptions, connections: u32) -> DatabaseConnection {
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    let options = options.application_name("weir").disable_statement_logging();
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool.connect_lazy_with(options))
}
