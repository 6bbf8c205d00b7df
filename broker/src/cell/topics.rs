//! Topics and tenants: checked, committed to metadata, then served.

use std::collections::BTreeMap;
use std::sync::Arc;

use common_seams::uuid_v4;
use common_types::limits::{PARTITIONS_PER_TENANT_MAX, PARTITIONS_PER_TOPIC_MAX};
use common_types::{TenantId, TopicNameError, check_topic_name};
use storage::meta::{CellState, MetaConflict, MetaError, MetaOp, TopicRow};
use uuid::Uuid;

use super::placement::choose;
use super::{Cell, Topic};
use crate::partition::{ConfigError, TopicConfig};

/// A topic to create.
#[derive(Debug, Clone, Default)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// Partitions, or the default of the cell.
    pub partitions: Option<i32>,
    /// As asked; shown, never acted on.
    pub replication_factor: Option<i16>,
    /// Settings that differ from the defaults.
    pub configs: BTreeMap<String, String>,
    /// Only check.
    pub validate_only: bool,
}

/// Why a change of topics is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// The name breaks Kafka's rules.
    #[error(transparent)]
    Name(#[from] TopicNameError),
    /// A setting is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The name is taken.
    #[error("Topic '{0}' already exists.")]
    Exists(String),
    /// No such topic.
    #[error("topic {0:?} does not exist")]
    Unknown(String),
    /// No such tenant.
    #[error("cluster {0} is not served here")]
    UnknownTenant(TenantId),
    /// A partition count that cannot be.
    #[error("{0}")]
    Partitions(String),
    /// The store failed, or this incarnation has ended.
    #[error("metadata cannot be written: {0}")]
    Storage(String),
}

impl From<MetaError> for TopicError {
    fn from(e: MetaError) -> Self {
        match e {
            MetaError::Conflict(MetaConflict::TopicExists(name)) => Self::Exists(name),
            MetaError::Conflict(MetaConflict::UnknownTopic(id)) => Self::Unknown(id.to_string()),
            MetaError::Conflict(MetaConflict::UnknownTenant(t)) => Self::UnknownTenant(t),
            other => Self::Storage(other.to_string()),
        }
    }
}

impl Cell {
    /// Whether a tenant is served.
    #[must_use]
    pub fn has_tenant(&self, tenant: TenantId) -> bool {
        self.catalog.read().has_tenant(tenant)
    }

    /// Makes a tenant exist. Doing it again changes nothing.
    ///
    /// # Errors
    /// When metadata cannot be written.
    pub async fn ensure_tenant(&self, tenant: TenantId) -> Result<(), TopicError> {
        if !self.has_tenant(tenant) {
            self.commit(vec![MetaOp::PutTenant { tenant }]).await?;
        }
        Ok(())
    }

    /// Removes a tenant with its topics and groups, and destroys its keys. Doing it again changes nothing.
    ///
    /// # Errors
    /// When metadata cannot be written.
    pub async fn remove_tenant(&self, tenant: TenantId) -> Result<(), TopicError> {
        if self.has_tenant(tenant) {
            self.commit(vec![MetaOp::RemoveTenant { tenant }]).await?;
        }
        // Afterwards: nobody makes a key for a tenant that is gone.
        self.wal.keys.destroy(tenant).await.map_err(|e| TopicError::Storage(e.to_string()))
    }

    /// A topic by name.
    #[must_use]
    pub fn topic(&self, tenant: TenantId, name: &str) -> Option<Arc<Topic>> {
        self.catalog.read().named(tenant, name).cloned()
    }

    /// A topic by id, for its own tenant only.
    #[must_use]
    pub fn topic_with_id(&self, tenant: TenantId, id: Uuid) -> Option<Arc<Topic>> {
        self.catalog.read().with_id(tenant, id).cloned()
    }

    /// The topics of a tenant, by name.
    #[must_use]
    pub fn topics(&self, tenant: TenantId) -> Vec<Arc<Topic>> {
        self.catalog.read().of_tenant(tenant).cloned().collect()
    }

    /// Creates a topic, or with `validate_only` says how many partitions it would have.
    ///
    /// # Errors
    /// The first rule that is broken; nothing is created then.
    pub async fn create_topic(
        &self,
        tenant: TenantId,
        new: NewTopic,
    ) -> Result<(Option<Arc<Topic>>, i32), TopicError> {
        check_topic_name(&new.name)?;
        TopicConfig::parse(new.configs.clone())?;
        let count = new.partitions.unwrap_or(self.settings.partitions_default);
        let _one_at_a_time = self.changing.lock().await;
        let state = self.view.state();
        if !state.tenants().contains(&tenant) {
            return Err(TopicError::UnknownTenant(tenant));
        }
        if state.topic_named(tenant, &new.name).is_some() {
            return Err(TopicError::Exists(new.name));
        }
        self.check_count(tenant, 0, count)?;
        if new.validate_only {
            return Ok((None, count));
        }
        let pgs = choose(&self.load(), &self.leaders(), &[], usize::try_from(count).unwrap_or(0));
        let mut ops = raise_epochs(&state, &pgs, state.floor(tenant, &new.name));
        let row = TopicRow {
            tenant,
            name: new.name,
            id: self.new_topic_id(),
            pgs,
            replication_factor: new.replication_factor.filter(|n| *n > 0).unwrap_or(3),
            configs: new.configs,
            created_at_ms: self.clock.wall_ms(),
        };
        let id = row.id;
        ops.push(MetaOp::CreateTopic(row));
        self.commit(ops).await?;
        let topic = self.topic_with_id(tenant, id);
        // Somebody else may have deleted it at once.
        Ok((Some(topic.ok_or_else(|| TopicError::Unknown(id.to_string()))?), count))
    }

