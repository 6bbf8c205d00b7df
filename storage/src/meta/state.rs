use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common_types::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ops::{BrokerRow, MetaOp, TopicRow, Txn};
use crate::levels::{FIRST_LEVEL, FormatLevels, LevelError};

/// Where an incarnation is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EpochState {
    /// May write.
    Active,
    /// Being taken over: its WAL may still grow, until it is sealed. Object tier only.
    Fenced,
    /// Ended; slots from `end` on do not count.
    Sealed {
        /// First slot that does not count.
        end: u64,
    },
}

/// One placement group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PgRow {
    /// The incarnation that leads it.
    pub leader: u64,
    /// Kafka leader epoch of its partitions.
    pub pg_epoch: i32,
    /// The last attempt to move it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u64,
    /// Where it is to go under that attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<Move>,
}

/// A planned move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Who will lead.
    pub to: u64,
    /// The attempt.
    pub attempt: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A name that was deleted, and the leader epoch it must never fall below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Floor {
    tenant: TenantId,
    name: String,
    pg_epoch: i32,
}

/// A format level above the first, and the version of Weir that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) level: u16,
    pub(super) by: String,
}

/// By epoch and placement group: a slot of that epoch's WAL.
pub(super) type Pins = BTreeMap<u64, BTreeMap<u32, u64>>;

/// Names of topics, by tenant.
type Names<T> = BTreeMap<(TenantId, Arc<str>), T>;

/// All metadata of a cell.
///
/// A commit copies it several times, so a copy shares what grows with topics and partitions: it costs as
/// much as there are placement groups and incarnations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellState {
    pub(super) raised: Option<Raised>,
    pub(super) epochs: BTreeMap<u64, EpochState>,
    pub(super) brokers: BTreeMap<u64, BrokerRow>,
    pub(super) wal_low: BTreeMap<u64, u64>,
    /// From which slot on a group still needs the WAL of an epoch that it left.
    pub(super) pins: Pins,
    /// Where the group's part of that WAL ends, when it left before the WAL ended.
    pub(super) bounds: Pins,
    pub(super) pgs: BTreeMap<u32, PgRow>,
    tenants: Arc<BTreeSet<TenantId>>,
    topics: Arc<BTreeMap<Uuid, Arc<TopicRow>>>,
    names: Arc<Names<Uuid>>,
    floors: Arc<Names<i32>>,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    format_level: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raised_by: Option<String>,
    epochs: BTreeMap<u64, EpochState>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    brokers: Vec<BrokerRow>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    wal_low: BTreeMap<u64, u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pins: Pins,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    bounds: Pins,
    pgs: BTreeMap<u32, PgRow>,
    tenants: BTreeSet<TenantId>,
    topics: Vec<TopicRow>,
    floors: Vec<Floor>,
}

/// What every version can read of a snapshot.
#[derive(Deserialize)]
struct Head {
    format_level: u16,
    #[serde(default)]
    raised_by: Option<String>,
}

/// Why bytes are no snapshot for this version.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Damaged.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Of a level that this version does not know.
    #[error(transparent)]
    Level(#[from] LevelError),
}

/// Why a transaction does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum MetaConflict {
    /// The acting epoch is not active.
    #[error("epoch {0} is not active")]
    Fenced(u64),
    /// The name is taken.
    #[error("topic {0:?} exists")]
    TopicExists(String),
    /// No such topic.
    #[error("topic {0} does not exist")]
    UnknownTopic(Uuid),
    /// Somebody else changed the topic meanwhile.
    #[error("topic {0} was changed by somebody else meanwhile; try again")]
    Changed(Uuid),
    /// No such tenant.
    #[error("tenant {0} does not exist")]
    UnknownTenant(TenantId),
    /// No such placement group.
    #[error("placement group {0} does not exist")]
    UnknownPg(u32),
    /// The leader of a placement group may still write.
    #[error("placement group {0} is led by an incarnation that is not sealed")]
    Led(u32),
    /// Slots would be given up that are needed, or were given up before.
    #[error("slots below {slot} of incarnation {epoch} cannot be given up")]
    Needed {
        /// The incarnation.
        epoch: u64,
        /// The slot.
        slot: u64,
    },
    /// A leader epoch would fall.
    #[error("leader epoch of placement group {0} would fall")]
    EpochFalls(u32),
    /// A broker would serve a cell whose format level its version does not know.
    #[error("the version of the broker with epoch {epoch} does not know format level {level}")]
    Level {
        /// The broker.
        epoch: u64,
        /// The level.
        level: u16,
    },
    /// The row of a placement group does not name this move.
    #[error("placement group {0} is not moved by this attempt")]
    Moved(u32),
}

