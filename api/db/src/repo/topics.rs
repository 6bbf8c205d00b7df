use api_app::model::{DesiredTopic, Phase};
use api_app::{Kept, RepoError};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::clusters::live_locked_cluster;
use crate::Store;
use crate::convert;
use crate::entity::desired_topic;
use crate::errors::Fault;
use crate::queue::{CLUSTER, wake};

impl Store {
    pub(super) async fn list_desired_topics(
        &self,
        cluster_id: String,
    ) -> Result<Vec<DesiredTopic>, Fault> {
        let rows = desired_topic::Entity::find()
            .filter(desired_topic::Column::ClusterId.eq(cluster_id))
            .order_by_asc(desired_topic::Column::Name)
            .all(&self.reader)
            .await?;
        rows.into_iter().map(convert::desired_topic).collect()
    }

    pub(super) async fn write_desired_topic(&self, row: DesiredTopic) -> Result<Kept, Fault> {
        let tx = self.begin().await?;
        let cluster = live_locked_cluster(&tx, &row.cluster_id).await?;
        if cluster.phase == Phase::Provisioned.as_str() {
            return Ok(Kept::ClusterServes);
        }
        let key = (row.cluster_id.clone(), row.name.clone());
        let now_us = row.created_us;
        match desired_topic::Entity::find_by_id(key.clone()).one(&tx).await? {
            Some(there) if there.failure.is_none() => {
                return Err(Fault::Repo(RepoError::Taken { existing_id: there.name }));
            }
            // A wish that was refused makes room for another.
            Some(_) => {
                desired_topic::Entity::delete_by_id(key).exec(&tx).await?;
            }
            None => {}
        }
        let topic = convert::desired_topic_row(row).into_active_model();
        desired_topic::Entity::insert(topic).exec_without_returning(&tx).await?;
        wake(&tx, &cluster.id, CLUSTER, now_us).await?;
        tx.commit().await?;
        Ok(Kept::Desired)
    }

    pub(super) async fn remove_desired_topic(
        &self,
        cluster_id: String,
        name: String,
    ) -> Result<bool, Fault> {
        let gone =
            desired_topic::Entity::delete_by_id((cluster_id, name)).exec(&self.writer).await?;
        Ok(gone.rows_affected > 0)
    }
}
