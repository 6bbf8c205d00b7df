use common_errors::{Error, ErrorKind};
use common_types::id::Prefix;
use common_types::limits::{CLIENT_QUOTA_PRINCIPALS_MAX, CLIENT_QUOTAS_PER_CLUSTER_MAX};
use common_types::quota::{DEFAULT_PRINCIPAL, Throughput, ThroughputChange};

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Asked, BrokerClient, Change};
use crate::authz::{Action, Caller, Resource, Thing};
use crate::failures::{bad_filter, forbidden, from_repo, invalid, missing, not_found, taken};
use crate::model::{ClientQuota, Cluster};
use crate::page::{Page, PageRequest, page};
use crate::ports::RepoError;
use crate::rules::{display_name, text};

const NAME_LENGTH_MAX: usize = 64;
const DESCRIPTION_LENGTH_MAX: usize = 512;

/// What is wanted of a client quota; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotaWish {
    /// Required to create.
    pub display_name: Option<String>,
    /// Empty when absent.
    pub description: Option<String>,
    /// Bytes per second as decimal text; required to create.
    pub ingress: Option<String>,
    /// Bytes per second as decimal text; required to create.
    pub egress: Option<String>,
    /// Required to create; never changed.
    pub cluster_id: Option<String>,
    /// Required to create; never changed.
    pub environment_id: Option<String>,
    /// `sa-…`, `u-…`, `<default>`; required to create.
    pub principals: Option<Vec<String>>,
}

impl App {
    /// One page of the client quotas of a cluster.
    ///
    /// # Errors
    /// No cluster or environment named, or none that the caller may see; a bad page token; the store.
    pub async fn client_quotas(
        &self,
        caller: &Caller,
        (environment_id, cluster_id): (Option<&str>, Option<&str>),
        request: &PageRequest,
    ) -> Result<Page<ClientQuota>, Error> {
        let named = |value: Option<&str>, name: &str| {
            let value = value.filter(|value| !value.is_empty()).map(ToOwned::to_owned);
            value.ok_or_else(|| bad_filter(name, format!("the query parameter {name} is required")))
        };
        let environment_id = named(environment_id, "environment")?;
        let cluster_id = named(cluster_id, "spec.cluster")?;
        let cluster = self.cluster_for(caller, Action::Read, &environment_id, &cluster_id).await?;
        let visible = sees(caller, in_cluster(&cluster));
        page(
            request,
            |slice| self.parts.repo.client_quotas(caller.org(), cluster_id.clone(), slice),
            |_: &ClientQuota| visible,
        )
        .await
    }

