use api_app::model::ClientQuota;
use api_app::{OrgScope, RepoError, Slice, Terms, altered};
use common_types::limits::CLIENT_QUOTAS_PER_CLUSTER_MAX;
use common_types::quota::{Throughput, ThroughputChange};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, IntoActiveModel, QueryFilter,
};

use super::clusters::live_locked_cluster;
use super::receipts::{finish, write_receipt};
use super::scoped::Owned as _;
use super::system::commit;
use super::{scoped, sliced};
use crate::Store;
use crate::convert::{from_json, to_json};
use crate::entity::client_quota;
use crate::errors::Fault;

impl Store {
    pub(super) async fn list_client_quotas(
        &self,
        org: OrgScope,
        cluster_id: String,
        slice: Slice,
    ) -> Result<Vec<ClientQuota>, Fault> {
        let all = scoped::find::<client_quota::Entity>(&org)
            .filter(client_quota::Column::ClusterId.eq(cluster_id));
        let rows = sliced!(all, client_quota::Column, slice).all(&self.reader()).await?;
        rows.into_iter().map(quota).collect()
    }

    pub(super) async fn read_client_quota(
        &self,
        org: OrgScope,
        id: String,
    ) -> Result<Option<ClientQuota>, Fault> {
        let row = scoped::find_by_id::<client_quota::Entity>(&org, id).one(&self.reader()).await?;
        row.map(quota).transpose()
    }

    pub(super) async fn write_client_quota(
        &self,
        org: OrgScope,
        it: ClientQuota,
        terms: Terms,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        write_receipt(&tx, &org, terms.receipt).await?;
        // The cluster is held: nobody else gives its principals a quota meanwhile.
        live_locked_cluster(&tx, &org, &it.cluster_id).await?;
        let others = quotas_in(&tx, &org, &it.cluster_id).await?;
        if others.len() >= CLIENT_QUOTAS_PER_CLUSTER_MAX as usize {
            return Ok(false);
        }
        principals_are_free(&others, &it)?;
        scoped::insert::<client_quota::Entity>(&org, &tx, row(it)?).await?;
        finish(tx, terms.rehearsal).await?;
        Ok(true)
    }

    pub(super) async fn replace_client_quota(
        &self,
        org: OrgScope,
        it: ClientQuota,
        before_us: i64,
        rehearsal: bool,
    ) -> Result<(), Fault> {
        let tx = self.begin().await?;
        live_locked_cluster(&tx, &org, &it.cluster_id).await.map_err(gone_is_stale)?;
        principals_are_free(&quotas_in(&tx, &org, &it.cluster_id).await?, &it)?;
        let id = it.id.clone();
        let new = client_quota::Entity::adopted(row(it)?, &org);
        let changed = scoped::update::<client_quota::Entity>(&org)
            .set(new.into_active_model().reset_all())
            .filter(client_quota::Column::Id.eq(id))
            .filter(client_quota::Column::UpdatedUs.eq(before_us))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
        finish(tx, rehearsal).await
    }

    pub(super) async fn remove_client_quota(
        &self,
        org: OrgScope,
        id: String,
        at_us: i64,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        let gone = scoped::delete::<client_quota::Entity>(&org)
            .filter(client_quota::Column::Id.eq(id))
            .filter(client_quota::Column::UpdatedUs.eq(at_us))
            .exec(&tx)
            .await?;
        if gone.rows_affected == 0 {
            return Ok(false);
        }
        commit(tx).await?;
        Ok(true)
    }

    pub(super) async fn change_client_quotas(
        &self,
        org: OrgScope,
        cluster_id: String,
        changes: Vec<(ThroughputChange, ClientQuota)>,
        rehearsal: bool,
    ) -> Result<bool, Fault> {
        let tx = self.begin().await?;
        live_locked_cluster(&tx, &org, &cluster_id).await?;
        let before = quotas_in(&tx, &org, &cluster_id).await?;
        let mut after = before.clone();
        for (change, fresh) in changes {
            after = altered(after, &change, fresh);
        }
        if after.len() > CLIENT_QUOTAS_PER_CLUSTER_MAX as usize {
            return Ok(false);
        }
        let is_in = |all: &[ClientQuota], id: &str| all.iter().any(|quota| quota.id == id);
        for gone in before.iter().filter(|old| !is_in(&after, &old.id)) {
            let id = client_quota::Column::Id.eq(&gone.id);
            scoped::delete::<client_quota::Entity>(&org).filter(id).exec(&tx).await?;
        }
        for new in after.into_iter().filter(|new| !before.contains(new)) {
            let (id, is_new) = (new.id.clone(), !is_in(&before, &new.id));
            if is_new {
                scoped::insert::<client_quota::Entity>(&org, &tx, row(new)?).await?;
                continue;
            }
            let new = client_quota::Entity::adopted(row(new)?, &org);
            scoped::update::<client_quota::Entity>(&org)
                .set(new.into_active_model().reset_all())
                .filter(client_quota::Column::Id.eq(id))
                .exec(&tx)
                .await?;
        }
        finish(tx, rehearsal).await?;
        Ok(true)
    }
}

