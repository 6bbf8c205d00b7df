use common_errors::{Error, ErrorKind};
use sha2::{Digest, Sha256};

use super::App;
use crate::authz::Caller;
use crate::failures::{from_repo, internal};
use crate::ports::{Receipt, ReceiptId, SystemWide, Terms};
use crate::receipt_seal::{open, seal};

/// The code of an error that says: ask [`App::answered`], the request was carried out by now.
pub const CARRIED_OUT: &str = "request_carried_out";

/// A request under a key of the client's choice, which is carried out once however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The key as the client sent it. Only a digest of it is stored.
    pub key: String,
    /// Digest of the request.
    pub request: [u8; 32],
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
}

/// On which terms something is to be made.
pub struct Asked<'a, T> {
    /// Once only, under this key.
    pub once: Option<&'a Once>,
    /// Nothing is made: only what would be refused shows.
    pub dry_run: bool,
    /// What will be answered when it is made.
    pub answer: &'a (dyn Fn(&T) -> Answer + Sync),
}

impl<T> Asked<'static, T> {
    /// Made each time that it is asked for.
    #[must_use]
    pub fn plainly() -> Self {
        Self { once: None, dry_run: false, answer: &|_| Answer { status: 200, body: Vec::new() } }
    }
}

impl App {
    /// What this request was answered when it was carried out, which is in force when this returns.
    /// `None` when it was not carried out yet, or longer ago than receipts are kept.
    ///
    /// # Errors
    /// Another request under the same key; the store; brokers that do not take the access snapshot.
    pub async fn answered(&self, caller: &Caller, once: &Once) -> Result<Option<Answer>, Error> {
        let id = receipt_id(caller, once);
        let found = self.parts.repo.receipt(caller.org(), id).await.map_err(from_repo)?;
        let oldest = Receipt::forgotten_us(self.now_us());
        let Some(receipt) = found.filter(|receipt| receipt.created_us > oldest) else {
            return Ok(None);
        };
        if receipt.request != once.request {
            return Err(Error::new(
                ErrorKind::Invalid,
                "idempotency_key_reused",
                "another request was carried out under this Idempotency-Key; use a new key for a \
                 new request, and send a repetition exactly as it was sent first",
            )
            .at("Idempotency-Key"));
        }
        let body = open(&self.parts.peppers, &receipt, &once.key);
        let body = body.ok_or_else(|| internal("the kept answer cannot be opened"))?;
        // Whoever carried it out may have died before it was in force.
        self.publish_access().await?;
        Ok(Some(Answer { status: receipt.status, body }))
    }

    /// Terms for the store, with a receipt where the request has a key.
    pub(crate) fn terms<T>(
        &self,
        caller: &Caller,
        asked: &Asked<'_, T>,
        made: &T,
    ) -> Result<Terms, Error> {
        let Some(once) = asked.once.filter(|_| !asked.dry_run) else {
            return Ok(Terms { receipt: None, rehearsal: asked.dry_run });
        };
        let answer = (asked.answer)(made);
        let mut receipt = Receipt {
            id: receipt_id(caller, once),
            request: once.request,
            status: answer.status,
            answer: answer.body,
            pepper_version: 0,
            created_us: self.now_us(),
        };
        seal(&self.parts.peppers, &*self.parts.rng, &mut receipt, &once.key)
            .ok_or_else(|| internal("the answer cannot be sealed"))?;
        Ok(Terms { receipt: Some(receipt), rehearsal: false })
    }

    /// Drops receipts that are too old to count. They cost only space, so a failure waits for the next.
    pub(crate) async fn forget_receipts<T>(&self, asked: &Asked<'_, T>) {
        if asked.once.is_none() || asked.dry_run {
            return;
        }
        let oldest = Receipt::forgotten_us(self.now_us());
        if let Err(error) = self.parts.repo.forget_receipts(SystemWide::Housekeeping, oldest).await
        {
            tracing::warn!(%error, "old receipts of requests stay for now");
        }
    }
}

fn receipt_id(caller: &Caller, once: &Once) -> ReceiptId {
    ReceiptId {
        organization_id: caller.organization_id.clone(),
        principal_id: caller.principal_id.clone(),
        key: Sha256::digest(once.key.as_bytes()).into(),
    }
}
