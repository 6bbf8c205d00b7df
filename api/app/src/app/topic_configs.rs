use common_types::acl::{Operation, ResourceType};

use super::App;
use super::topics::TopicError;
use crate::authz::Caller;
use crate::ports::{ConfigChange, ConfigEntry, ConfigSource, DataPlaneError};

impl App {
    /// Every configuration of a topic, by name.
    ///
    /// # Errors
    /// Not found; a missing role; the cell.
    pub async fn topic_configs(
        &self,
        caller: &Caller,
        cluster: &str,
        topic: &str,
    ) -> Result<Vec<ConfigEntry>, TopicError> {
        let tenant = self.served(caller, cluster, topic, Operation::DescribeConfigs).await?;
        Ok(self.parts.data_plane.topic_configs(tenant, topic.to_owned()).await?)
    }

    /// The configurations of every topic whose configurations the caller may see, by topic: none before
    /// the cluster is there.
    ///
    /// # Errors
    /// Not found; the cell.
    pub async fn all_topic_configs(
        &self,
        caller: &Caller,
        cluster: &str,
    ) -> Result<Vec<(String, Vec<ConfigEntry>)>, TopicError> {
        let access = self.kafka_access(caller, cluster).await?;
        if !access.is_served() {
            return Ok(Vec::new());
        }
        let (tenant, cell) = (access.tenant()?, &self.parts.data_plane);
        let mut all = Vec::new();
        for topic in cell.list_topics(tenant).await? {
            if !access.permits(Operation::DescribeConfigs, ResourceType::Topic, &topic.name) {
                continue;
            }
            match cell.topic_configs(tenant, topic.name.clone()).await {
                Ok(entries) => all.push((topic.name, entries)),
                // It was deleted since it was listed.
                Err(DataPlaneError::UnknownTopic(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }

    /// The configurations as they would be without any override for this topic.
    ///
    /// # Errors
    /// Not found; a missing role; the cell.
    pub async fn topic_default_configs(
        &self,
        caller: &Caller,
        cluster: &str,
        topic: &str,
    ) -> Result<Vec<ConfigEntry>, TopicError> {
        let entries = self.topic_configs(caller, cluster, topic).await?;
        Ok(entries.into_iter().map(without_override).collect())
    }

    /// One configuration of a topic.
    ///
    /// # Errors
    /// Not found; a missing role; the cell.
    pub async fn topic_config(
        &self,
        caller: &Caller,
        cluster: &str,
        topic: &str,
        name: &str,
    ) -> Result<ConfigEntry, TopicError> {
        let entries = self.topic_configs(caller, cluster, topic).await?;
        let found = entries.into_iter().find(|entry| entry.name == name);
        found.ok_or_else(|| crate::failures::not_found("configuration", name).into())
    }

    /// Changes configurations: all or none. No change at all is none.
    ///
    /// # Errors
    /// Not found; an unknown name or bad value; a missing role; the cell.
    pub async fn alter_topic_configs(
        &self,
        caller: &Caller,
        cluster: &str,
        topic: &str,
        changes: Vec<ConfigChange>,
        validate_only: bool,
    ) -> Result<(), TopicError> {
        let tenant = self.served(caller, cluster, topic, Operation::AlterConfigs).await?;
        if changes.is_empty() {
            // Clients that are about to add partitions send no change first: it says whether the topic is there.
            self.topic_configs(caller, cluster, topic).await?;
            return Ok(());
        }
        if !validate_only {
            self.audit_outside().await?;
        }
        let cell = &self.parts.data_plane;
        Ok(cell.alter_topic_configs(tenant, topic.to_owned(), changes, validate_only).await?)
    }
}

fn without_override(mut entry: ConfigEntry) -> ConfigEntry {
    entry.synonyms.retain(|synonym| synonym.source != ConfigSource::DynamicTopic);
    if entry.source == ConfigSource::DynamicTopic {
        let default = entry.synonyms.first();
        entry.value = default.and_then(|synonym| synonym.value.clone());
        entry.source = default.map_or(ConfigSource::Default, |synonym| synonym.source);
    }
    entry.is_default = true;
    entry
}
