//! The broker's cell behind the ports of the control plane.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_app::{
    AccessPublisher, ConfigChange, ConfigEntry, ConfigSource, ConfigSynonym, DataPlane,
    DataPlaneError, NewTopic, PartitionInfo, PublishError, Readings, TopicInfo,
};
use broker::cell::TopicError;
use broker::member::Member;
use broker::partition::{CONFIGS, ConfigDef, ConfigError};
use broker::server::Server;
use common_types::TenantId;
use common_types::access::{AccessChange, AccessSnapshot};
use futures_util::future::BoxFuture;

use super::meter;

/// A cell as the control plane sees it.
///
/// Deletions go through the server, which also forgets what groups remember.
#[derive(Debug, Clone)]
pub(super) struct CellPort(Arc<Server>, Option<Arc<Member>>);

impl CellPort {
    /// `member` where the cell has other brokers, which are told who may do what.
    pub(super) fn new(server: Arc<Server>, member: Option<Arc<Member>>) -> Self {
        Self(server, member)
    }

    fn find(
        &self,
        tenant: TenantId,
        name: &str,
    ) -> Result<Arc<broker::cell::Topic>, DataPlaneError> {
        self.require(tenant)?;
        self.0
            .cell()
            .topic(tenant, name)
            .ok_or_else(|| DataPlaneError::UnknownTopic(name.to_owned()))
    }

    fn require(&self, tenant: TenantId) -> Result<(), DataPlaneError> {
        if self.0.cell().has_tenant(tenant) {
            Ok(())
        } else {
            Err(DataPlaneError::UnknownTenant(tenant))
        }
    }

    async fn create(&self, tenant: TenantId, new: NewTopic) -> Result<TopicInfo, DataPlaneError> {
        let replication_factor = factor(new.replication_factor)?;
        let name = new.name.clone();
        let configs = new.configs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let wish = broker::cell::NewTopic {
            name: new.name,
            partitions: new.partitions.filter(|count| *count != -1),
            replication_factor,
            configs: configs.collect(),
            validate_only: new.validate_only,
        };
        let (topic, partitions) =
            self.0.cell().create_topic(tenant, wish).await.map_err(refused)?;
        Ok(match topic {
            Some(topic) => info(&topic),
            None => TopicInfo {
                name,
                id: uuid::Uuid::nil(),
                is_internal: false,
                partitions,
                replication_factor: i32::from(replication_factor.unwrap_or(3)),
            },
        })
    }

    async fn alter(
        &self,
        tenant: TenantId,
        name: &str,
        changes: Vec<ConfigChange>,
        validate_only: bool,
    ) -> Result<(), DataPlaneError> {
        self.require(tenant)?;
        let apply = |configs: &mut BTreeMap<String, String>| {
            for change in changes {
                match change {
                    ConfigChange::Set { name, value } => configs.insert(name, value),
                    ConfigChange::Delete { name } => {
                        known(&name)?;
                        configs.remove(&name)
                    }
                };
            }
            Ok(())
        };
        self.0.cell().change_configs(tenant, name, validate_only, apply).await.map_err(refused)
    }
}

impl DataPlane for CellPort {
    fn tenant_exists(&self, tenant: TenantId) -> BoxFuture<'_, Result<bool, DataPlaneError>> {
        Box::pin(async move { Ok(self.0.cell().has_tenant(tenant)) })
    }

    fn ensure_tenant(&self, tenant: TenantId) -> BoxFuture<'_, Result<(), DataPlaneError>> {
        Box::pin(async move { self.0.cell().ensure_tenant(tenant).await.map_err(refused) })
    }

    fn remove_tenant(&self, tenant: TenantId) -> BoxFuture<'_, Result<(), DataPlaneError>> {
        Box::pin(async move { self.0.cell().remove_tenant(tenant).await.map_err(refused) })
    }

    fn create_topic(
        &self,
        tenant: TenantId,
        topic: NewTopic,
    ) -> BoxFuture<'_, Result<TopicInfo, DataPlaneError>> {
        Box::pin(self.create(tenant, topic))
    }

    fn list_topics(
        &self,
        tenant: TenantId,
    ) -> BoxFuture<'_, Result<Vec<TopicInfo>, DataPlaneError>> {
        Box::pin(async move {
            self.require(tenant)?;
            Ok(self.0.cell().topics(tenant).iter().map(|topic| info(topic)).collect())
        })
    }

    fn topic(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<TopicInfo, DataPlaneError>> {
        Box::pin(async move { self.find(tenant, &name).map(|topic| info(&topic)) })
    }

    fn delete_topic(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<(), DataPlaneError>> {
        Box::pin(async move {
            self.require(tenant)?;
            self.0.cell().delete_topic(tenant, &name).await.map(|_| ()).map_err(refused)
        })
    }

    fn create_partitions(
        &self,
        tenant: TenantId,
        name: String,
        total: i32,
    ) -> BoxFuture<'_, Result<TopicInfo, DataPlaneError>> {
        Box::pin(async move {
            self.require(tenant)?;
            let grown = self.0.cell().add_partitions(tenant, &name, total, false).await;
            grown.map(|topic| info(&topic)).map_err(refused)
        })
    }

    fn topic_configs(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<Vec<ConfigEntry>, DataPlaneError>> {
        Box::pin(async move {
            let set = self.find(tenant, &name)?.config();
            Ok(CONFIGS.iter().map(|def| entry(def, set.set.get(def.name))).collect())
        })
    }

    fn alter_topic_configs(
        &self,
        tenant: TenantId,
        name: String,
        changes: Vec<ConfigChange>,
        validate_only: bool,
    ) -> BoxFuture<'_, Result<(), DataPlaneError>> {
        Box::pin(async move { self.alter(tenant, &name, changes, validate_only).await })
    }

    fn partitions(
        &self,
        tenant: TenantId,
        name: String,
    ) -> BoxFuture<'_, Result<Vec<PartitionInfo>, DataPlaneError>> {
        Box::pin(async move {
            let topic = self.find(tenant, &name)?;
            let leaders = topic.partitions().iter().map(|p| self.0.cell().leader_of(p.pg()));
            let info = |(index, leader): (i32, Option<i32>)| PartitionInfo {
                index,
                leader,
                replicas: leader.into_iter().collect(),
                isr: leader.into_iter().collect(),
            };
            Ok((0..).zip(leaders.map(|l| l.map(|broker| broker.id))).map(info).collect())
        })
    }
}

