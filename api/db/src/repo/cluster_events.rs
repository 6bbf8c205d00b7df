use api_app::OrgScope;
use api_app::model::ClusterEvent;
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect};

use super::scoped;
use crate::Store;
use crate::entity::{cluster, event};
use crate::errors::Fault;
use crate::queue::{Happened, happened};

impl Store {
    pub(super) async fn list_cluster_events(
        &self,
        org: OrgScope,
        environment_id: String,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ClusterEvent>, Fault> {
        let rows = scoped::find::<event::Entity>(&org)
            .filter(event::Column::Id.gt(after))
            .filter(scoped::cluster_of_event(cluster::Column::EnvironmentId.eq(environment_id)))
            .order_by_asc(event::Column::Id)
            .limit(u64::from(limit))
            .all(&self.reader())
            .await?;
        Ok(rows.into_iter().map(event_of).collect())
    }
}

/// Notes what whoever makes this request asked of a cluster. The last statement of the transaction before it
/// ends.
pub(super) async fn asked(
    tx: &DatabaseTransaction,
    (id, generation): (&str, i64),
    reason: &str,
    now_us: i64,
) -> Result<(), Fault> {
    let actor = api_app::due().map(|event| event.principal).unwrap_or_default();
    let message = String::new();
    let it = Happened { resource_id: id, generation, actor: &actor, reason, message };
    happened(tx, it, now_us).await
}

fn event_of(row: event::Model) -> ClusterEvent {
    ClusterEvent {
        id: row.id,
        at_us: row.at_us,
        cluster_id: row.resource_id,
        generation: row.generation,
        actor: row.actor,
        reason: row.reason,
        message: row.message,
    }
}
