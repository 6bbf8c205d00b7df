//! A cell in memory, with faults on demand.

use std::collections::BTreeMap;

use api_app::{
    BrokerInfo, ConfigChange, ConfigEntry, ConfigSource, ConfigSynonym, DataPlane, DataPlaneError,
    GroupInfo, GroupOffset, KafkaClient, KeyOwner, Meter, NewRecord, NewTopic, PartitionInfo,
    Readings, RecordError, TopicInfo, Written,
};
use common_types::{TenantId, check_topic_name};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use uuid::Uuid;

type Answer<'a, T> = BoxFuture<'a, Result<T, DataPlaneError>>;

#[derive(Debug, Clone)]
struct Topic {
    info: TopicInfo,
    configs: BTreeMap<String, String>,
}

/// What goes wrong with the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails and has no effect.
    Before,
    /// It fails although it had its effect: the answer was lost.
    After,
}

#[derive(Debug, Default)]
struct State {
    tenants: BTreeMap<TenantId, BTreeMap<String, Topic>>,
    /// Consumed one by one by changes.
    faults: Vec<Option<Fault>>,
    changes: u64,
    groups: BTreeMap<String, (GroupInfo, Vec<GroupOffset>)>,
    /// By topic, with the partition of each.
    records: BTreeMap<String, Vec<(i32, NewRecord)>>,
    readings: Option<Readings>,
}

/// The cell.
#[derive(Debug, Default)]
pub(crate) struct FakeDataPlane(Mutex<State>);

const DEFAULTS: [(&str, &str); 2] = [("cleanup.policy", "delete"), ("retention.ms", "604800000")];

impl FakeDataPlane {
    /// Lets the next changes fail in this order.
    pub(crate) fn plan_faults(&self, faults: Vec<Option<Fault>>) {
        self.0.lock().faults = faults;
    }

    /// How many changes took effect.
    pub(crate) fn changes(&self) -> u64 {
        self.0.lock().changes
    }

    /// Tenants with the names of their topics.
    pub(crate) fn content(&self) -> BTreeMap<String, Vec<String>> {
        let state = self.0.lock();
        let names = |topics: &BTreeMap<String, Topic>| topics.keys().cloned().collect();
        state.tenants.iter().map(|(id, topics)| (id.to_string(), names(topics))).collect()
    }

    /// Puts a group there, for every tenant.
    #[allow(dead_code, reason = "not every suite that has this file has groups")]
    pub(crate) fn put_group(&self, group: GroupInfo, offsets: Vec<GroupOffset>) {
        self.0.lock().groups.insert(group.id.clone(), (group, offsets));
    }

    /// What was written to a topic.
    #[allow(dead_code, reason = "not every suite that has this file has records")]
    pub(crate) fn records(&self, topic: &str) -> Vec<NewRecord> {
        let state = self.0.lock();
        let records = state.records.get(topic).into_iter().flatten();
        records.map(|(_, record)| record.clone()).collect()
    }

    /// What the meter shows from now on; none while the cell is at rest.
    #[allow(dead_code, reason = "not every suite that has this file has metrics")]
    pub(crate) fn show(&self, readings: Option<Readings>) {
        self.0.lock().readings = readings;
    }

    fn read<T>(
        &self,
        tenant: TenantId,
        name: &str,
        f: impl FnOnce(&Topic) -> T,
    ) -> Result<T, DataPlaneError> {
        assert!(name != "panic", "a test asked for a panic");
        let state = self.0.lock();
        let topics = state.tenants.get(&tenant).ok_or(DataPlaneError::UnknownTenant(tenant))?;
        topics.get(name).map(f).ok_or_else(|| DataPlaneError::UnknownTopic(name.to_owned()))
    }

    fn change<T>(
        &self,
        f: impl FnOnce(&mut State) -> Result<T, DataPlaneError>,
    ) -> Result<T, DataPlaneError> {
        let mut state = self.0.lock();
        let fault = if state.faults.is_empty() { None } else { state.faults.remove(0) };
        let lost = || DataPlaneError::Unavailable("planned fault".to_owned());
        if fault == Some(Fault::Before) {
            return Err(lost());
        }
        let answer = f(&mut state);
        if answer.is_ok() {
            state.changes += 1;
        }
        if fault == Some(Fault::After) { Err(lost()) } else { answer }
    }
}

impl Meter for FakeDataPlane {
    fn read(&self) -> BoxFuture<'_, Option<Readings>> {
        Box::pin(async move { self.0.lock().readings.clone() })
    }
}

