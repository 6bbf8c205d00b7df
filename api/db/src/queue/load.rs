use api_app::model::Phase;
use reconciler::{Claim, ClusterIntent, EnvironmentIntent, Intent, PendingTopic, WorkKind};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::Store;
use crate::convert;
use crate::entity::{cluster, desired_topic, environment};
use crate::errors::Fault;

impl Store {
    pub(super) async fn load_intent(&self, claim: &Claim) -> Result<Intent, Fault> {
        match claim.kind {
            WorkKind::Cluster => self.cluster_intent(&claim.uid).await,
            WorkKind::Environment => self.environment_intent(&claim.uid).await,
        }
    }

    async fn cluster_intent(&self, id: &str) -> Result<Intent, Fault> {
        let row = cluster::Entity::find_by_id(id.to_owned())
            .filter(cluster::Column::DeletedUs.is_null())
            .one(&self.reader())
            .await?;
        let Some(row) = row else { return Ok(Intent::Gone) };
        if row.kept_until_us.is_some() {
            return Ok(Intent::Kept);
        }
        let topics = desired_topic::Entity::find()
            .filter(desired_topic::Column::ClusterId.eq(id))
            .filter(desired_topic::Column::Failure.is_null())
            .order_by_asc(desired_topic::Column::CreatedUs)
            .order_by_asc(desired_topic::Column::Name)
            .all(&self.reader())
            .await?;
        let topics: Result<Vec<_>, Fault> = topics
            .into_iter()
            .map(|row| {
                let topic = convert::desired_topic(row)?;
                Ok(PendingTopic {
                    name: topic.name,
                    partitions: topic.partitions,
                    replication_factor: topic.replication_factor,
                    configs: topic.configs,
                })
            })
            .collect();
        let tenant =
            row.id.parse().map_err(|error| Fault::Corrupt(format!("cluster id: {error}")))?;
        Ok(Intent::Cluster(ClusterIntent {
            tenant,
            generation: row.generation,
            settled: row.phase == Phase::Provisioned.as_str()
                && row.observed_generation == row.generation,
            delete: row.deletion_requested_us.is_some(),
            topics: topics?,
        }))
    }

    async fn environment_intent(&self, id: &str) -> Result<Intent, Fault> {
        let row = environment::Entity::find_by_id(id.to_owned())
            .filter(environment::Column::DeletedUs.is_null())
            .one(&self.reader())
            .await?;
        let Some(row) = row else { return Ok(Intent::Gone) };
        if row.kept_until_us.is_some() {
            return Ok(Intent::Kept);
        }
        let clusters = cluster::Entity::find()
            .filter(cluster::Column::EnvironmentId.eq(id))
            .filter(cluster::Column::DeletedUs.is_null())
            .count(&self.reader())
            .await?;
        Ok(Intent::Environment(EnvironmentIntent {
            generation: row.generation,
            delete: row.deletion_requested_us.is_some(),
            clusters,
        }))
    }
}

/// The present generation of a resource, held until the transaction ends.
pub(super) async fn generation_locked(
    tx: &DatabaseTransaction,
    claim: &Claim,
) -> Result<Option<i64>, Fault> {
    let id = claim.uid.clone();
    Ok(match claim.kind {
        WorkKind::Cluster => {
            let row = cluster::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
            row.map(|row| row.generation)
        }
        WorkKind::Environment => {
            let row = environment::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
            row.map(|row| row.generation)
        }
    })
}