impl CellState {
    /// Applies a transaction, or leaves everything as it is.
    ///
    /// # Errors
    /// The first operation that does not apply.
    pub fn apply(&mut self, txn: &Txn) -> Result<(), MetaConflict> {
        let births_itself = txn.ops.first().is_some_and(
            |op| matches!(op, MetaOp::ActivateEpoch { epoch } if *epoch == txn.acting),
        );
        if !births_itself && self.epochs.get(&txn.acting) != Some(&EpochState::Active) {
            return Err(MetaConflict::Fenced(txn.acting));
        }
        let mut next = self.clone();
        for op in &txn.ops {
            next.apply_op(op, txn.acting)?;
        }
        *self = next;
        Ok(())
    }

    fn apply_op(&mut self, op: &MetaOp, acting: u64) -> Result<(), MetaConflict> {
        match op {
            MetaOp::ActivateEpoch { epoch } => {
                if self.epochs.insert(*epoch, EpochState::Active).is_some() {
                    return Err(MetaConflict::Fenced(*epoch));
                }
            }
            MetaOp::FenceEpoch { epoch } => self.fence(*epoch)?,
            MetaOp::SealEpoch { epoch, end } => self.seal(*epoch, *end)?,
            MetaOp::WalLow { epoch, slot } => self.raise_wal_low(*epoch, *slot, acting)?,
            MetaOp::Unpin { epoch, pg } => self.unpin(*epoch, *pg, acting)?,
            MetaOp::RegisterBroker(row) => self.register(row, acting)?,
            MetaOp::RaiseLevel { level, by } => self.raise_level(*level, by)?,
            MetaOp::Lead { pg, epoch, pg_epoch } => self.lead(*pg, *epoch, *pg_epoch)?,
            MetaOp::RaiseEpoch { pg, pg_epoch } => self.raise_epoch(*pg, *pg_epoch)?,
            MetaOp::PlanMove { pg, to, attempt } => self.plan_move(*pg, *to, *attempt)?,
            MetaOp::CancelMove { pg, attempt } => self.cancel_move(*pg, *attempt)?,
            MetaOp::CompleteMove { pg, attempt, from, bound } => {
                self.complete_move(*pg, *attempt, *from..*bound, acting)?;
            }
            MetaOp::PutTenant { tenant } => {
                Arc::make_mut(&mut self.tenants).insert(*tenant);
            }
            MetaOp::RemoveTenant { tenant } => self.remove_tenant(*tenant),
            MetaOp::CreateTopic(row) => self.create_topic(row)?,
            MetaOp::AddPartitions { id, present, pgs } => {
                self.known_pgs(pgs)?;
                let row = self.topic_mut(id)?;
                if present.is_some_and(|present| present != row.pgs.len()) {
                    return Err(MetaConflict::Changed(*id));
                }
                row.pgs.extend(pgs);
            }
            MetaOp::SetConfigs { id, was, configs } => {
                let row = self.topic_mut(id)?;
                if was.as_ref().is_some_and(|was| *was != row.configs) {
                    return Err(MetaConflict::Changed(*id));
                }
                row.configs.clone_from(configs);
            }
            MetaOp::DeleteTopic { id } => {
                let row = self.topics.get(id).cloned();
                let row = row.ok_or(MetaConflict::UnknownTopic(*id))?;
                self.forget(&row);
            }
        }
        Ok(())
    }

    fn create_topic(&mut self, row: &TopicRow) -> Result<(), MetaConflict> {
        if !self.tenants.contains(&row.tenant) {
            return Err(MetaConflict::UnknownTenant(row.tenant));
        }
        self.known_pgs(&row.pgs)?;
        let key = (row.tenant, Arc::from(&*row.name));
        if self.names.contains_key(&key) || self.topics.contains_key(&row.id) {
            return Err(MetaConflict::TopicExists(row.name.clone()));
        }
        Arc::make_mut(&mut self.names).insert(key, row.id);
        Arc::make_mut(&mut self.topics).insert(row.id, Arc::new(row.clone()));
        Ok(())
    }

    fn remove_tenant(&mut self, tenant: TenantId) {
        let rows: Vec<_> = self.topics.values().filter(|t| t.tenant == tenant).cloned().collect();
        for row in rows {
            self.forget(&row);
        }
        // A tenant id is never used again, so its floors protect nobody.
        Arc::make_mut(&mut self.floors).retain(|(t, _), _| *t != tenant);
        Arc::make_mut(&mut self.tenants).remove(&tenant);
    }

