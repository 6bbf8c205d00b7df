use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::Store;
use crate::entity::event;
use crate::errors::Fault;

impl Store {
    pub(in crate::repo) async fn read_last_event(&self) -> Result<i64, Fault> {
        let last: Option<i64> = event::Entity::find()
            .select_only()
            .column(event::Column::Id)
            .order_by_desc(event::Column::Id)
            .limit(1)
            .into_tuple()
            .one(&self.reader())
            .await?;
        Ok(last.unwrap_or_default())
    }

    pub(in crate::repo) async fn drop_cluster_events(&self, before_us: i64) -> Result<u64, Fault> {
        let tx = self.begin().await?;
        let old = event::Entity::delete_many().filter(event::Column::AtUs.lt(before_us));
        let gone = old.exec(&tx).await?;
        tx.commit().await?;
        Ok(gone.rows_affected)
    }
}
