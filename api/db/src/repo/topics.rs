use api_app::model::{DesiredTopic, Phase};
use api_app::{Kept, OrgScope, RepoError};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::clusters::live_locked_cluster;
use super::scoped;
use super::system::commit;
use crate::Store;
use crate::convert;
use crate::entity::desired_topic;
use crate::errors::Fault;
use crate::queue::{CLUSTER, wake};

impl Store {
    pub(super) async fn list_desired_topics(
        &self,
        org: OrgScope,
        cluster_id: String,
    ) -> Result<Vec<DesiredTopic>, Fault> {
        let rows = scoped::find::<desired_topic::Entity>(&org)
            .filter(desired_topic::Column::ClusterId.eq(cluster_id))
            .order_by_asc(desired_topic::Column::Name)
            .all(&self.reader())
            .await?;
        rows.into_iter().map(convert::desired_topic).collect()
    }

    pub(super) async fn write_desired_topic(
        &self,
        org: OrgScope,
        row: DesiredTopic,
    ) -> Result<Kept, Fault> {
        let tx = self.begin().await?;
        let cluster = live_locked_cluster(&tx, &org, &row.cluster_id).await?;
        if cluster.phase == Phase::Provisioned.as_str() {
            return Ok(Kept::ClusterServes);
        }
        let key = (row.cluster_id.clone(), row.name.clone());
        let now_us = row.created_us;
        match scoped::find_by_id::<desired_topic::Entity>(&org, key).one(&tx).await? {
            Some(there) if there.failure.is_none() => {
                return Err(Fault::Repo(RepoError::Taken { existing_id: there.name }));
            }
            // A wish that was refused makes room for another.
            Some(there) => {
                scoped::delete::<desired_topic::Entity>(&org)
                    .filter(desired_topic::Column::ClusterId.eq(&there.cluster_id))
                    .filter(desired_topic::Column::Name.eq(&there.name))
                    .exec(&tx)
                    .await?;
            }
            None => {}
        }
        let topic = convert::desired_topic_row(row);
        scoped::insert::<desired_topic::Entity>(&org, &tx, topic).await?;
        wake(&tx, &cluster.id, CLUSTER, now_us).await?;
        commit(tx).await?;
        Ok(Kept::Desired)
    }

    pub(super) async fn remove_desired_topic(
        &self,
        org: OrgScope,
        cluster_id: String,
        name: String,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<desired_topic::Entity>(&org)
            .filter(desired_topic::Column::ClusterId.eq(cluster_id))
            .filter(desired_topic::Column::Name.eq(name))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}
