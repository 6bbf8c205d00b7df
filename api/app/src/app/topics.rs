use common_errors::Error;
use common_types::acl::{Operation, ResourceType};
use common_types::limits::PARTITIONS_PER_TOPIC_MAX;
use common_types::{TenantId, check_topic_name};

use super::App;
use super::kafka_access::KafkaAccess;
use crate::authz::Caller;
use crate::failures::from_repo;
use crate::model::{Cluster, DesiredTopic};
use crate::ports::{DataPlaneError, Kept, NewTopic, PartitionInfo, TopicInfo};

/// Why a topic operation failed: before the cell was asked, or at the cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Before the cell was asked.
    #[error(transparent)]
    Refused(#[from] Error),
    /// At the cell.
    #[error(transparent)]
    Cell(#[from] DataPlaneError),
}

/// A topic: there, or waiting for its cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Unique within the cluster.
    pub name: String,
    /// Whether the system owns it.
    pub is_internal: bool,
    /// Number of partitions; what was asked for while it waits.
    pub partitions: i32,
    /// As asked, else the cell's default.
    pub replication_factor: i32,
    /// Whether it is there.
    pub state: TopicState,
    /// What the caller may do with it, where one topic is asked for.
    pub operations: Vec<Operation>,
}

/// Whether a topic is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicState {
    /// The cell serves it.
    Served,
    /// A pass will create it when the cluster is there.
    Pending,
    /// The cell refused it for good.
    Failed(String),
}

/// What an answer shows while a topic waits and the client named no number.
const DEFAULT_PARTITIONS_SHOWN: i32 = 6;
const DEFAULT_REPLICATION_SHOWN: i32 = 3;

impl From<TopicInfo> for Topic {
    fn from(info: TopicInfo) -> Self {
        Self {
            name: info.name,
            is_internal: info.is_internal,
            partitions: info.partitions,
            replication_factor: info.replication_factor,
            state: TopicState::Served,
            operations: Vec::new(),
        }
    }
}

impl From<DesiredTopic> for Topic {
    fn from(row: DesiredTopic) -> Self {
        Self {
            name: row.name,
            is_internal: false,
            partitions: row.partitions.filter(|n| *n > 0).unwrap_or(DEFAULT_PARTITIONS_SHOWN),
            replication_factor: row
                .replication_factor
                .filter(|n| *n > 0)
                .unwrap_or(DEFAULT_REPLICATION_SHOWN),
            state: row.failure.map_or(TopicState::Pending, TopicState::Failed),
            operations: Vec::new(),
        }
    }
}

