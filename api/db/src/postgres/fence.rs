//! What keeps a process from writing to a database that it does not have any more.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr, Statement};
use tokio::sync::watch;

use crate::errors::Fault;

/// Whether this process may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// As far as it knows.
    Held,
    /// Its session is lost; it tries to get the database back.
    Lost,
    /// Another one has it.
    Superseded,
}

/// The epoch of an owner, and how it stands.
#[derive(Debug)]
pub(crate) struct Fence {
    epoch: i64,
    standing: watch::Sender<Standing>,
}

impl Fence {
    pub(super) fn new(epoch: i64) -> Self {
        Self { epoch, standing: watch::Sender::new(Standing::Held) }
    }

    pub(super) fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Changes how it stands. Who was superseded stays so.
    pub(super) fn set(&self, standing: Standing) {
        self.standing.send_if_modified(|was| {
            let changes = *was != Standing::Superseded && *was != standing;
            if changes {
                *was = standing;
            }
            changes
        });
    }

    pub(super) fn watch(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Spares the server a transaction that could not end well.
    pub(crate) fn open(&self) -> Result<(), Fault> {
        match *self.standing.borrow() {
            Standing::Held => Ok(()),
            Standing::Lost => Err(Fault::NotOurs("the connection to it was lost")),
            Standing::Superseded => Err(Fault::NotOurs("another control plane took it over")),
        }
    }

    /// Makes the transaction one of this epoch: the row is held until it ends, so that no other epoch begins
    /// before, and it is refused when one did.
    pub(crate) async fn bind(&self, tx: &DatabaseTransaction) -> Result<(), Fault> {
        let statement = Statement::from_string(
            tx.get_database_backend(),
            "SELECT epoch FROM weir_owner WHERE id = 1 FOR SHARE",
        );
        let row = tx.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("weir_owner".to_owned()))?;
        if row.try_get_by_index::<i64>(0)? == self.epoch {
            return Ok(());
        }
        self.set(Standing::Superseded);
        Err(Fault::NotOurs("another control plane took it over"))
    }
}
