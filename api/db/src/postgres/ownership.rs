//! Having a database: taking it, watching that it stays ours, and getting it back.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, PgConnection};
use tokio::time::{sleep, timeout};

use super::fence::{Fence, Standing};
use super::{Owner, OwnershipError, PostgresUrl, owner, server, session};

/// How long a connection may take to be made and looked at.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long the database may be another's at a start: a process that was killed is gone by then.
const TAKEN_TRIES: u32 = 15;
const TAKEN_PAUSE: Duration = Duration::from_millis(200);
/// How often the session is asked whether it lives, and how long it may take to say so.
const LOOK: Duration = Duration::from_millis(500);
const LOOK_MAX: Duration = Duration::from_secs(5);
/// Between attempts to get the database back.
const BACK_PAUSE: Duration = Duration::from_millis(500);
/// How often another one may have it before this process gives up. The server drops a session that we lost within
/// 25 s, and with it the lock.
const BACK_TAKEN_TRIES: u32 = 80;
/// Failed attempts between two lines in the log.
const TELL_EVERY: u32 = 20;
/// Bytes of a session's name that Postgres keeps.
const NAME_MAX: usize = 60;

/// Why a process has to end that had a database.
#[derive(Debug, thiserror::Error)]
#[error("the database is not this process's any more: {0}")]
pub struct Ended(#[from] OwnershipError);

/// A database that this process has. Dropped, it is anybody's.
#[derive(Debug)]
pub struct Ownership {
    session: PgConnection,
    url: PostgresUrl,
    name: String,
    fence: Arc<Fence>,
}

impl Ownership {
    /// Takes a database, or says who has it.
    pub(crate) async fn take(url: &PostgresUrl, owner: &Owner) -> Result<Self, OwnershipError> {
        let name: String = format!("weir {}", owner.name).chars().take(NAME_MAX).collect();
        let mut session = connect(url, &name).await?;
        lock(&mut session).await?;
        let epoch = owner::enter(&mut session, owner).await?;
        let fence = Arc::new(Fence::new(epoch));
        Ok(Self { session, url: url.clone(), name, fence })
    }

    pub(crate) fn fence(&self) -> Arc<Fence> {
        Arc::clone(&self.fence)
    }

    /// How often another control plane had the database before.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.fence.epoch()
    }

    /// Watches the session for as long as it can be kept or got back. Between, nothing is written. While the server
    /// is away this waits for it: what needs no database goes on meanwhile.
    pub async fn keep(&mut self) -> Ended {
        let mut standing = self.fence.watch();
        loop {
            tokio::select! {
                // Dropped in the middle of an answer, the session is of no use: no branch does that but the last one.
                () = self.until_lost() => {}
                _ = standing.wait_for(|s| *s == Standing::Superseded) => {
                    return OwnershipError::Superseded.into();
                }
            }
            self.fence.set(Standing::Lost);
            tracing::warn!(database = %self.url, "the connection that owns the database is lost: nothing is changed until it is back");
            match self.get_back().await {
                Ok(session) => self.session = session,
                Err(error) => {
                    self.fence.set(Standing::Superseded);
                    return error.into();
                }
            }
            self.fence.set(Standing::Held);
            tracing::warn!(database = %self.url, "the database is back");
        }
    }

    /// Gives the database back, so that another process has it at once.
    pub async fn release(self) {
        // A session that cannot be ended in order ends with its socket.
        let _ = timeout(LOOK_MAX, self.session.close()).await;
    }

    async fn until_lost(&mut self) {
        loop {
            sleep(LOOK).await;
            let answer = sqlx::query("SELECT 1").execute(&mut self.session);
            if !matches!(timeout(LOOK_MAX, answer).await, Ok(Ok(_))) {
                return;
            }
        }
    }

    async fn get_back(&self) -> Result<PgConnection, OwnershipError> {
        let (mut failed, mut taken) = (0_u32, 0_u32);
        loop {
            let error = match self.try_back().await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            match &error {
                OwnershipError::Taken(_) => {
                    taken += 1;
                    if taken >= BACK_TAKEN_TRIES {
                        return Err(error);
                    }
                }
                OwnershipError::Superseded => return Err(error),
                // A server that comes back may refuse for a while, too: roles and files follow late.
                _ => taken = 0,
            }
            if failed % TELL_EVERY == 0 {
                tracing::warn!(database = %self.url, %error, "the database is not back yet");
            }
            failed = failed.wrapping_add(1);
            sleep(BACK_PAUSE).await;
        }
    }

    async fn try_back(&self) -> Result<PgConnection, OwnershipError> {
        let mut session = connect(&self.url, &self.name).await?;
        // First, too: who finds the lock taken need not wait where the epoch says why.
        owner::confirm(&mut session, self.fence.epoch()).await?;
        owner::lock(&mut session).await?;
        owner::confirm(&mut session, self.fence.epoch()).await?;
        Ok(session)
    }
}

/// Takes the lock, also from a process that is about to be gone.
async fn lock(session: &mut PgConnection) -> Result<(), OwnershipError> {
    for _ in 1..TAKEN_TRIES {
        match owner::lock(session).await {
            Err(OwnershipError::Taken(_)) => sleep(TAKEN_PAUSE).await,
            locked => return locked,
        }
    }
    owner::lock(session).await
}

/// A session with a server that this store can be trusted to.
async fn connect(url: &PostgresUrl, name: &str) -> Result<PgConnection, OwnershipError> {
    let options = session::patient(url)?.application_name(name);
    let connected = async {
        let mut session = options.connect().await?;
        server::check(&mut session).await?;
        Ok(session)
    };
    timeout(CONNECT_MAX, connected).await.unwrap_or_else(|_| {
        Err(OwnershipError::Away(format!("no answer within {} s", CONNECT_MAX.as_secs())))
    })
}
