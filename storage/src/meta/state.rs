use std::collections::{BTreeMap, BTreeSet};

use common_types::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ops::{MetaOp, TopicRow, Txn};
use crate::birth::FORMAT_LEVEL;

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
}

/// A name that was deleted, and the leader epoch it must never fall below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Floor {
    tenant: TenantId,
    name: String,
    pg_epoch: i32,
}

/// By epoch: from which slot on each placement group still needs its WAL.
type Pins = BTreeMap<u64, BTreeMap<u32, u64>>;

/// All metadata of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellState {
    epochs: BTreeMap<u64, EpochState>,
    wal_low: BTreeMap<u64, u64>,
    pins: Pins,
    pgs: BTreeMap<u32, PgRow>,
    tenants: BTreeSet<TenantId>,
    topics: BTreeMap<Uuid, TopicRow>,
    names: BTreeMap<(TenantId, String), Uuid>,
    floors: BTreeMap<(TenantId, String), i32>,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    format_level: u16,
    epochs: BTreeMap<u64, EpochState>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    wal_low: BTreeMap<u64, u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pins: Pins,
    pgs: BTreeMap<u32, PgRow>,
    tenants: BTreeSet<TenantId>,
    topics: Vec<TopicRow>,
    floors: Vec<Floor>,
}

