use common_errors::Error;
use common_types::acl::{Operation, ResourceType};

use super::App;
use super::kafka_access::KafkaAccess;
use super::topics::TopicError;
use crate::authz::Caller;
use crate::failures::not_found;
use crate::ports::{GroupInfo, GroupMember, GroupOffset, KeyOwner};

/// How far a group is behind in a partition, and who reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// Where the group is.
    pub offset: GroupOffset,
    /// Who reads the partition now.
    pub member: Option<GroupMember>,
}

impl Lag {
    /// Records that are written and not read.
    #[must_use]
    pub fn records(&self) -> i64 {
        (self.offset.end - self.offset.committed).max(0)
    }
}

impl App {
    /// The groups that the caller may see, by id: none before the cluster is there.
    ///
    /// # Errors
    /// Not found; the brokers.
    pub async fn groups(
        &self,
        caller: &Caller,
        cluster: &str,
    ) -> Result<Vec<GroupInfo>, TopicError> {
        match self.key_owner(caller, cluster).await? {
            Some(who) => Ok(self.parts.kafka.groups(who).await?),
            None => Ok(Vec::new()),
        }
    }

    /// One group with its members.
    ///
    /// # Errors
    /// Not found; a missing right; the brokers.
    pub async fn group(
        &self,
        caller: &Caller,
        cluster: &str,
        id: &str,
    ) -> Result<GroupInfo, TopicError> {
        let found = match self.group_reader(caller, cluster, id).await? {
            Some(who) => self.parts.kafka.group(who, id.to_owned()).await?,
            None => None,
        };
        found.ok_or_else(|| not_found("consumer group", id).into())
    }

    /// One member of a group.
    ///
    /// # Errors
    /// Not found; a missing right; the brokers.
    pub async fn group_member(
        &self,
        caller: &Caller,
        cluster: &str,
        group: &str,
        id: &str,
    ) -> Result<GroupMember, TopicError> {
        let members = self.group(caller, cluster, group).await?.members;
        let found = members.into_iter().find(|member| member.id == id);
        found.ok_or_else(|| not_found("consumer", id).into())
    }

    /// How far a group is behind, by topic and partition.
    ///
    /// # Errors
    /// Not found; a missing right; the brokers.
    pub async fn lags(
        &self,
        caller: &Caller,
        cluster: &str,
        group: &str,
    ) -> Result<Vec<Lag>, TopicError> {
        let members = self.group(caller, cluster, group).await?.members;
        let offsets = match self.group_reader(caller, cluster, group).await? {
            Some(who) => self.parts.kafka.offsets(who, group.to_owned()).await?,
            None => Vec::new(),
        };
        let reader = |offset: &GroupOffset| {
            let reads = |member: &&GroupMember| {
                let mut parts = member.assignment.iter();
                parts.any(|(topic, index)| *topic == offset.topic && *index == offset.partition)
            };
            members.iter().find(reads).cloned()
        };
        Ok(offsets.into_iter().map(|offset| Lag { member: reader(&offset), offset }).collect())
    }

    /// For whom brokers are asked; `None` while the cluster is not served.
    pub(crate) async fn key_owner(
        &self,
        caller: &Caller,
        cluster: &str,
    ) -> Result<Option<KeyOwner>, Error> {
        self.owner_of(&self.kafka_access(caller, cluster).await?, caller).await
    }

    /// The same; brokers decide whether the caller may see the group.
    async fn group_reader(
        &self,
        caller: &Caller,
        cluster: &str,
        group: &str,
    ) -> Result<Option<KeyOwner>, Error> {
        let access = self.kafka_access(caller, cluster).await?;
        access.note(Operation::Describe, ResourceType::Group, group);
        self.owner_of(&access, caller).await
    }

    async fn owner_of(
        &self,
        access: &KafkaAccess,
        caller: &Caller,
    ) -> Result<Option<KeyOwner>, Error> {
        if !access.is_served() {
            return Ok(None);
        }
        let key = self.broker_key(caller, &access.row.id).await?;
        Ok(Some(KeyOwner { tenant: access.tenant()?, key }))
    }
}