    /// Deletes a topic; its name is free at once, its data goes at the next checkpoint.
    ///
    /// # Errors
    /// When it does not exist, or metadata cannot be written.
    pub async fn delete_topic(
        &self,
        tenant: TenantId,
        name: &str,
    ) -> Result<Arc<Topic>, TopicError> {
        let topic = self.topic(tenant, name).ok_or_else(|| TopicError::Unknown(name.to_owned()))?;
        self.commit(vec![MetaOp::DeleteTopic { id: topic.id }]).await?;
        Ok(topic)
    }

    /// Raises the number of partitions to `total`.
    ///
    /// # Errors
    /// When the topic does not exist, would shrink, or stays as it is.
    pub async fn add_partitions(
        &self,
        tenant: TenantId,
        name: &str,
        total: i32,
        validate_only: bool,
    ) -> Result<Arc<Topic>, TopicError> {
        let _one_at_a_time = self.changing.lock().await;
        let topic = self.topic(tenant, name).ok_or_else(|| TopicError::Unknown(name.to_owned()))?;
        let present = topic.partitions.len();
        self.check_count(tenant, present, total)?;
        let more = usize::try_from(total).unwrap_or(0).saturating_sub(present);
        if more == 0 {
            return Err(TopicError::Partitions(format!(
                "Topic currently has {present} partitions, which is not less than the requested {total}."
            )));
        }
        if validate_only {
            return Ok(topic);
        }
        let used: Vec<u32> = topic.partitions.iter().map(|p| p.pg.id.0).collect();
        let pgs = choose(&self.load(), &self.leaders(), &used, more);
        let op = MetaOp::AddPartitions { id: topic.id, present: Some(present), pgs };
        self.commit(vec![op]).await?;
        let grown = self.topic_with_id(tenant, topic.id);
        grown.ok_or_else(|| TopicError::Unknown(name.to_owned()))
    }

    /// Changes settings: `change` edits what is set now; the result is checked as a whole.
    ///
    /// # Errors
    /// When the topic does not exist or the result is refused; nothing is changed then.
    pub async fn change_configs(
        &self,
        tenant: TenantId,
        name: &str,
        validate_only: bool,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ConfigError> + Send,
    ) -> Result<(), TopicError> {
        let _one_at_a_time = self.changing.lock().await;
        let topic = self.topic(tenant, name).ok_or_else(|| TopicError::Unknown(name.to_owned()))?;
        let mut configs = topic.config().set.clone();
        change(&mut configs)?;
        let parsed = TopicConfig::parse(configs.clone())?;
        if !validate_only && parsed != *topic.config() {
            let was = Some(topic.config().set.clone());
            self.commit(vec![MetaOp::SetConfigs { id: topic.id, was, configs }]).await?;
        }
        Ok(())
    }

    fn check_count(&self, tenant: TenantId, present: usize, total: i32) -> Result<(), TopicError> {
        if !(1..=PARTITIONS_PER_TOPIC_MAX).contains(&total) {
            return Err(TopicError::Partitions(format!(
                "a topic has 1 to {PARTITIONS_PER_TOPIC_MAX} partitions, got {total}"
            )));
        }
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        if total < present {
            return Err(TopicError::Partitions(format!(
                "Topic currently has {present} partitions, which is higher than the requested {total}."
            )));
        }
        let of_tenant: usize = self.topics(tenant).iter().map(|t| t.partitions.len()).sum();
        if of_tenant - present + total > PARTITIONS_PER_TENANT_MAX {
            return Err(TopicError::Partitions(format!(
                "a cluster has at most {PARTITIONS_PER_TENANT_MAX} partitions; it has {of_tenant}"
            )));
        }
        Ok(())
    }

    fn leaders(&self) -> BTreeMap<u32, u64> {
        self.view.state().pgs().iter().map(|(pg, row)| (*pg, row.leader)).collect()
    }

    fn load(&self) -> BTreeMap<u32, usize> {
        let mut load: BTreeMap<u32, usize> = self.pgs.iter().map(|pg| (pg.id.0, 0)).collect();
        for topic in self.catalog.read().all() {
            for p in &topic.partitions {
                *load.entry(p.pg.id.0).or_default() += 1;
            }
        }
        load
    }

    /// Kafka's rule: not zero, not one, and no base64 form that begins with a dash.
    fn new_topic_id(&self) -> Uuid {
        loop {
            let id = uuid_v4(&*self.rng);
            // The first base64 character is the top six bits; `-` is 62 in the URL alphabet.
            if id.as_bytes()[0] >> 2 != 62 {
                return id;
            }
        }
    }
}

/// Leader epochs of a name never fall, recreation included: groups at or below the floor rise.
fn raise_epochs(state: &CellState, pgs: &[u32], floor: Option<i32>) -> Vec<MetaOp> {
    let Some(floor) = floor else { return Vec::new() };
    let mut low: Vec<u32> = pgs.to_vec();
    low.sort_unstable();
    low.dedup();
    low.retain(|pg| state.pgs().get(pg).is_none_or(|row| row.pg_epoch <= floor));
    low.into_iter().map(|pg| MetaOp::RaiseEpoch { pg, pg_epoch: floor + 1 }).collect()
}
