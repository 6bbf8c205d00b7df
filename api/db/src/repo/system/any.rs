use api_app::model::{ApiKey, Cluster};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::Store;
use crate::convert;
use crate::entity::{api_key, cluster, receipt};
use crate::errors::Fault;

impl Store {
    pub(in crate::repo) async fn read_any_api_key(
        &self,
        id: String,
    ) -> Result<Option<ApiKey>, Fault> {
        let row = api_key::Entity::find_by_id(id).one(&self.reader).await?;
        row.map(convert::api_key).transpose()
    }

    pub(in crate::repo) async fn read_any_cluster(
        &self,
        id: String,
    ) -> Result<Option<Cluster>, Fault> {
        let row = cluster::Entity::find_by_id(id)
            .filter(cluster::Column::DeletionRequestedUs.is_null())
            .one(&self.reader)
            .await?;
        row.map(convert::cluster).transpose()
    }

    pub(in crate::repo) async fn remove_receipts(&self, until_us: i64) -> Result<(), Fault> {
        receipt::Entity::delete_many()
            .filter(receipt::Column::CreatedUs.lte(until_us))
            .exec(&self.writer)
            .await?;
        Ok(())
    }
}
