use api_app::model::{IpFilter, IpGroup};
use api_app::{IpGuard, OrgScope, RepoError};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryOrder, QuerySelect};

use super::ip_groups::group;
use super::scoped;
use crate::Store;
use crate::convert::ip_filter;
use crate::entity::{ip_filter as filter_entity, ip_group, organization};
use crate::errors::Fault;

impl Store {
    pub(super) async fn read_ip_rules(
        &self,
        org: OrgScope,
    ) -> Result<(Vec<IpFilter>, Vec<IpGroup>), Fault> {
        let filters = filters(&self.reader(), &org).await?;
        if filters.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        Ok((filters, groups(&self.reader(), &org).await?))
    }
}

/// Lets changes of an organisation's rules come one after the other: each sees what the one before it left.
pub(super) async fn hold_rules(tx: &DatabaseTransaction, org: &OrgScope) -> Result<(), Fault> {
    scoped::find::<organization::Entity>(org).lock_exclusive().one(tx).await?;
    Ok(())
}

/// Refuses what this transaction made of the rules when it locks the guarded address out.
pub(super) async fn check_rules(
    tx: &DatabaseTransaction,
    org: &OrgScope,
    guard: &IpGuard,
) -> Result<(), Fault> {
    if guard.holds(&filters(tx, org).await?, &groups(tx, org).await?) {
        return Ok(());
    }
    Err(Fault::Repo(RepoError::LockedOut))
}

async fn filters(db: &impl ConnectionTrait, org: &OrgScope) -> Result<Vec<IpFilter>, Fault> {
    let rows = scoped::find::<filter_entity::Entity>(org)
        .order_by_asc(filter_entity::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(ip_filter).collect()
}

async fn groups(db: &impl ConnectionTrait, org: &OrgScope) -> Result<Vec<IpGroup>, Fault> {
    let rows =
        scoped::find::<ip_group::Entity>(org).order_by_asc(ip_group::Column::Id).all(db).await?;
    rows.into_iter().map(group).collect()
}