    /// Removes a topic and keeps the floor of its name.
    fn forget(&mut self, row: &TopicRow) {
        let key = (row.tenant, Arc::from(&*row.name));
        let last = row.pgs.iter().filter_map(|pg| self.pgs.get(pg)).map(|p| p.pg_epoch).max();
        let floor = self.floors.get(&key).copied().max(last).unwrap_or(0);
        Arc::make_mut(&mut self.topics).remove(&row.id);
        Arc::make_mut(&mut self.names).remove(&key);
        Arc::make_mut(&mut self.floors).insert(key, floor);
    }

    fn known_pgs(&self, pgs: &[u32]) -> Result<(), MetaConflict> {
        pgs.iter()
            .find(|pg| !self.pgs.contains_key(pg))
            .map_or(Ok(()), |pg| Err(MetaConflict::UnknownPg(*pg)))
    }

    fn topic_mut(&mut self, id: &Uuid) -> Result<&mut TopicRow, MetaConflict> {
        let row = Arc::make_mut(&mut self.topics).get_mut(id);
        row.map(Arc::make_mut).ok_or(MetaConflict::UnknownTopic(*id))
    }

    /// All tenants.
    #[must_use]
    pub fn tenants(&self) -> &BTreeSet<TenantId> {
        &self.tenants
    }

    /// All topics, by id.
    #[must_use]
    pub fn topics(&self) -> &BTreeMap<Uuid, Arc<TopicRow>> {
        &self.topics
    }

    /// A topic by name.
    #[must_use]
    pub fn topic_named(&self, tenant: TenantId, name: &str) -> Option<&TopicRow> {
        let id = self.names.get(&(tenant, Arc::from(name)))?;
        self.topics.get(id).map(|row| &**row)
    }

    /// The leader epoch that a new topic of this name must exceed, where the name was used before.
    #[must_use]
    pub fn floor(&self, tenant: TenantId, name: &str) -> Option<i32> {
        self.floors.get(&(tenant, Arc::from(name))).copied()
    }

    /// Whether another state is this one but for tenants and topics.
    #[must_use]
    pub(crate) fn differs_by_topics(&self, other: &Self) -> bool {
        self.with_topics_of(other) == *other
    }

    /// This state with the tenants and topics of another one.
    #[must_use]
    pub(crate) fn with_topics_of(&self, other: &Self) -> Self {
        let Self { tenants, topics, names, floors, .. } = other.clone();
        Self { tenants, topics, names, floors, ..self.clone() }
    }

    /// The stored form.
    ///
    /// # Errors
    /// Never for states that this version builds.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let floors = self.floors.iter().map(|((tenant, name), pg_epoch)| Floor {
            tenant: *tenant,
            name: name.to_string(),
            pg_epoch: *pg_epoch,
        });
        serde_json::to_vec(&Snapshot {
            format_level: self.level(),
            raised_by: self.raised_by().map(str::to_owned),
            epochs: self.epochs.clone(),
            brokers: self.brokers.values().cloned().collect(),
            wal_low: self.wal_low.clone(),
            pins: self.pins.clone(),
            bounds: self.bounds.clone(),
            pgs: self.pgs.clone(),
            tenants: BTreeSet::clone(&self.tenants),
            topics: self.topics.values().map(|row| TopicRow::clone(row)).collect(),
            floors: floors.collect(),
        })
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are damaged or of another format.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SnapshotError> {
        // The level first: what else a newer snapshot has may be of another shape.
        let head: Head = serde_json::from_slice(bytes)?;
        FormatLevels::own().check(head.format_level, head.raised_by.as_deref())?;
        let s: Snapshot = serde_json::from_slice(bytes)?;
        let raised = (s.format_level > FIRST_LEVEL)
            .then(|| Raised { level: s.format_level, by: s.raised_by.unwrap_or_default() });
        let names: Names<Uuid> =
            s.topics.iter().map(|t| ((t.tenant, Arc::from(&*t.name)), t.id)).collect();
        let floors: Names<i32> =
            s.floors.into_iter().map(|f| ((f.tenant, Arc::from(f.name)), f.pg_epoch)).collect();
        let topics: BTreeMap<Uuid, Arc<TopicRow>> =
            s.topics.into_iter().map(|t| (t.id, Arc::new(t))).collect();
        Ok(Self {
            raised,
            epochs: s.epochs,
            brokers: s.brokers.into_iter().map(|b| (b.epoch, b)).collect(),
            wal_low: s.wal_low,
            pins: s.pins,
            bounds: s.bounds,
            pgs: s.pgs,
            tenants: Arc::new(s.tenants),
            topics: Arc::new(topics),
            names: Arc::new(names),
            floors: Arc::new(floors),
        })
    }
}
