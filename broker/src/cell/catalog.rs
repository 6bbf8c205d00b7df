//! The topics that this cell serves, by tenant and name and by id.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arc_swap::ArcSwap;
use common_types::TenantId;
use storage::ids::PartitionId;
use storage::meta::TopicRow;
use storage::slot::ChunkKind;
use uuid::Uuid;

use crate::partition::{ConfigError, Partition, Pg, TopicConfig};
use crate::usage::TopicUse;

/// One topic. Replaced as a whole when it grows; its partitions live on.
#[derive(Debug)]
pub struct Topic {
    /// Whose topic.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: Uuid,
    /// As asked at creation.
    pub replication_factor: i16,
    pub(crate) config: Arc<ArcSwap<TopicConfig>>,
    pub(crate) partitions: Vec<Arc<Partition>>,
    pub(crate) used: Arc<TopicUse>,
}

impl Topic {
    /// A topic as metadata has it.
    pub(super) fn from_row(row: &TopicRow, pgs: &[Arc<Pg>]) -> Result<Self, ConfigError> {
        let mut topic = Self {
            tenant: row.tenant,
            name: row.name.clone(),
            id: row.id,
            replication_factor: row.replication_factor,
            config: Arc::new(ArcSwap::from_pointee(TopicConfig::parse(row.configs.clone())?)),
            partitions: Vec::new(),
            used: Arc::default(),
        };
        topic.grow(&row.pgs, pgs);
        Ok(topic)
    }

    /// The same topic as its row is now. Settings change in place, for everyone who holds the topic.
    pub(super) fn changed(&self, row: &TopicRow, pgs: &[Arc<Pg>]) -> Result<Self, ConfigError> {
        if self.config().set != row.configs {
            self.config.store(Arc::new(TopicConfig::parse(row.configs.clone())?));
        }
        let mut topic = Self {
            tenant: self.tenant,
            name: self.name.clone(),
            id: self.id,
            replication_factor: self.replication_factor,
            config: Arc::clone(&self.config),
            partitions: self.partitions.clone(),
            used: Arc::clone(&self.used),
        };
        topic.grow(row.pgs.get(self.partitions.len()..).unwrap_or_default(), pgs);
        Ok(topic)
    }

    fn grow(&mut self, more: &[u32], pgs: &[Arc<Pg>]) {
        for pg in more.iter().filter_map(|pg| pgs.get(*pg as usize)) {
            let index = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX);
            let id = PartitionId { tenant: self.tenant, topic: self.id, index };
            self.partitions.push(Arc::new(Partition::new(id, Arc::clone(pg), ChunkKind::Data)));
        }
    }

    /// One partition.
    #[must_use]
    pub fn partition(&self, index: i32) -> Option<&Arc<Partition>> {
        usize::try_from(index).ok().and_then(|i| self.partitions.get(i))
    }

    /// All partitions, by index.
    #[must_use]
    pub fn partitions(&self) -> &[Arc<Partition>] {
        &self.partitions
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> Arc<TopicConfig> {
        self.config.load_full()
    }
}

/// All topics.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    tenants: BTreeSet<TenantId>,
    by_name: HashMap<TenantId, BTreeMap<String, Arc<Topic>>>,
    by_id: HashMap<Uuid, Arc<Topic>>,
}

impl Catalog {
    pub(super) fn put_tenant(&mut self, tenant: TenantId) {
        self.tenants.insert(tenant);
    }

    pub(super) fn has_tenant(&self, tenant: TenantId) -> bool {
        self.tenants.contains(&tenant)
    }

    pub(super) fn put(&mut self, topic: Arc<Topic>) {
        let names = self.by_name.entry(topic.tenant).or_default();
        names.insert(topic.name.clone(), Arc::clone(&topic));
        self.by_id.insert(topic.id, topic);
    }

    pub(super) fn remove(&mut self, id: Uuid) -> Option<Arc<Topic>> {
        let topic = self.by_id.remove(&id)?;
        if let Some(names) = self.by_name.get_mut(&topic.tenant)
            // The name may belong to a younger topic by now.
            && names.get(&topic.name).is_some_and(|t| t.id == id)
        {
            names.remove(&topic.name);
        }
        Some(topic)
    }

    pub(super) fn tenants(&self) -> BTreeSet<TenantId> {
        self.tenants.clone()
    }

    pub(super) fn remove_tenant(&mut self, tenant: TenantId) -> Vec<Arc<Topic>> {
        self.tenants.remove(&tenant);
        let topics: Vec<_> =
            self.by_name.remove(&tenant).unwrap_or_default().into_values().collect();
        topics.iter().for_each(|t| {
            self.by_id.remove(&t.id);
        });
        topics
    }

    pub(super) fn named(&self, tenant: TenantId, name: &str) -> Option<&Arc<Topic>> {
        self.by_name.get(&tenant)?.get(name)
    }

    /// A topic by id, for its own tenant only.
    pub(super) fn with_id(&self, tenant: TenantId, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id).filter(|t| t.tenant == tenant)
    }

    pub(super) fn of_tenant(&self, tenant: TenantId) -> impl Iterator<Item = &Arc<Topic>> {
        self.by_name.get(&tenant).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn any_with_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// All topics, by tenant and name.
    pub(super) fn all(&self) -> Vec<Arc<Topic>> {
        let mut topics: Vec<_> = self.by_id.values().cloned().collect();
        topics.sort_by(|a, b| (a.tenant, &a.name).cmp(&(b.tenant, &b.name)));
        topics
    }
}
