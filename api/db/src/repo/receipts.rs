use std::fmt::Write as _;

use api_app::{Receipt, ReceiptId, RepoError};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Statement,
};

use crate::Store;
use crate::entity::receipt;
use crate::errors::Fault;

impl Store {
    pub(super) async fn read_receipt(&self, id: ReceiptId) -> Result<Option<Receipt>, Fault> {
        let key = (id.organization_id.clone(), id.principal_id.clone(), hex(&id.key));
        let row = receipt::Entity::find_by_id(key).one(&self.reader).await?;
        row.map(|row| read(id, row)).transpose()
    }

    pub(super) async fn remove_receipts(&self, until_us: i64) -> Result<(), Fault> {
        receipt::Entity::delete_many()
            .filter(receipt::Column::CreatedUs.lte(until_us))
            .exec(&self.writer)
            .await?;
        Ok(())
    }
}

/// Comes first in a transaction that adds something: whoever comes second with the same id waits here
/// until the first is done, and then finds its receipt.
pub(super) async fn write_receipt(
    tx: &DatabaseTransaction,
    receipt: Option<Receipt>,
) -> Result<(), Fault> {
    let Some(it) = receipt else { return Ok(()) };
    let key = hex(&it.id.key);
    receipt::Entity::delete_many()
        .filter(receipt::Column::OrganizationId.eq(&it.id.organization_id))
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
            it.id.organization_id.into(),
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
        tx.rollback().await?
    } else {
        tx.commit().await?
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
