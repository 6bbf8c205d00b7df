use api_app::OrgScope;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::Store;
use crate::entity::undo;
use crate::errors::Fault;
use crate::repo::undo::let_go;

/// Windows that are ended in one transaction.
const AT_ONCE: u64 = 200;

impl Store {
    pub(in crate::repo) async fn end_windows(&self, now_us: i64) -> Result<u64, Fault> {
        let mut ended = 0;
        loop {
            let over = undo::Entity::find()
                .filter(undo::Column::UntilUs.lte(now_us))
                .order_by_asc(undo::Column::Id)
                .limit(AT_ONCE);
            // Mostly there is none, and nobody who writes waits for this look.
            if over.clone().one(&self.reader()).await?.is_none() {
                return Ok(ended);
            }
            let (tx, before) = (self.begin().await?, ended);
            for row in over.all(&tx).await? {
                let org = OrgScope::of(&row.organization_id);
                ended += u64::from(let_go(&tx, &org, &row, now_us).await?);
            }
            tx.commit().await?;
            // Somebody else ended them, or is about to.
            if ended == before {
                return Ok(ended);
            }
        }
    }
}
