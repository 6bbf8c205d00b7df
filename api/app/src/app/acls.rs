use common_errors::{Error, ErrorKind};
use common_types::acl::{Acl, AclFilter, Operation};
use common_types::limits::ACLS_PER_REQUEST_MAX;

use super::{App, BrokerClient};
use crate::authz::Caller;
use crate::failures::{from_repo, not_found};
use crate::model::{Cluster, ClusterKind};
use crate::ports::SystemWide;

impl App {
    /// The access control lists of a cluster that are meant.
    ///
    /// # Errors
    /// Not found; a missing right; the store.
    pub async fn acls(
        &self,
        caller: &Caller,
        cluster: &str,
        filter: &AclFilter,
    ) -> Result<Vec<Acl>, Error> {
        let access = self.kafka_access(caller, cluster).await?;
        access.lists(Operation::Describe)?;
        let mut acls =
            self.parts.repo.acls(caller.org(), access.row.id).await.map_err(from_repo)?;
        acls.retain(|acl| filter.matches(acl));
        Ok(acls)
    }

    /// Makes lists: all or none. They are in force when this returns. Those that are there stay.
    ///
    /// # Errors
    /// A bad value; too many; not found; a missing right; brokers that do not take the new access
    /// snapshot.
    pub async fn create_acls(
        &self,
        caller: &Caller,
        cluster: &str,
        acls: Vec<Acl>,
    ) -> Result<(), Error> {
        let access = self.kafka_access(caller, cluster).await?;
        access.lists(Operation::Alter)?;
        self.keep_acls(access.row, acls).await
    }

    /// Deletes the lists that are meant, and says which they were. They are out of force when this returns.
    ///
    /// # Errors
    /// Not found; a missing right; brokers that do not take the new access snapshot.
    pub async fn delete_acls(
        &self,
        caller: &Caller,
        cluster: &str,
        filter: AclFilter,
    ) -> Result<Vec<Acl>, Error> {
        let access = self.kafka_access(caller, cluster).await?;
        access.lists(Operation::Alter)?;
        let gone = self.drop_acls(access.row, vec![filter]).await?;
        Ok(gone.into_iter().flatten().collect())
    }

    /// The same for a broker, which has looked whether its client may.
    ///
    /// # Errors
    /// As above.
    pub async fn create_acls_for_broker(
        &self,
        cluster: &str,
        acls: Vec<Acl>,
        by: &BrokerClient,
    ) -> Result<(), Error> {
        let row = self.cluster_of_broker(cluster).await?;
        let trail = self.trail_of_broker(&row, "CreateAcls", by);
        self.followed(&trail, self.keep_acls(row, acls)).await
    }

    /// The same for a broker: what went, by filter.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_acls_for_broker(
        &self,
        cluster: &str,
        filters: Vec<AclFilter>,
        by: &BrokerClient,
    ) -> Result<Vec<Vec<Acl>>, Error> {
        let row = self.cluster_of_broker(cluster).await?;
        let trail = self.trail_of_broker(&row, "DeleteAcls", by);
        self.followed(&trail, self.drop_acls(row, filters)).await
    }

    /// Brokers serve the clusters of all organisations.
    pub(super) async fn cluster_of_broker(&self, id: &str) -> Result<Cluster, Error> {
        let found = self.parts.repo.any_cluster(SystemWide::Brokers, id.to_owned()).await;
        found.map_err(from_repo)?.ok_or_else(|| not_found("cluster", id))
    }

    async fn keep_acls(&self, row: Cluster, acls: Vec<Acl>) -> Result<(), Error> {
        if acls.is_empty() || acls.len() > ACLS_PER_REQUEST_MAX {
            let detail = format!(
                "one request makes 1 to {ACLS_PER_REQUEST_MAX} ACLs, this one names {}",
                acls.len()
            );
            return Err(bad(detail));
        }
        for acl in &acls {
            acl.check().map_err(|error| bad(error.to_string()))?;
        }
        let total_max = total_max(row.config.kind);
        let id = row.id.clone();
        let now_us = self.now_us();
        let kept = self.parts.repo.insert_acls(row.org(), row.id, acls, total_max, now_us).await;
        if !kept.map_err(from_repo)? {
            let detail = format!(
                "the number of ACLs of a {} cluster is currently limited to {total_max}; a PREFIXED ACL \
                 covers many names",
                row.config.kind.as_str()
            );
            return Err(Error::new(ErrorKind::Limit, "too_many_acls", detail));
        }
        self.publish_cluster(&id).await
    }

    async fn drop_acls(
        &self,
        row: Cluster,
        filters: Vec<AclFilter>,
    ) -> Result<Vec<Vec<Acl>>, Error> {
        let id = row.id.clone();
        let gone = self.parts.repo.delete_acls(row.org(), row.id, filters).await;
        let gone = gone.map_err(from_repo)?;
        if gone.iter().any(|acls| !acls.is_empty()) {
            self.publish_cluster(&id).await?;
        }
        Ok(gone)
    }
}

fn bad(detail: String) -> Error {
    Error::new(ErrorKind::Invalid, "invalid_acl", detail)
}

/// The smallest of them all.
pub(super) const TOTAL_MAX_LEAST: u32 = total_max(ClusterKind::Basic);

/// As at the public service.
pub(super) const fn total_max(kind: ClusterKind) -> u32 {
    match kind {
        ClusterKind::Basic | ClusterKind::Standard => 1_000,
        ClusterKind::Enterprise => 4_000,
        ClusterKind::Dedicated | ClusterKind::Freight => 10_000,
    }
}
