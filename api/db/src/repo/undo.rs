use std::collections::BTreeSet;

use api_app::model::{Deleted, Phase, Restored};
use api_app::{DeletedKind, Keep, OrgScope, Slice};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::cluster_events::asked;
use super::environments::{live_locked, lost_race, name_is_free};
use super::people::take_rights;
use super::receipts::finish;
use super::role_bindings::at_or_below;
use super::system::{announce, commit};
use super::{cluster_notices, scoped, sliced};
use crate::Store;
use crate::convert::{self, Taken, from_json, to_json};
use crate::entity::{
    acl, api_key, client_quota, cluster, desired_topic, environment, group_mapping, identity_pool,
    person, registry, role_binding, service_account, undo,
};
use crate::errors::Fault;
use crate::queue::{CLUSTER, ENVIRONMENT, wake};

/// What is kept for a while.
pub(super) struct Kept<'a> {
    pub(super) id: &'a str,
    pub(super) environment_id: &'a str,
    pub(super) name: String,
}

impl Store {
    pub(super) async fn list_deleted(
        &self,
        org: OrgScope,
        kind: DeletedKind,
        now_us: i64,
        slice: Slice,
    ) -> Result<Vec<Deleted>, Fault> {
        let some = scoped::find::<undo::Entity>(&org)
            .filter(of_kind(kind))
            .filter(undo::Column::UntilUs.gt(now_us));
        let rows = sliced!(some, undo::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(convert::deleted).collect()
    }

    pub(super) async fn read_deleted(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
    ) -> Result<Option<Deleted>, Fault> {
        let row = waiting(&self.reader(), &org, &id, now_us).await?;
        row.map(convert::deleted).transpose()
    }

    pub(super) async fn bring_cluster_back(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
        rehearsal: bool,
    ) -> Result<Option<Restored>, Fault> {
        let tx = self.begin().await?;
        let Some(row) = waiting(&tx, &org, &id, now_us).await? else { return Ok(None) };
        live_locked(&tx, &org, &row.environment_id).await?;
        let mut done = Restored::default();
        if !cluster_back(&tx, &org, row, now_us, &mut done).await? {
            return Ok(None);
        }
        finish(tx, rehearsal).await?;
        Ok(Some(done))
    }

    pub(super) async fn bring_environment_back(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
        rehearsal: bool,
    ) -> Result<Option<Restored>, Fault> {
        let tx = self.begin().await?;
        let Some(row) = waiting(&tx, &org, &id, now_us).await? else { return Ok(None) };
        name_is_free(&tx, &org, &row.display_name, &id).await?;
        let back = scoped::update::<environment::Entity>(&org)
            .col_expr(environment::Column::DeletionRequestedUs, Expr::value(Option::<i64>::None))
            .col_expr(environment::Column::KeptUntilUs, Expr::value(Option::<i64>::None))
            .col_expr(
                environment::Column::Generation,
                Expr::col(environment::Column::Generation).add(1),
            )
            .filter(environment::Column::Id.eq(&id))
            .filter(environment::Column::KeptUntilUs.is_not_null())
            .exec(&tx)
            .await
            .map_err(|error| lost_race(error, &row.display_name))?;
        if back.rows_affected == 0 || !forget(&tx, &org, &row).await? {
            return Ok(None);
        }
        let mut done = Restored::default();
        put_back(&tx, &org, Taken::of(&row)?, &mut done).await?;
        let with_it = scoped::find::<undo::Entity>(&org)
            .filter(undo::Column::DeletedWith.eq(&id))
            .order_by_asc(undo::Column::Id)
            .all(&tx)
            .await?;
        for row in with_it {
            cluster_back(&tx, &org, row, now_us, &mut done).await?;
        }
        finish(tx, rehearsal).await?;
        Ok(Some(done))
    }

    pub(super) async fn remove_deleted(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        if waiting(&tx, &org, &id, now_us).await?.is_none() {
            return Ok(false);
        }
        let rows = scoped::find::<undo::Entity>(&org)
            .filter(
                Condition::any()
                    .add(undo::Column::Id.eq(&id))
                    .add(undo::Column::DeletedWith.eq(&id)),
            )
            .order_by_asc(undo::Column::Id)
            .all(&tx)
            .await?;
        let mut went = false;
        for row in rows {
            went |= let_go(&tx, &org, &row, now_us).await? && row.id == id;
        }
        if !went {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }
}

/// Ends the undo window of a cluster or an environment, whose pass deletes it from here on. False when somebody was
/// faster. The thing itself is held before its row, as by those who bring it back.
pub(super) async fn let_go(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    row: &undo::Model,
    now_us: i64,
) -> Result<bool, Fault> {
    let over = || Expr::value(Option::<i64>::None);
    let is_cluster = row.id.starts_with(DeletedKind::Cluster.prefix());
    let held = if is_cluster {
        kept_cluster(tx, org, &row.id).await?.is_some()
    } else {
        scoped::find_by_id::<environment::Entity>(org, row.id.clone())
            .filter(environment::Column::KeptUntilUs.is_not_null())
            .lock_exclusive()
            .one(tx)
            .await?
            .is_some()
    };
    if !held || !forget(tx, org, row).await? {
        return Ok(false);
    }
    if is_cluster {
        scoped::update::<cluster::Entity>(org)
            .col_expr(cluster::Column::KeptUntilUs, over())
            .filter(cluster::Column::Id.eq(&row.id))
            .exec(tx)
            .await?;
        wake(tx, &row.id, CLUSTER, now_us).await?;
    } else {
        scoped::update::<environment::Entity>(org)
            .col_expr(environment::Column::KeptUntilUs, over())
            .filter(environment::Column::Id.eq(&row.id))
            .exec(tx)
            .await?;
        wake(tx, &row.id, ENVIRONMENT, now_us).await?;
    }
    Ok(true)
}

/// A cluster that was deleted and is kept, held until the transaction ends.
async fn kept_cluster(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
) -> Result<Option<cluster::Model>, Fault> {
    let row = scoped::find_by_id::<cluster::Entity>(org, id.to_owned())
        .filter(cluster::Column::KeptUntilUs.is_not_null())
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(row)
}

/// Takes away what gives access to a cluster, and the topics that wait for it.
pub(super) async fn take_of_cluster(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
) -> Result<Taken, Fault> {
    let of_acl = || acl::Column::ClusterId.eq(id);
    let of_quota = || client_quota::Column::ClusterId.eq(id);
    let of_key = || api_key::Column::ResourceId.eq(id);
    let of_topic = || desired_topic::Column::ClusterId.eq(id);
    let taken = Taken {
        acls: scoped::find::<acl::Entity>(org).filter(of_acl()).all(tx).await?,
        quotas: scoped::find::<client_quota::Entity>(org).filter(of_quota()).all(tx).await?,
        keys: scoped::find::<api_key::Entity>(org).filter(of_key()).all(tx).await?,
        topics: scoped::find::<desired_topic::Entity>(org).filter(of_topic()).all(tx).await?,
        bindings: take_bindings(tx, org, &format!("/cloud-cluster={id}")).await?,
        registries: Vec::new(),
    };
    scoped::delete::<acl::Entity>(org).filter(of_acl()).exec(tx).await?;
    scoped::delete::<client_quota::Entity>(org).filter(of_quota()).exec(tx).await?;
    scoped::delete::<api_key::Entity>(org).filter(of_key()).exec(tx).await?;
    scoped::delete::<desired_topic::Entity>(org).filter(of_topic()).exec(tx).await?;
    Ok(taken)
}

/// Takes away roles on an environment, and its registry. Its clusters were taken before.
pub(super) async fn take_of_environment(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    id: &str,
) -> Result<Taken, Fault> {
    let of_registry = || registry::Column::EnvironmentId.eq(id);
    let taken = Taken {
        bindings: take_bindings(tx, org, &format!("/environment={id}")).await?,
        registries: scoped::find::<registry::Entity>(org).filter(of_registry()).all(tx).await?,
        ..Taken::default()
    };
    scoped::delete::<registry::Entity>(org).filter(of_registry()).exec(tx).await?;
    Ok(taken)
}

async fn take_bindings(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    step: &str,
) -> Result<Vec<role_binding::Model>, Fault> {
    let taken = scoped::find::<role_binding::Entity>(org).filter(at_or_below(step)).all(tx).await?;
    scoped::delete::<role_binding::Entity>(org).filter(at_or_below(step)).exec(tx).await?;
    Ok(taken)
}

/// Keeps what was taken.
pub(super) async fn keep_aside(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    (it, deleted_with): (Kept<'_>, &str),
    (keep, at_us): (&Keep, i64),
    taken: &Taken,
) -> Result<(), Fault> {
    let row = undo::Model {
        id: it.id.to_owned(),
        organization_id: org.id().to_owned(),
        environment_id: it.environment_id.to_owned(),
        deleted_with: deleted_with.to_owned(),
        display_name: it.name,
        deleted_by: keep.deleted_by.clone(),
        taken: to_json(taken),
        created_us: at_us,
        until_us: keep.until_us,
    };
    Ok(scoped::insert::<undo::Entity>(org, tx, row).await?)
}

/// The row of something whose window is not over.
async fn waiting<C: ConnectionTrait>(
    db: &C,
    org: &OrgScope,
    id: &str,
    now_us: i64,
) -> Result<Option<undo::Model>, Fault> {
    let row = scoped::find_by_id::<undo::Entity>(org, id.to_owned())
        .filter(undo::Column::UntilUs.gt(now_us))
        .one(db)
        .await?;
    Ok(row)
}

/// Whether the row was there: of two that want it at the same time, one has it.
async fn forget(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    row: &undo::Model,
) -> Result<bool, Fault> {
    let gone = scoped::delete::<undo::Entity>(org)
        .filter(undo::Column::Id.eq(&row.id))
        // Not that of another deletion since.
        .filter(undo::Column::CreatedUs.eq(row.created_us))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// Brings a cluster back with all that was taken, and wakes its pass. False when somebody was faster.
async fn cluster_back(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    row: undo::Model,
    now_us: i64,
    done: &mut Restored,
) -> Result<bool, Fault> {
    let found = kept_cluster(tx, org, &row.id).await?;
    let Some(found) = found else { return Ok(false) };
    if !forget(tx, org, &row).await? {
        return Ok(false);
    }
    let generation = found.generation + 1;
    scoped::update::<cluster::Entity>(org)
        .col_expr(cluster::Column::DeletionRequestedUs, Expr::value(Option::<i64>::None))
        .col_expr(cluster::Column::KeptUntilUs, Expr::value(Option::<i64>::None))
        .col_expr(cluster::Column::Generation, Expr::value(generation))
        .filter(cluster::Column::Id.eq(&row.id))
        .exec(tx)
        .await?;
    put_back(tx, org, Taken::of(&row)?, done).await?;
    if found.phase == Phase::Provisioned.as_str() {
        announce(tx, &cluster_notices::back(&found, now_us)).await?;
    }
    wake(tx, &row.id, CLUSTER, now_us).await?;
    asked(tx, (&row.id, generation), "ClusterRestored", now_us).await?;
    done.clusters.push(row.id);
    Ok(true)
}

/// Writes rows back. Those of principals that were deleted meanwhile go again, as they would have gone with them.
async fn put_back(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    taken: Taken,
    done: &mut Restored,
) -> Result<(), Fault> {
    let principals = principals(&taken)?;
    for row in taken.keys {
        scoped::insert::<api_key::Entity>(org, tx, row).await?;
    }
    for row in taken.acls {
        scoped::insert::<acl::Entity>(org, tx, row).await?;
    }
    for row in taken.quotas {
        scoped::insert::<client_quota::Entity>(org, tx, row).await?;
    }
    for row in taken.bindings {
        if !is_bound(tx, org, &row).await? {
            scoped::insert::<role_binding::Entity>(org, tx, row).await?;
        }
    }
    for row in taken.topics {
        scoped::insert::<desired_topic::Entity>(org, tx, row).await?;
    }
    for row in taken.registries {
        scoped::insert::<registry::Entity>(org, tx, row).await?;
    }
    for id in principals {
        if !is_there(tx, org, &id).await? {
            take_rights(tx, org, &id).await?;
            done.gone_principals.insert(id);
        }
    }
    Ok(())
}

/// Whether somebody bound the same meanwhile: a scope can be named that is not there.
async fn is_bound(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    row: &role_binding::Model,
) -> Result<bool, Fault> {
    let same = scoped::find::<role_binding::Entity>(org)
        .filter(role_binding::Column::Principal.eq(&row.principal))
        .filter(role_binding::Column::Role.eq(&row.role))
        .filter(role_binding::Column::CrnPattern.eq(&row.crn_pattern));
    Ok(same.one(tx).await?.is_some())
}

/// Everybody who is named in rows.
fn principals(taken: &Taken) -> Result<BTreeSet<String>, Fault> {
    let id = |principal: &String| principal.strip_prefix("User:").unwrap_or(principal).to_owned();
    let mut found: BTreeSet<String> = taken.keys.iter().map(|row| row.owner_id.clone()).collect();
    found.extend(taken.acls.iter().map(|row| id(&row.principal)));
    found.extend(taken.bindings.iter().map(|row| id(&row.principal)));
    for row in &taken.quotas {
        found.extend(from_json::<Vec<String>>("client_quota.principals", &row.principals)?);
    }
    Ok(found)
}

/// Whether a principal is there, which is then held until the transaction ends. Everybody and nobody are.
async fn is_there(tx: &DatabaseTransaction, org: &OrgScope, id: &str) -> Result<bool, Fault> {
    macro_rules! found {
        ($table:ident) => {
            scoped::find_by_id::<$table::Entity>(org, id.to_owned())
                .lock_exclusive()
                .one(tx)
                .await?
                .is_some()
        };
    }
    Ok(match id.split_once('-').map(|(prefix, _)| prefix) {
        Some("sa") => found!(service_account),
        Some("u") => found!(person),
        Some("pool") => found!(identity_pool),
        Some("group") => found!(group_mapping),
        _ => true,
    })
}

fn of_kind(kind: DeletedKind) -> Condition {
    Condition::all().add(undo::Column::Id.starts_with(kind.prefix()))
}