impl App {
    /// All topics that the caller may see, by name: none without a role and without ACLs.
    ///
    /// # Errors
    /// Not found; the store; the cell.
    pub async fn topics(&self, caller: &Caller, cluster: &str) -> Result<Vec<Topic>, TopicError> {
        let access = self.kafka_access(caller, cluster).await?;
        let desired = self.parts.repo.desired_topics(access.row.org(), access.row.id.clone()).await;
        let desired = desired.map_err(from_repo)?;
        let mut topics: Vec<Topic> = desired.into_iter().map(Topic::from).collect();
        if access.is_served() {
            let served = self.parts.data_plane.list_topics(access.tenant()?).await?;
            topics.retain(|waiting| served.iter().all(|info| info.name != waiting.name));
            topics.extend(served.into_iter().map(Topic::from));
        }
        topics
            .retain(|topic| access.permits(Operation::Describe, ResourceType::Topic, &topic.name));
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// One topic.
    ///
    /// # Errors
    /// Not found; a missing role; the cell.
    pub async fn topic(
        &self,
        caller: &Caller,
        cluster: &str,
        name: &str,
    ) -> Result<Topic, TopicError> {
        let access = self.kafka_access(caller, cluster).await?;
        access.topic(Operation::Describe, name)?;
        let operations = access.topic_operations(name);
        let shown = |topic: Topic| Topic { operations, ..topic };
        if access.is_served() {
            match self.parts.data_plane.topic(access.tenant()?, name.to_owned()).await {
                Ok(info) => return Ok(shown(info.into())),
                Err(DataPlaneError::UnknownTopic(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let waiting = self.desired_topic(&access.row, name).await?;
        waiting.map(Topic::from).map(shown).ok_or_else(|| unknown_topic(name))
    }

    /// Creates a topic, or keeps it for later while the cluster is provisioning.
    ///
    /// # Errors
    /// A bad value; a taken name; a missing role; the cell.
    pub async fn create_topic(
        &self,
        caller: &Caller,
        cluster: &str,
        new: NewTopic,
    ) -> Result<Topic, TopicError> {
        let access = self.kafka_access(caller, cluster).await?;
        access.creation(&new.name)?;
        let operations = access.topic_operations(&new.name);
        let made = self.make_topic(&access, new).await?;
        Ok(Topic { operations, ..made })
    }

    async fn make_topic(&self, access: &KafkaAccess, new: NewTopic) -> Result<Topic, TopicError> {
        let row = &access.row;
        if access.is_served() {
            if !new.validate_only {
                self.audit_outside().await?;
            }
            let made = self.parts.data_plane.create_topic(access.tenant()?, new.clone()).await?;
            if !new.validate_only {
                // A refused wish with this name is fulfilled.
                let forgotten = self.parts.repo.delete_desired_topic(
                    access.row.org(),
                    row.id.clone(),
                    new.name,
                );
                forgotten.await.map_err(from_repo)?;
            }
            return Ok(made.into());
        }
        check_new(&new)?;
        let waiting = self.desired_topic(row, &new.name).await?;
        if waiting.is_some_and(|topic| topic.failure.is_none()) {
            return Err(DataPlaneError::TopicExists(new.name).into());
        }
        let desired = DesiredTopic {
            cluster_id: row.id.clone(),
            name: new.name.clone(),
            partitions: new.partitions,
            replication_factor: new.replication_factor,
            configs: new.configs.clone(),
            failure: None,
            created_us: self.now_us(),
        };
        if new.validate_only {
            return Ok(desired.into());
        }
        match self
            .parts
            .repo
            .insert_desired_topic(access.row.org(), desired.clone())
            .await
            .map_err(from_repo)?
        {
            Kept::Desired => {
                self.wake_reconciler();
                Ok(desired.into())
            }
            Kept::ClusterServes => {
                self.audit_outside().await?;
                Ok(self.parts.data_plane.create_topic(access.tenant()?, new).await?.into())
            }
        }
    }

    /// Deletes a topic, also one that waits.
    ///
    /// # Errors
    /// Not found; a missing role; the cell.
    pub async fn delete_topic(
        &self,
        caller: &Caller,
        cluster: &str,
        name: &str,
    ) -> Result<(), TopicError> {
        let access = self.kafka_access(caller, cluster).await?;
        access.topic(Operation::Delete, name)?;
        if access.is_served() {
            self.audit_outside().await?;
        }
        let id = access.row.id.clone();
        let forgotten =
            self.parts.repo.delete_desired_topic(access.row.org(), id, name.to_owned()).await;
        let forgotten = forgotten.map_err(from_repo)?;
        if !access.is_served() {
            return if forgotten { Ok(()) } else { Err(unknown_topic(name)) };
        }
        match self.parts.data_plane.delete_topic(access.tenant()?, name.to_owned()).await {
            Err(DataPlaneError::UnknownTopic(_)) if forgotten => Ok(()),
            other => Ok(other?),
        }
    }

    /// Raises the number of partitions.
    ///
    /// # Errors
    /// Not found; a number that is not larger; a missing role; the cell.
    pub async fn create_partitions(
        &self,
        caller: &Caller,
        cluster: &str,
        name: &str,
        total: i32,
    ) -> Result<Topic, TopicError> {
        let tenant = self.served(caller, cluster, name, Operation::Alter).await?;
        self.audit_outside().await?;
        let info = self.parts.data_plane.create_partitions(tenant, name.to_owned(), total).await?;
        Ok(info.into())
    }

    /// The partitions of a topic: none while it waits.
    ///
    /// # Errors
    /// Not found; a missing role; the cell.
    pub async fn partitions(
        &self,
        caller: &Caller,
        cluster: &str,
        name: &str,
    ) -> Result<Vec<PartitionInfo>, TopicError> {
        let access = self.kafka_access(caller, cluster).await?;
        access.topic(Operation::Describe, name)?;
        if !access.is_served() {
            let waiting = self.desired_topic(&access.row, name).await?;
            return waiting.map(|_| Vec::new()).ok_or_else(|| unknown_topic(name));
        }
        Ok(self.parts.data_plane.partitions(access.tenant()?, name.to_owned()).await?)
    }

    /// The tenant of a topic that must be served for what comes next, once the caller may do it.
    pub(crate) async fn served(
        &self,
        caller: &Caller,
        cluster: &str,
        name: &str,
        operation: Operation,
    ) -> Result<TenantId, TopicError> {
        let access = self.kafka_access(caller, cluster).await?;
        access.topic(operation, name)?;
        if access.is_served() {
            return Ok(access.tenant()?);
        }
        self.desired_topic(&access.row, name).await?.ok_or_else(|| unknown_topic(name))?;
        Err(DataPlaneError::Unavailable(format!("cluster {cluster} is provisioning")).into())
    }

    pub(crate) async fn desired_topic(
        &self,
        row: &Cluster,
        name: &str,
    ) -> Result<Option<DesiredTopic>, TopicError> {
        let all =
            self.parts.repo.desired_topics(row.org(), row.id.clone()).await.map_err(from_repo)?;
        Ok(all.into_iter().find(|topic| topic.name == name))
    }
}

fn unknown_topic(name: &str) -> TopicError {
    DataPlaneError::UnknownTopic(name.to_owned()).into()
}

/// What can be said about a new topic before its cell is there.
fn check_new(new: &NewTopic) -> Result<(), DataPlaneError> {
    check_topic_name(&new.name).map_err(|e| DataPlaneError::InvalidTopicName(e.to_string()))?;
    if new.partitions.is_some_and(|n| n != -1 && !(1..=PARTITIONS_PER_TOPIC_MAX).contains(&n)) {
        let detail = format!("partitions_count must be 1 to {PARTITIONS_PER_TOPIC_MAX}");
        return Err(DataPlaneError::InvalidPartitions(detail));
    }
    if new.replication_factor.is_some_and(|n| n != -1 && n < 1) {
        let detail = "replication_factor must be at least 1".to_owned();
        return Err(DataPlaneError::InvalidReplicationFactor(detail));
    }
    Ok(())
}
