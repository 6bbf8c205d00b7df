use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use crate::errors::Fault;

/// The next number of a sequence that never goes back, also not over restarts.
pub(crate) async fn next_of(tx: &DatabaseTransaction, name: &str) -> Result<i64, Fault> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "INSERT INTO counter (name, value) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
        [name.into()],
    );
    let row = tx.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(format!("counter {name}")))?;
    Ok(row.try_get_by_index(0)?)
}
