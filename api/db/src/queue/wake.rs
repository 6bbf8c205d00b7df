use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use crate::errors::Fault;

/// The kind of work on clusters.
pub(crate) const CLUSTER: &str = "cluster";
/// The kind of work on environments.
pub(crate) const ENVIRONMENT: &str = "environment";
/// Work that needs no cloud credentials.
pub(crate) const CONTROL: &str = "control";

/// Makes a pass look at a resource now. Part of the transaction that changed what is wanted.
pub(crate) async fn wake(
    tx: &DatabaseTransaction,
    uid: &str,
    kind: &str,
    now_us: i64,
) -> Result<(), Fault> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "INSERT INTO work (uid, kind, executor, due_us, priority, attempts, wake_seq, lease_epoch) \
         VALUES ($1, $2, $3, $4, 0, 0, 1, 0) \
         ON CONFLICT (uid) DO UPDATE SET \
         due_us = CASE WHEN work.due_us < excluded.due_us THEN work.due_us ELSE excluded.due_us END, \
         attempts = 0, wake_seq = work.wake_seq + 1",
        [uid.into(), kind.into(), CONTROL.into(), now_us.into()],
    );
    tx.execute_raw(statement).await?;
    Ok(())
}
