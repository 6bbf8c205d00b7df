use common_errors::Error;
use common_types::limits::{CLIENT_QUOTAS_PER_CLUSTER_MAX, PARTITIONS_PER_TENANT_MAX};

use super::App;
use super::acls::total_max;
use crate::authz::{Action, Caller};
use crate::failures::{bad_filter, from_repo, not_found};
use crate::model::{Cluster, SESSIONS_PER_PERSON_MAX};
use crate::ports::Slice;

/// What a limit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaScope {
    /// One cluster.
    KafkaCluster,
    /// One person.
    UserAccount,
}

impl QuotaScope {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::KafkaCluster, Self::UserAccount];

    /// The public name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KafkaCluster => "KAFKA_CLUSTER",
            Self::UserAccount => "USER_ACCOUNT",
        }
    }
}

/// A limit that is enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedQuota {
    /// Its name: `kafka.max_acls.per_cluster`.
    pub id: &'static str,
    /// What it is about.
    pub scope: QuotaScope,
    /// The name people read.
    pub display_name: &'static str,
    /// How many there may be.
    pub limit: u64,
    /// How many there are, where that is counted.
    pub usage: Option<u64>,
    /// The organisation.
    pub organization_id: String,
    /// The cluster, with its environment, when it is about one.
    pub cluster: Option<(String, String)>,
}

/// Which limits are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotaQuery {
    /// Of this cluster.
    pub cluster_id: Option<String>,
    /// Of clusters in this environment.
    pub environment_id: Option<String>,
    /// Only this one.
    pub id: Option<String>,
}

impl App {
    /// The limits of a scope that are enforced, with what is used of them.
    ///
    /// # Errors
    /// No scope, or one that nothing is limited in; a cluster that is not named or not there; the store.
    pub async fn applied_quotas(
        &self,
        caller: &Caller,
        scope: Option<&str>,
        query: QuotaQuery,
    ) -> Result<Vec<AppliedQuota>, Error> {
        let scope = QuotaScope::ALL.into_iter().find(|it| Some(it.as_str()) == scope);
        let scope = scope.ok_or_else(|| {
            let names: Vec<&str> = QuotaScope::ALL.iter().map(|it| it.as_str()).collect();
            bad_filter("scope", format!("the query parameter scope is one of {}", names.join(", ")))
        })?;
        let mut found = match scope {
            QuotaScope::KafkaCluster => self.quotas_of_cluster(caller, &query).await?,
            QuotaScope::UserAccount => vec![AppliedQuota {
                id: "iam.max_sessions.per_user",
                scope,
                display_name: "Sessions per user",
                limit: SESSIONS_PER_PERSON_MAX,
                usage: None,
                organization_id: caller.organization_id.clone(),
                cluster: None,
            }],
        };
        found.retain(|quota| query.id.as_deref().is_none_or(|id| id == quota.id));
        Ok(found)
    }

    /// One limit.
    ///
    /// # Errors
    /// Not found; a cluster that is not named or not there; the store.
    pub async fn applied_quota(
        &self,
        caller: &Caller,
        id: &str,
        query: QuotaQuery,
    ) -> Result<AppliedQuota, Error> {
        let scope = if id.starts_with("kafka.") {
            QuotaScope::KafkaCluster
        } else {
            QuotaScope::UserAccount
        };
        let query = QuotaQuery { id: Some(id.to_owned()), ..query };
        let mut found = self.applied_quotas(caller, Some(scope.as_str()), query).await?;
        found.pop().ok_or_else(|| not_found("quota", id))
    }

    async fn quotas_of_cluster(
        &self,
        caller: &Caller,
        query: &QuotaQuery,
    ) -> Result<Vec<AppliedQuota>, Error> {
        let named = |value: &Option<String>, name: &str| {
            let value = value.clone().filter(|value| !value.is_empty());
            value.ok_or_else(|| {
                bad_filter(name, format!("limits of clusters want the query parameter {name}"))
            })
        };
        let cluster_id = named(&query.cluster_id, "kafka_cluster")?;
        let environment_id = named(&query.environment_id, "environment")?;
        let cluster = self.cluster_for(caller, Action::Read, &environment_id, &cluster_id).await?;
        let (repo, org) = (&self.parts.repo, caller.org());
        let acls = repo.acls(org.clone(), cluster_id.clone()).await.map_err(from_repo)?.len();
        let slice = Slice { after: None, limit: CLIENT_QUOTAS_PER_CLUSTER_MAX };
        let quotas = repo.client_quotas(org, cluster_id, slice).await.map_err(from_repo)?.len();
        let most = total_max(cluster.config.kind);
        Ok(vec![
            of(
                &cluster,
                ("kafka.max_acls.per_cluster", "ACLs per cluster"),
                most.into(),
                Some(acls),
            ),
            of(
                &cluster,
                ("kafka.max_client_quotas.per_cluster", "Client quotas per cluster"),
                CLIENT_QUOTAS_PER_CLUSTER_MAX.into(),
                Some(quotas),
            ),
            // Its cell knows how many there are, and may be at zero: it is not woken for this.
            of(
                &cluster,
                ("kafka.max_partitions.per_cluster", "Partitions per cluster"),
                PARTITIONS_PER_TENANT_MAX as u64,
                None,
            ),
        ])
    }
}

fn of(
    cluster: &Cluster,
    (id, display_name): (&'static str, &'static str),
    limit: u64,
    usage: Option<usize>,
) -> AppliedQuota {
    AppliedQuota {
        id,
        scope: QuotaScope::KafkaCluster,
        display_name,
        limit,
        usage: usage.map(|used| used as u64),
        organization_id: cluster.organization_id.clone(),
        cluster: Some((cluster.environment_id.clone(), cluster.id.clone())),
    }
}
