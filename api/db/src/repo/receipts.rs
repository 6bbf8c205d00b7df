use std::fmt::Write as _;

use api_app::{OrgScope, Receipt, ReceiptId, RepoError};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter, Statement};

use super::scoped;
use super::system::commit;
use crate::Store;
use crate::entity::receipt;
use crate::errors::Fault;

impl Store {
    pub(super) async fn read_receipt(
        &self,
        org: OrgScope,
        id: ReceiptId,
    ) -> Result<Option<Receipt>, Fault> {
        let key = (org.id().to_owned(), id.principal_id.clone(), hex(&id.key));
        let row = scoped::find_by_id::<receipt::Entity>(&org, key).one(&self.reader()).await?;
        row.map(|row| read(id, row)).transpose()
    }
}

/// Comes first in a transaction that adds something: whoever comes second with the same id waits here
/// until the first is done, and then finds its receipt.
pub(super) async fn write_receipt(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    receipt: Option<Receipt>,
) -> Result<(), Fault> {
    let Some(it) = receipt else { return Ok(()) };
    let key = hex(&it.id.key);
    scoped::delete::<receipt::Entity>(org)
        .filter(receipt::Column::PrincipalId.eq(&it.id.principal_id))
        .filter(receipt::Column::KeyDigest.eq(&key))
        .filter(receipt::Column::CreatedUs.lte(Receipt::forgotten_us(it.created_us)))
        .exec(tx)
        .await?;
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "INSERT INTO receipt (organization_id, principal_id, key_digest, request_digest, status, \
         answer, pepper_version, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT DO NOTHING",
        [
            org.id().into(),
            it.id.principal_id.into(),
            key.into(),
            it.request.to_vec().into(),
            i32::from(it.status).into(),
            it.answer.into(),
            i64::from(it.pepper_version).into(),
            it.created_us.into(),
        ],
    );
    match tx.execute_raw(statement).await?.rows_affected() {
        0 => Err(Fault::Repo(RepoError::Repeated)),
        _ => Ok(()),
    }
}

/// Ends a transaction that adds something.
pub(super) async fn finish(tx: DatabaseTransaction, rehearsal: bool) -> Result<(), Fault> {
    if rehearsal {
        tx.rollback().await?;
    } else {
        commit(tx).await?;
    }
    Ok(())
}

fn read(id: ReceiptId, row: receipt::Model) -> Result<Receipt, Fault> {
    let bad = |what: &str| Fault::Corrupt(format!("receipt: {what}"));
    Ok(Receipt {
        id,
        request: row.request_digest.as_slice().try_into().map_err(|_| bad("request_digest"))?,
        status: u16::try_from(row.status).map_err(|_| bad("status"))?,
        answer: row.answer,
        pepper_version: u32::try_from(row.pepper_version).map_err(|_| bad("pepper_version"))?,
        created_us: row.created_us,
    })
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
