use api_app::model::Phase;
use reconciler::{Change, Claim};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::fence::fenced;
use super::happened::{Happened, happened};
use super::load::generation_locked;
use super::wake::{ENVIRONMENT, wake};
use crate::Store;
use crate::entity::{cluster, desired_topic, environment};
use crate::errors::Fault;
use crate::repo::{announce, cluster_notices};

impl Store {
    pub(super) async fn record_change(
        &self,
        claim: &Claim,
        change: Change,
        now_us: i64,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        let generation = generation_locked(&tx, claim).await?.unwrap_or(0);
        fenced(&tx, claim).await?;
        let (reason, message) = describe(&change);
        apply(&tx, claim, change, now_us).await?;
        let resource_id = &claim.uid;
        let it = Happened { resource_id, generation, actor: "reconciler", reason, message };
        happened(&tx, it, now_us).await?;
        Ok(tx.commit().await?)
    }
}

async fn apply(
    tx: &DatabaseTransaction,
    claim: &Claim,
    change: Change,
    now_us: i64,
) -> Result<(), Fault> {
    match change {
        Change::ClusterServed { generation } => {
            let before = cluster::Entity::find_by_id(claim.uid.clone()).one(tx).await?;
            // Whoever deleted it while it was made is told of that alone.
            let is_news = |row: &cluster::Model| {
                row.phase != Phase::Provisioned.as_str() && row.deletion_requested_us.is_none()
            };
            if let Some(row) = before.filter(is_news) {
                announce(tx, &cluster_notices::ready(&row, now_us)).await?;
            }
            phase(tx, &claim.uid, Phase::Provisioned, generation, None).await
        }
        Change::ClusterFailed { generation, why } => {
            phase(tx, &claim.uid, Phase::Failed, generation, Some(why)).await
        }
        Change::TopicsServed(names) => {
            desired_topic::Entity::delete_many()
                .filter(desired_topic::Column::ClusterId.eq(&claim.uid))
                .filter(desired_topic::Column::Name.is_in(names))
                .exec(tx)
                .await?;
            Ok(())
        }
        Change::TopicRefused { name, why } => {
            desired_topic::Entity::update_many()
                .col_expr(desired_topic::Column::Failure, Expr::value(Some(why)))
                .filter(desired_topic::Column::ClusterId.eq(&claim.uid))
                .filter(desired_topic::Column::Name.eq(name))
                .exec(tx)
                .await?;
            Ok(())
        }
        Change::ClusterGone => cluster_gone(tx, &claim.uid, now_us).await,
        Change::EnvironmentGone => {
            environment::Entity::update_many()
                .col_expr(environment::Column::DeletedUs, Expr::value(Some(now_us)))
                .filter(environment::Column::Id.eq(&claim.uid))
                .exec(tx)
                .await?;
            Ok(())
        }
        // The event is all there is to write.
        Change::Stalled { .. } => Ok(()),
    }
}

async fn phase(
    tx: &DatabaseTransaction,
    id: &str,
    phase: Phase,
    generation: i64,
    message: Option<String>,
) -> Result<(), Fault> {
    cluster::Entity::update_many()
        .col_expr(cluster::Column::Phase, Expr::value(phase.as_str()))
        .col_expr(cluster::Column::ObservedGeneration, Expr::value(generation))
        .col_expr(cluster::Column::Message, Expr::value(message))
        .filter(cluster::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn cluster_gone(tx: &DatabaseTransaction, id: &str, now_us: i64) -> Result<(), Fault> {
    let found = cluster::Entity::find_by_id(id.to_owned()).one(tx).await?;
    cluster::Entity::update_many()
        .col_expr(cluster::Column::DeletedUs, Expr::value(Some(now_us)))
        .filter(cluster::Column::Id.eq(id))
        .exec(tx)
        .await?;
    let Some(row) = found else { return Ok(()) };
    let parent = environment::Entity::find_by_id(row.environment_id.clone()).one(tx).await?;
    if let Some(parent) = parent.filter(|parent| parent.deletion_requested_us.is_some()) {
        wake(tx, &parent.id, ENVIRONMENT, now_us).await?;
    }
    Ok(())
}

fn describe(change: &Change) -> (&'static str, String) {
    match change {
        Change::ClusterServed { .. } => ("ClusterServed", String::new()),
        Change::ClusterFailed { why, .. } => ("ClusterFailed", why.clone()),
        Change::TopicsServed(names) => ("TopicsServed", names.join(", ")),
        Change::TopicRefused { name, why } => ("TopicRefused", format!("{name}: {why}")),
        Change::ClusterGone => ("ClusterGone", String::new()),
        Change::EnvironmentGone => ("EnvironmentGone", String::new()),
        Change::Stalled { why } => ("Stalled", why.clone()),
    }
}