fn make(topics: &mut BTreeMap<String, Topic>, new: NewTopic) -> Result<TopicInfo, DataPlaneError> {
    check_topic_name(&new.name).map_err(|e| DataPlaneError::InvalidTopicName(e.to_string()))?;
    if topics.contains_key(&new.name) {
        return Err(DataPlaneError::TopicExists(new.name));
    }
    let partitions = new.partitions.unwrap_or(6);
    if partitions < 1 {
        let detail = format!("number of partitions must be larger than 0, got {partitions}");
        return Err(DataPlaneError::InvalidPartitions(detail));
    }
    let mut configs = BTreeMap::new();
    for (name, value) in new.configs {
        check_config(&name)?;
        if let Some(value) = value {
            configs.insert(name, value);
        }
    }
    let info = TopicInfo {
        name: new.name.clone(),
        id: Uuid::from_u128(1 + topics.len() as u128),
        is_internal: false,
        partitions,
        replication_factor: new.replication_factor.unwrap_or(3),
    };
    if !new.validate_only {
        topics.insert(new.name, Topic { info: info.clone(), configs });
    }
    Ok(info)
}

fn check_config(name: &str) -> Result<(), DataPlaneError> {
    if DEFAULTS.iter().any(|(known, _)| *known == name) {
        return Ok(());
    }
    Err(DataPlaneError::InvalidConfig(format!("unknown topic config name: {name}")))
}

fn entry(topic: &Topic, name: &str, default: &str) -> ConfigEntry {
    let mut synonyms = vec![ConfigSynonym {
        name: format!("log.{name}"),
        value: Some(default.to_owned()),
        source: ConfigSource::Default,
    }];
    let set = topic.configs.get(name);
    if let Some(value) = set {
        let source = ConfigSource::DynamicTopic;
        let own = ConfigSynonym { name: name.to_owned(), value: Some(value.clone()), source };
        synonyms.insert(0, own);
    }
    ConfigEntry {
        name: name.to_owned(),
        value: Some(set.map_or(default, String::as_str).to_owned()),
        is_default: set.is_none(),
        is_read_only: false,
        is_sensitive: false,
        source: if set.is_some() { ConfigSource::DynamicTopic } else { ConfigSource::Default },
        synonyms,
    }
}

impl DataPlane for FakeDataPlane {
    fn tenant_exists(&self, tenant: TenantId) -> Answer<'_, bool> {
        Box::pin(async move { Ok(self.0.lock().tenants.contains_key(&tenant)) })
    }

    fn ensure_tenant(&self, tenant: TenantId) -> Answer<'_, ()> {
        Box::pin(async move {
            self.change(|state| {
                state.tenants.entry(tenant).or_default();
                Ok(())
            })
        })
    }

    fn remove_tenant(&self, tenant: TenantId) -> Answer<'_, ()> {
        Box::pin(async move {
            self.change(|state| {
                state.tenants.remove(&tenant);
                Ok(())
            })
        })
    }

    fn create_topic(&self, tenant: TenantId, topic: NewTopic) -> Answer<'_, TopicInfo> {
        Box::pin(async move {
            self.change(|state| {
                let unknown = DataPlaneError::UnknownTenant(tenant);
                make(state.tenants.get_mut(&tenant).ok_or(unknown)?, topic)
            })
        })
    }

    fn list_topics(&self, tenant: TenantId) -> Answer<'_, Vec<TopicInfo>> {
        Box::pin(async move {
            let state = self.0.lock();
            let topics = state.tenants.get(&tenant).ok_or(DataPlaneError::UnknownTenant(tenant))?;
            Ok(topics.values().map(|topic| topic.info.clone()).collect())
        })
    }

    fn topic(&self, tenant: TenantId, name: String) -> Answer<'_, TopicInfo> {
        Box::pin(async move { self.read(tenant, &name, |topic| topic.info.clone()) })
    }

    fn delete_topic(&self, tenant: TenantId, name: String) -> Answer<'_, ()> {
        Box::pin(async move {
            self.change(|state| {
                let unknown = DataPlaneError::UnknownTenant(tenant);
                let topics = state.tenants.get_mut(&tenant).ok_or(unknown)?;
                topics.remove(&name).map(|_| ()).ok_or(DataPlaneError::UnknownTopic(name))
            })
        })
    }

    fn create_partitions(
        &self,
        tenant: TenantId,
        name: String,
        total: i32,
    ) -> Answer<'_, TopicInfo> {
        Box::pin(async move {
            self.change(|state| {
                let unknown = DataPlaneError::UnknownTenant(tenant);
                let topics = state.tenants.get_mut(&tenant).ok_or(unknown)?;
                let topic =
                    topics.get_mut(&name).ok_or(DataPlaneError::UnknownTopic(name.clone()))?;
                if total <= topic.info.partitions {
                    let detail =
                        format!("topic {name} has {} partitions already", topic.info.partitions);
                    return Err(DataPlaneError::InvalidPartitions(detail));
                }
                topic.info.partitions = total;
                Ok(topic.info.clone())
            })
        })
    }

    fn topic_configs(&self, tenant: TenantId, name: String) -> Answer<'_, Vec<ConfigEntry>> {
        Box::pin(async move {
            self.read(tenant, &name, |topic| {
                DEFAULTS.iter().map(|(name, default)| entry(topic, name, default)).collect()
            })
        })
    }

    fn alter_topic_configs(
        &self,
        tenant: TenantId,
        name: String,
        changes: Vec<ConfigChange>,
        validate_only: bool,
    ) -> Answer<'_, ()> {
        Box::pin(async move {
            self.change(|state| {
                let unknown = DataPlaneError::UnknownTenant(tenant);
                let topics = state.tenants.get_mut(&tenant).ok_or(unknown)?;
                let topic = topics.get_mut(&name).ok_or(DataPlaneError::UnknownTopic(name))?;
                for change in &changes {
                    match change {
                        ConfigChange::Set { name, .. } | ConfigChange::Delete { name } => {
                            check_config(name)?;
                        }
                    }
                }
                for change in changes.into_iter().filter(|_| !validate_only) {
                    match change {
                        ConfigChange::Set { name, value } => topic.configs.insert(name, value),
                        ConfigChange::Delete { name } => topic.configs.remove(&name),
                    };
                }
                Ok(())
            })
        })
    }

    fn partitions(&self, tenant: TenantId, name: String) -> Answer<'_, Vec<PartitionInfo>> {
        Box::pin(async move {
            self.read(tenant, &name, |topic| {
                let one = |index| PartitionInfo {
                    index,
                    leader: Some(0),
                    replicas: vec![0],
                    isr: vec![0],
                };
                (0..topic.info.partitions).map(one).collect()
            })
        })
    }
}

