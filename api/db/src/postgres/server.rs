//! What a server must be like, and why a database cannot be had.

use sea_orm::sqlx::{self, PgConnection, Row as _};

use super::UrlError;

/// Oldest version that is used: 14 knows every setting of a session that is asked for.
const VERSION_MIN: i32 = 140_000;

/// Why this process does not have the database.
#[derive(Debug, thiserror::Error)]
pub enum OwnershipError {
    /// No address.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nobody answers, or the server starts, stops or has no room: it may pass.
    #[error("the database does not answer: {0}")]
    Away(String),
    /// It answers, and refuses.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// A standby: it can be read alone, until it is promoted.
    #[error("the database is a standby that can only be read")]
    Standby,
    /// Not a server to trust this store to.
    #[error("the database cannot be used: {0}")]
    Unfit(String),
    /// Another control plane has it.
    #[error("another control plane uses the database: {0}")]
    Taken(String),
    /// It belongs to another installation, whose id this is.
    #[error("the database belongs to another installation ({0})")]
    OtherInstallation(String),
    /// Something else has its tables there.
    #[error("the database has tables of something else, as {0:?}")]
    Foreign(String),
    /// It should hold this installation and holds nothing.
    #[error("the database holds nothing of this installation")]
    Missing,
    /// The epoch moved on: there was another owner since.
    #[error("another control plane took the database over")]
    Superseded,
}

impl OwnershipError {
    /// Whether waiting may help.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Standby)
    }
}

impl From<sqlx::Error> for OwnershipError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        match &error {
            sqlx::Error::Database(told) => match told.code().as_deref() {
                // Connections that end, too many of them, an operator's shutdown, locks that are waited for.
                Some(code) if ["08", "53", "55", "57"].iter().any(|c| code.starts_with(c)) => {
                    Self::Away(text)
                }
                Some("25006") => Self::Standby,
                _ => Self::Refused(text),
            },
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => {
                Self::Away(text)
            }
            _ => Self::Refused(text),
        }
    }
}

/// Refuses what would lose acknowledged changes, or cannot be written to.
pub(super) async fn check(session: &mut PgConnection) -> Result<(), OwnershipError> {
    let row = sqlx::query(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
         pg_is_in_recovery(), current_setting('synchronous_commit'), current_setting('fsync')",
    )
    .fetch_one(session)
    .await?;
    let (number, version): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    if number < VERSION_MIN {
        let least = VERSION_MIN / 10_000;
        return Err(OwnershipError::Unfit(format!(
            "it is Postgres {version}, and {least} is needed"
        )));
    }
    if row.try_get(2)? {
        return Err(OwnershipError::Standby);
    }
    let commit: String = row.try_get(3)?;
    if commit != "on" {
        let why = format!(
            "synchronous_commit is {commit} although `on` was asked for: a pooler between?"
        );
        return Err(OwnershipError::Unfit(why));
    }
    let fsync: String = row.try_get(4)?;
    if fsync != "on" {
        tracing::warn!(fsync, "a crash of the machine below Postgres loses acknowledged changes");
    }
    Ok(())
}
