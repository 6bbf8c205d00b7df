use api_app::model::ApiKey;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::Store;
use crate::convert;
use crate::entity::api_key;
use crate::errors::Fault;

impl Store {
    pub(in crate::repo) async fn read_expired_api_keys(
        &self,
        now_us: i64,
        limit: u32,
    ) -> Result<Vec<ApiKey>, Fault> {
        let rows = api_key::Entity::find()
            .filter(api_key::Column::ExpiresUs.lte(now_us))
            .order_by_asc(api_key::Column::ExpiresUs)
            .order_by_asc(api_key::Column::Id)
            .limit(u64::from(limit))
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::api_key).collect()
    }
}