    /// One client quota.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn client_quota(&self, caller: &Caller, id: &str) -> Result<ClientQuota, Error> {
        self.quota_for(caller, Action::Read, id).await
    }

    /// Makes a client quota. It is in force when this returns.
    ///
    /// # Errors
    /// A bad value; a cluster or principal that is not there; a principal with a quota; too many; a missing
    /// role; brokers that do not take the new access snapshot.
    pub async fn create_client_quota(
        &self,
        caller: &Caller,
        wish: QuotaWish,
        asked: Asked<'_, ClientQuota>,
    ) -> Result<ClientQuota, Error> {
        let cluster_id = wish.cluster_id.ok_or_else(|| missing("/spec/cluster"))?;
        let environment_id = wish.environment_id.ok_or_else(|| missing("/spec/environment"))?;
        let cluster = self.cluster_for(caller, Action::Read, &environment_id, &cluster_id).await?;
        let id = self.new_id(Prefix::ClientQuota);
        if allow(caller, Action::Create, in_cluster(&cluster), "client quota", &id).is_err() {
            return Err(forbidden("make client quotas of this cluster"));
        }
        let now = self.now_us();
        let name = wish.display_name.ok_or_else(|| missing("/spec/display_name"))?;
        let principals = wish.principals.ok_or_else(|| missing("/spec/principals"))?;
        let ingress = wish.ingress.ok_or_else(|| missing(INGRESS))?;
        let egress = wish.egress.ok_or_else(|| missing(EGRESS))?;
        let row = ClientQuota {
            id,
            organization_id: cluster.organization_id,
            environment_id,
            cluster_id,
            display_name: display_name(name, "/spec/display_name", NAME_LENGTH_MAX)?,
            description: described(wish.description.unwrap_or_default())?,
            principals: self.quota_principals(caller, principals).await?,
            throughput: Throughput {
                ingress: Some(rate(&ingress, INGRESS)?),
                egress: Some(rate(&egress, EGRESS)?),
            },
            created_us: now,
            updated_us: now,
        };
        let terms = self.terms(caller, &asked, &row)?;
        let kept = self.parts.repo.insert_client_quota(caller.org(), row.clone(), terms).await;
        if !kept.map_err(has_one)? {
            return Err(too_many());
        }
        if asked.dry_run {
            return Ok(row);
        }
        self.forget_receipts(&asked).await;
        self.publish_cluster(&row.cluster_id).await?;
        Ok(row)
    }

    /// Changes a client quota. The change is in force when this returns.
    ///
    /// # Errors
    /// Not found; a bad value; a value that cannot change; a principal with another quota; a missing role;
    /// brokers that do not take the new access snapshot.
    pub async fn update_client_quota(
        &self,
        caller: &Caller,
        id: &str,
        wish: QuotaWish,
        change: &Change,
    ) -> Result<ClientQuota, Error> {
        let before = self.quota_for(caller, Action::Update, id).await?;
        if wish.cluster_id.as_ref().is_some_and(|it| *it != before.cluster_id) {
            return Err(invalid("/spec/cluster", "the cluster of a client quota cannot change"));
        }
        if wish.environment_id.as_ref().is_some_and(|it| *it != before.environment_id) {
            let detail = "the environment of a client quota cannot change";
            return Err(invalid("/spec/environment", detail));
        }
        let name = wish.display_name;
        let name =
            name.map(|it| display_name(it, "/spec/display_name", NAME_LENGTH_MAX)).transpose()?;
        let description = wish.description.map(described).transpose()?;
        let ingress = wish.ingress.map(|it| rate(&it, INGRESS)).transpose()?;
        let egress = wish.egress.map(|it| rate(&it, EGRESS)).transpose()?;
        let principals = match wish.principals {
            Some(principals) => Some(self.quota_principals(caller, principals).await?),
            None => None,
        };
        for _ in 0..STALE_RETRIES {
            let mut row = self.quota_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            let before_us = row.updated_us;
            row.display_name = name.clone().unwrap_or(row.display_name);
            row.description = description.clone().unwrap_or(row.description);
            row.principals = principals.clone().unwrap_or(row.principals);
            row.throughput.ingress = ingress.or(row.throughput.ingress);
            row.throughput.egress = egress.or(row.throughput.egress);
            row.updated_us = self.now_us().max(before_us + 1);
            let (repo, dry_run) = (&self.parts.repo, change.dry_run);
            match repo.update_client_quota(caller.org(), row.clone(), before_us, dry_run).await {
                Ok(()) if dry_run => return Ok(row),
                Ok(()) => {
                    self.publish_cluster(&row.cluster_id).await?;
                    return Ok(row);
                }
                Err(RepoError::Stale) => {}
                Err(error) => return Err(has_one(error)),
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Removes a client quota. It is out of force when this returns.
    ///
    /// # Errors
    /// Not found; a missing role; brokers that do not take the new access snapshot.
    pub async fn delete_client_quota(
        &self,
        caller: &Caller,
        id: &str,
        change: &Change,
    ) -> Result<(), Error> {
        for _ in 0..STALE_RETRIES {
            let row = self.quota_for(caller, Action::Delete, id).await?;
            change.check(&row)?;
            if change.dry_run {
                return Ok(());
            }
            let repo = &self.parts.repo;
            let gone = repo.delete_client_quota(caller.org(), row.id, row.updated_us).await;
            if gone.map_err(from_repo)? {
                return self.publish_cluster(&row.cluster_id).await;
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// Changes what principals may use, for a broker, which has looked whether its client may. It is in force
    /// when this returns.
    ///
    /// # Errors
    /// A cluster or principal that is not there; too many quotas; brokers that do not take the new access
    /// snapshot.
    pub async fn alter_quotas_for_broker(
        &self,
        cluster: &str,
        (changes, validate_only): (Vec<ThroughputChange>, bool),
        by: &BrokerClient,
    ) -> Result<(), Error> {
        let row = self.cluster_of_broker(cluster).await?;
        let trail = self.trail_of_broker(&row, "AlterClientQuotas", by);
        self.followed(&trail, self.alter_quotas(row, changes, validate_only)).await
    }

    async fn alter_quotas(
        &self,
        cluster: Cluster,
        changes: Vec<ThroughputChange>,
        validate_only: bool,
    ) -> Result<(), Error> {
        let now = self.now_us();
        let mut wanted = Vec::with_capacity(changes.len());
        for change in changes {
            let principal = change.principal.clone();
            if principal != DEFAULT_PRINCIPAL && !self.is_identity(&cluster, &principal).await? {
                let detail = format!("principal {principal:?} is not there");
                return Err(invalid("principal", detail));
            }
            let fresh = ClientQuota {
                id: self.new_id(Prefix::ClientQuota),
                organization_id: cluster.organization_id.clone(),
                environment_id: cluster.environment_id.clone(),
                cluster_id: cluster.id.clone(),
                display_name: principal,
                description: "Made by a Kafka client.".to_owned(),
                principals: Vec::new(),
                throughput: Throughput::default(),
                created_us: now,
                updated_us: now,
            };
            wanted.push((change, fresh));
        }
        let (org, repo, id) = (cluster.org(), &self.parts.repo, cluster.id.clone());
        let kept = repo.alter_client_quotas(org, cluster.id, wanted, validate_only).await;
        if !kept.map_err(from_repo)? {
            return Err(too_many());
        }
        if validate_only {
            return Ok(());
        }
        self.publish_cluster(&id).await
    }

    async fn is_identity(&self, cluster: &Cluster, id: &str) -> Result<bool, Error> {
        let (org, repo) = (cluster.org(), &self.parts.repo);
        let account = repo.service_account(org.clone(), id.to_owned()).await.map_err(from_repo)?;
        let person = repo.user(org, id.to_owned()).await.map_err(from_repo)?;
        Ok(account.is_some() || person.is_some())
    }

    async fn quota_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<ClientQuota, Error> {
        let found = self.parts.repo.client_quota(caller.org(), id.to_owned()).await;
        let row = found.map_err(from_repo)?.ok_or_else(|| not_found("client quota", id))?;
        allow(caller, action, resource(&row), "client quota", id)?;
        Ok(row)
    }

    /// Each one is there, and there once.
    async fn quota_principals(
        &self,
        caller: &Caller,
        wanted: Vec<String>,
    ) -> Result<Vec<String>, Error> {
        let count = wanted.len();
        if wanted.is_empty() || count > CLIENT_QUOTA_PRINCIPALS_MAX {
            let detail =
                format!("principals holds 1 to {CLIENT_QUOTA_PRINCIPALS_MAX} of them, got {count}");
            return Err(invalid("/spec/principals", detail));
        }
        for (index, id) in wanted.iter().enumerate() {
            let pointer = format!("/spec/principals/{index}/id");
            if wanted.iter().take(index).any(|other| other == id) {
                return Err(invalid(&pointer, format!("principal {id:?} is there twice")));
            }
            if id == DEFAULT_PRINCIPAL {
                continue;
            }
            let is_one = id.starts_with(Prefix::ServiceAccount.as_str())
                || id.starts_with(Prefix::User.as_str());
            if !is_one {
                let detail = format!("a principal is sa-…, u-… or {DEFAULT_PRINCIPAL}, not {id:?}");
                return Err(invalid(&pointer, detail));
            }
            if !self.identity_exists(caller, id).await? {
                return Err(invalid(&pointer, format!("principal {id:?} is not there")));
            }
        }
        Ok(wanted)
    }
}

const INGRESS: &str = "/spec/throughput/ingress_byte_rate";
const EGRESS: &str = "/spec/throughput/egress_byte_rate";

/// Bytes per second.
fn rate(text: &str, pointer: &str) -> Result<u64, Error> {
    let max = i64::MAX;
    let read = text.parse::<i64>().ok().filter(|rate| *rate > 0);
    read.and_then(|rate| u64::try_from(rate).ok()).ok_or_else(|| {
        invalid(pointer, format!("a rate is 1 to {max} bytes per second, as text; got {text:?}"))
    })
}

fn described(description: String) -> Result<String, Error> {
    text(description, "/spec/description", DESCRIPTION_LENGTH_MAX)
}

fn in_cluster(cluster: &Cluster) -> Resource<'_> {
    let thing =
        Thing::ClientQuota { environment_id: &cluster.environment_id, cluster_id: &cluster.id };
    Resource { organization_id: &cluster.organization_id, thing }
}

fn resource(row: &ClientQuota) -> Resource<'_> {
    let thing =
        Thing::ClientQuota { environment_id: &row.environment_id, cluster_id: &row.cluster_id };
    Resource { organization_id: &row.organization_id, thing }
}

fn too_many() -> Error {
    let detail = format!(
        "the number of client quotas of a cluster is currently limited to \
         {CLIENT_QUOTAS_PER_CLUSTER_MAX}; one quota can name {CLIENT_QUOTA_PRINCIPALS_MAX} principals"
    );
    Error::new(ErrorKind::Limit, "too_many_client_quotas", detail)
}

fn has_one(error: RepoError) -> Error {
    match error {
        RepoError::Taken { existing_id } => taken(format!(
            "client quota {existing_id} names one of these principals; each has one quota of a cluster"
        )),
        other => from_repo(other),
    }
}