/// Why a transaction does not apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
            MetaOp::Lead { pg, epoch, pg_epoch } => self.lead(*pg, *epoch, *pg_epoch, acting)?,
            MetaOp::PutTenant { tenant } => {
                self.tenants.insert(*tenant);
            }
            MetaOp::RemoveTenant { tenant } => self.remove_tenant(*tenant),
            MetaOp::CreateTopic(row) => self.create_topic(row)?,
            MetaOp::AddPartitions { id, pgs } => {
                self.known_pgs(pgs)?;
                self.topic_mut(id)?.pgs.extend(pgs);
            }
            MetaOp::SetConfigs { id, configs } => self.topic_mut(id)?.configs = configs.clone(),
            MetaOp::DeleteTopic { id } => {
                let row = self.topics.get(id).ok_or(MetaConflict::UnknownTopic(*id))?.clone();
                self.forget(&row);
            }
        }
        Ok(())
    }

    fn fence(&mut self, epoch: u64) -> Result<(), MetaConflict> {
        match self.epochs.get_mut(&epoch) {
            Some(state @ (EpochState::Active | EpochState::Fenced)) => {
                *state = EpochState::Fenced;
                Ok(())
            }
            Some(EpochState::Sealed { .. }) | None => Err(MetaConflict::Fenced(epoch)),
        }
    }

    fn seal(&mut self, epoch: u64, end: u64) -> Result<(), MetaConflict> {
        let low = self.wal_low(epoch);
        match self.epochs.get(&epoch) {
            // The disk tier: one process owns the folder, and recovery leaves nothing to be pinned.
            Some(EpochState::Active) => {}
            Some(EpochState::Fenced) => {
                let led = self.pgs.iter().filter(|(_, row)| row.leader == epoch);
                let pins: BTreeMap<u32, u64> = led.map(|(pg, _)| (*pg, low)).collect();
                if !pins.is_empty() && low < end {
                    self.pins.insert(epoch, pins);
                }
            }
            Some(EpochState::Sealed { .. }) | None => return Err(MetaConflict::Fenced(epoch)),
        }
        self.epochs.insert(epoch, EpochState::Sealed { end });
        Ok(())
    }

    fn raise_wal_low(&mut self, epoch: u64, slot: u64, acting: u64) -> Result<(), MetaConflict> {
        let pinned = self.pins.get(&epoch).and_then(|p| p.values().min()).copied();
        let most = match self.epochs.get(&epoch) {
            Some(EpochState::Active) if epoch == acting => u64::MAX,
            Some(EpochState::Sealed { end }) => *end,
            Some(EpochState::Active | EpochState::Fenced) | None => {
                return Err(MetaConflict::Fenced(epoch));
            }
        };
        if slot < self.wal_low(epoch) || slot > pinned.unwrap_or(u64::MAX).min(most) {
            return Err(MetaConflict::Needed { epoch, slot });
        }
        self.wal_low.insert(epoch, slot);
        Ok(())
    }

    fn unpin(&mut self, epoch: u64, pg: u32, acting: u64) -> Result<(), MetaConflict> {
        if self.pgs.get(&pg).is_none_or(|row| row.leader != acting) {
            return Err(MetaConflict::Led(pg));
        }
        if let Some(pins) = self.pins.get_mut(&epoch) {
            pins.remove(&pg);
            if pins.is_empty() {
                self.pins.remove(&epoch);
            }
        }
        Ok(())
    }

    fn lead(
        &mut self,
        pg: u32,
        epoch: u64,
        pg_epoch: i32,
        acting: u64,
    ) -> Result<(), MetaConflict> {
        if self.epochs.get(&epoch) != Some(&EpochState::Active) {
            return Err(MetaConflict::Fenced(epoch));
        }
        if let Some(row) = self.pgs.get(&pg) {
            let sealed = matches!(self.epochs.get(&row.leader), Some(EpochState::Sealed { .. }));
            if row.leader != epoch && row.leader != acting && !sealed {
                return Err(MetaConflict::Led(pg));
            }
            if row.pg_epoch > pg_epoch {
                return Err(MetaConflict::EpochFalls(pg));
            }
        }
        self.pgs.insert(pg, PgRow { leader: epoch, pg_epoch });
        Ok(())
    }

    fn create_topic(&mut self, row: &TopicRow) -> Result<(), MetaConflict> {
        if !self.tenants.contains(&row.tenant) {
            return Err(MetaConflict::UnknownTenant(row.tenant));
        }
        self.known_pgs(&row.pgs)?;
        let key = (row.tenant, row.name.clone());
        if self.names.contains_key(&key) || self.topics.contains_key(&row.id) {
            return Err(MetaConflict::TopicExists(row.name.clone()));
        }
        self.names.insert(key, row.id);
        self.topics.insert(row.id, row.clone());
        Ok(())
    }

    fn remove_tenant(&mut self, tenant: TenantId) {
        let rows: Vec<_> = self.topics.values().filter(|t| t.tenant == tenant).cloned().collect();
        for row in rows {
            self.forget(&row);
        }
        // A tenant id is never used again, so its floors protect nobody.
        self.floors.retain(|(t, _), _| *t != tenant);
        self.tenants.remove(&tenant);
    }

    /// Removes a topic and keeps the floor of its name.
    fn forget(&mut self, row: &TopicRow) {
        let key = (row.tenant, row.name.clone());
        let last = row.pgs.iter().filter_map(|pg| self.pgs.get(pg)).map(|p| p.pg_epoch).max();
        let floor = self.floors.get(&key).copied().max(last).unwrap_or(0);
        self.topics.remove(&row.id);
        self.names.remove(&key);
        self.floors.insert(key, floor);
    }

    fn known_pgs(&self, pgs: &[u32]) -> Result<(), MetaConflict> {
        pgs.iter()
            .find(|pg| !self.pgs.contains_key(pg))
            .map_or(Ok(()), |pg| Err(MetaConflict::UnknownPg(*pg)))
    }

    fn topic_mut(&mut self, id: &Uuid) -> Result<&mut TopicRow, MetaConflict> {
        self.topics.get_mut(id).ok_or(MetaConflict::UnknownTopic(*id))
    }

    /// All epochs that were ever activated.
    #[must_use]
    pub fn epochs(&self) -> &BTreeMap<u64, EpochState> {
        &self.epochs
    }

    /// Lowest slot of an epoch's WAL that is still needed. Object tier only.
    #[must_use]
    pub fn wal_low(&self, epoch: u64) -> u64 {
        self.wal_low.get(&epoch).copied().unwrap_or(0)
    }

    /// Placement groups that still need the WAL of a sealed epoch, and from which slot on.
    pub fn pins(&self, epoch: u64) -> impl Iterator<Item = (u32, u64)> {
        self.pins.get(&epoch).into_iter().flatten().map(|(pg, slot)| (*pg, *slot))
    }

    /// All placement groups.
    #[must_use]
    pub fn pgs(&self) -> &BTreeMap<u32, PgRow> {
        &self.pgs
    }

    /// All tenants.
    #[must_use]
    pub fn tenants(&self) -> &BTreeSet<TenantId> {
        &self.tenants
    }

    /// All topics, by id.
    #[must_use]
    pub fn topics(&self) -> &BTreeMap<Uuid, TopicRow> {
        &self.topics
    }

    /// A topic by name.
    #[must_use]
    pub fn topic_named(&self, tenant: TenantId, name: &str) -> Option<&TopicRow> {
        self.names.get(&(tenant, name.to_owned())).and_then(|id| self.topics.get(id))
    }

    /// The leader epoch that a new topic of this name must exceed, where the name was used before.
    #[must_use]
    pub fn floor(&self, tenant: TenantId, name: &str) -> Option<i32> {
        self.floors.get(&(tenant, name.to_owned())).copied()
    }

    /// The stored form.
    ///
    /// # Errors
    /// Never for states that this version builds.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let floors = self.floors.iter().map(|((tenant, name), pg_epoch)| Floor {
            tenant: *tenant,
            name: name.clone(),
            pg_epoch: *pg_epoch,
        });
        serde_json::to_vec(&Snapshot {
            format_level: FORMAT_LEVEL,
            epochs: self.epochs.clone(),
            wal_low: self.wal_low.clone(),
            pins: self.pins.clone(),
            pgs: self.pgs.clone(),
            tenants: self.tenants.clone(),
            topics: self.topics.values().cloned().collect(),
            floors: floors.collect(),
        })
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are damaged or of a newer format.
    pub fn from_json(bytes: &[u8]) -> serde_json::Result<Self> {
        let s: Snapshot = serde_json::from_slice(bytes)?;
        if s.format_level > FORMAT_LEVEL {
            let text = format!("format level {} is newer than {FORMAT_LEVEL}", s.format_level);
            return Err(serde::de::Error::custom(text));
        }
        let names = s.topics.iter().map(|t| ((t.tenant, t.name.clone()), t.id)).collect();
        let floors = s.floors.into_iter().map(|f| ((f.tenant, f.name), f.pg_epoch)).collect();
        Ok(Self {
            epochs: s.epochs,
            wal_low: s.wal_low,
            pins: s.pins,
            pgs: s.pgs,
            tenants: s.tenants,
            topics: s.topics.into_iter().map(|t| (t.id, t)).collect(),
            names,
            floors,
        })
    }
}