impl CellPort {
    /// What all brokers of the cell count.
    pub(super) async fn readings(&self) -> Readings {
        let (mut told, mut is_complete) = match &self.1 {
            Some(member) => member.usage_of_others().await,
            None => (Vec::new(), true),
        };
        // A broker that gains something at this moment is not asked again.
        is_complete &= self.0.cell().serves_its_share();
        told.push(self.0.cell().usage());
        Readings { readings: told.iter().flat_map(meter::readings).collect(), is_complete }
    }
}

impl AccessPublisher for CellPort {
    fn publish(&self, snapshot: AccessSnapshot) -> BoxFuture<'_, Result<(), PublishError>> {
        Box::pin(async move {
            match &self.1 {
                Some(member) => member.publish_access(snapshot).await,
                None => {
                    self.0.cell().publish_access(snapshot);
                }
            }
            Ok(())
        })
    }

    fn change(&self, change: AccessChange) -> BoxFuture<'_, Result<bool, PublishError>> {
        Box::pin(async move {
            Ok(match &self.1 {
                Some(member) => member.change_access(change).await,
                None => self.0.cell().change_access(change).is_some(),
            })
        })
    }
}

fn info(topic: &broker::cell::Topic) -> TopicInfo {
    TopicInfo {
        name: topic.name.clone(),
        id: topic.id,
        is_internal: false,
        partitions: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
        replication_factor: i32::from(topic.replication_factor),
    }
}

fn entry(def: &ConfigDef, set: Option<&String>) -> ConfigEntry {
    let own = set.map(|value| ConfigSynonym {
        name: def.name.to_owned(),
        value: Some(value.clone()),
        source: ConfigSource::DynamicTopic,
    });
    let built_in = ConfigSynonym {
        name: def.name.to_owned(),
        value: Some(def.default.to_owned()),
        source: ConfigSource::Default,
    };
    let synonyms: Vec<ConfigSynonym> = own.into_iter().chain([built_in]).collect();
    ConfigEntry {
        name: def.name.to_owned(),
        value: synonyms.first().and_then(|strongest| strongest.value.clone()),
        is_default: set.is_none(),
        is_read_only: false,
        is_sensitive: false,
        source: if set.is_some() { ConfigSource::DynamicTopic } else { ConfigSource::Default },
        synonyms,
    }
}

fn factor(asked: Option<i32>) -> Result<Option<i16>, DataPlaneError> {
    match asked {
        None | Some(-1) => Ok(None),
        Some(factor) => match i16::try_from(factor) {
            Ok(factor) if factor > 0 => Ok(Some(factor)),
            Ok(_) | Err(_) => Err(DataPlaneError::InvalidReplicationFactor(format!(
                "a replication factor is 1 or more, got {factor}"
            ))),
        },
    }
}

fn known(name: &str) -> Result<(), ConfigError> {
    if CONFIGS.iter().any(|def| def.name == name) {
        Ok(())
    } else {
        Err(ConfigError::Unknown(name.to_owned()))
    }
}

fn refused(error: TopicError) -> DataPlaneError {
    let text = error.to_string();
    match error {
        TopicError::Name(_) => DataPlaneError::InvalidTopicName(text),
        TopicError::Config(_) => DataPlaneError::InvalidConfig(text),
        TopicError::Exists(name) => DataPlaneError::TopicExists(name),
        TopicError::Unknown(name) => DataPlaneError::UnknownTopic(name),
        TopicError::UnknownTenant(tenant) => DataPlaneError::UnknownTenant(tenant),
        TopicError::Partitions(_) => DataPlaneError::InvalidPartitions(text),
        TopicError::Storage(_) => DataPlaneError::Unavailable(text),
    }
}