/// Takes a principal that goes out of every quota; one that is left with nobody goes, too.
pub(super) async fn forget_principal(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    principal: &str,
) -> Result<(), Fault> {
    let named = scoped::find::<client_quota::Entity>(org)
        .filter(client_quota::Column::Principals.contains(principal))
        .all(tx)
        .await?;
    for named in named {
        let mut left = quota(named)?;
        let same = Condition::all()
            .add(client_quota::Column::Id.eq(&left.id))
            .add(client_quota::Column::UpdatedUs.eq(left.updated_us));
        left.principals.retain(|it| it != principal);
        left.updated_us += 1;
        let found = if left.principals.is_empty() {
            scoped::delete::<client_quota::Entity>(org).filter(same).exec(tx).await?.rows_affected
        } else {
            let new = client_quota::Entity::adopted(row(left)?, org);
            scoped::update::<client_quota::Entity>(org)
                .set(new.into_active_model().reset_all())
                .filter(same)
                .exec(tx)
                .await?
                .rows_affected
        };
        if found == 0 {
            return Err(Fault::Repo(RepoError::Stale));
        }
    }
    Ok(())
}

async fn quotas_in(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    cluster_id: &str,
) -> Result<Vec<ClientQuota>, Fault> {
    let rows = scoped::find::<client_quota::Entity>(org)
        .filter(client_quota::Column::ClusterId.eq(cluster_id))
        .all(tx)
        .await?;
    rows.into_iter().map(quota).collect()
}

/// A principal has one quota of a cluster, so that it is plain which one holds.
fn principals_are_free(others: &[ClientQuota], it: &ClientQuota) -> Result<(), Fault> {
    let shares =
        |other: &&ClientQuota| other.principals.iter().any(|who| it.principals.contains(who));
    match others.iter().filter(|other| other.id != it.id).find(shares) {
        None => Ok(()),
        Some(other) => Err(Fault::Repo(RepoError::Taken { existing_id: other.id.clone() })),
    }
}

/// A quota is gone with its cluster: whoever changes it reads it again, and does not find it.
fn gone_is_stale(fault: Fault) -> Fault {
    match fault {
        Fault::Repo(RepoError::ParentGone(_)) => Fault::Repo(RepoError::Stale),
        other => other,
    }
}

pub(in crate::repo) fn quota(row: client_quota::Model) -> Result<ClientQuota, Fault> {
    let rate = |it: Option<i64>| {
        let bad = |_| Fault::Corrupt("client_quota: a negative rate".to_owned());
        it.map(|it| u64::try_from(it).map_err(bad)).transpose()
    };
    Ok(ClientQuota {
        principals: from_json("principals", &row.principals)?,
        throughput: Throughput { ingress: rate(row.ingress)?, egress: rate(row.egress)? },
        id: row.id,
        organization_id: row.organization_id,
        environment_id: row.environment_id,
        cluster_id: row.cluster_id,
        display_name: row.display_name,
        description: row.description,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

fn row(it: ClientQuota) -> Result<client_quota::Model, Fault> {
    let rate = |it: Option<u64>| {
        let bad = |_| Fault::Corrupt("client_quota: a rate that no column holds".to_owned());
        it.map(|it| i64::try_from(it).map_err(bad)).transpose()
    };
    Ok(client_quota::Model {
        ingress: rate(it.throughput.ingress)?,
        egress: rate(it.throughput.egress)?,
        principals: to_json(&it.principals),
        id: it.id,
        organization_id: it.organization_id,
        environment_id: it.environment_id,
        cluster_id: it.cluster_id,
        display_name: it.display_name,
        description: it.description,
        created_us: it.created_us,
        updated_us: it.updated_us,
    })
}