impl KafkaClient for FakeDataPlane {
    fn brokers(&self, _: KeyOwner) -> Answer<'_, Vec<BrokerInfo>> {
        let one = BrokerInfo { id: 0, host: "localhost".to_owned(), port: 9092 };
        Box::pin(async move { Ok(vec![one]) })
    }

    fn groups(&self, _: KeyOwner) -> Answer<'_, Vec<GroupInfo>> {
        let groups = self.0.lock().groups.values().map(|(group, _)| group.clone()).collect();
        Box::pin(async move { Ok(groups) })
    }

    fn group(&self, _: KeyOwner, id: String) -> Answer<'_, Option<GroupInfo>> {
        let found = self.0.lock().groups.get(&id).map(|(group, _)| group.clone());
        Box::pin(async move {
            if id == "forbidden" {
                return Err(DataPlaneError::Forbidden("it is not allowed".to_owned()));
            }
            Ok(found)
        })
    }

    fn offsets(&self, _: KeyOwner, id: String) -> Answer<'_, Vec<GroupOffset>> {
        let found = self.0.lock().groups.get(&id).map(|(_, offsets)| offsets.clone());
        Box::pin(async move { Ok(found.unwrap_or_default()) })
    }

    fn produce(
        &self,
        who: KeyOwner,
        topic: String,
        records: Vec<NewRecord>,
    ) -> BoxFuture<'_, Vec<Result<Written, RecordError>>> {
        let mut state = self.0.lock();
        let there = state.tenants.get(&who.tenant).and_then(|topics| topics.get(&topic));
        let partitions = there.map_or(0, |topic| topic.info.partitions);
        let log = state.records.entry(topic).or_default();
        let answers = records.into_iter().map(|record| append(log, partitions, record)).collect();
        Box::pin(async move { answers })
    }
}

const RECORD_MAX: usize = 10_000;

fn append(
    log: &mut Vec<(i32, NewRecord)>,
    partitions: i32,
    record: NewRecord,
) -> Result<Written, RecordError> {
    let partition = record.partition.unwrap_or(0);
    if !(0..partitions).contains(&partition) {
        return Err(RecordError::UnknownPartition(format!("there are {partitions} partitions")));
    }
    if record.key.as_deref() == Some(b"forbidden") {
        return Err(RecordError::Forbidden("it is not allowed".to_owned()));
    }
    if record.value.as_ref().is_some_and(|value| value.len() > RECORD_MAX) {
        return Err(RecordError::TooLarge("the record is too large".to_owned()));
    }
    let before = log.iter().filter(|(at, _)| *at == partition).count();
    let offset = i64::try_from(before).unwrap_or(i64::MAX);
    let timestamp_ms = record.timestamp_ms;
    log.push((partition, record));
    Ok(Written { partition, offset, timestamp_ms })
}
