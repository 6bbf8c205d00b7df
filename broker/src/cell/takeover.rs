//! Object tier: ends the logs of earlier incarnations, which may still run somewhere, and claims the
//! manifests. Only then is anything read.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use storage::birth::{Birth, FORMAT_LEVEL};
use storage::ids::{BrokerEpoch, PgId, WalIdentity};
use storage::keys::ObjectKey;
use storage::manifest::Manifest;
use storage::meta::{EpochState, MetaLog, MetaOp, Txn};
use storage::object_wal::{SealedLog, Takeover, scan_slots, seal};
use storage::planted::{Planted, on};
use storage::store::{ObjectStore, PutMode, StoreError};
use storage::wal::WalError;
use uuid::Uuid;

use super::checkpoint::Stored;
use super::open::{OpenError, damaged};

/// Makes `me` active, fences every other incarnation in the same transaction, and ends their logs.
/// Returns what is not in manifests, by incarnation, oldest first.
pub(super) async fn take_over(
    store: &dyn ObjectStore,
    meta: &mut MetaLog,
    me: WalIdentity,
) -> Result<BTreeMap<u64, SealedLog>, OpenError> {
    let acting = me.epoch.0;
    let mut ops = vec![MetaOp::ActivateEpoch { epoch: acting }];
    for (epoch, state) in meta.state().epochs() {
        if matches!(state, EpochState::Active | EpochState::Fenced) {
            ops.push(MetaOp::FenceEpoch { epoch: *epoch });
        }
    }
    meta.commit(&Txn { acting, ops }).await?;
    let others: Vec<_> = meta
        .state()
        .epochs()
        .iter()
        .filter(|(e, _)| **e != acting)
        .map(|(e, s)| (*e, *s))
        .collect();
    let mut logs = BTreeMap::new();
    for (epoch, state) in others {
        // Read after the fence was committed: from then on it stands still.
        let low = meta.state().wal_low(epoch);
        let log = match state {
            EpochState::Sealed { end } if low >= end => continue,
            EpochState::Sealed { end } => read_log(store, me.cell, epoch, low, end).await?,
            EpochState::Active | EpochState::Fenced => {
                let log = seal(store, &prepare(store, me, epoch, low).await?).await?;
                let ops = vec![MetaOp::SealEpoch { epoch, end: log.end }];
                meta.commit(&Txn { acting, ops }).await?;
                tracing::info!(epoch, end = log.end, "took the log of an earlier incarnation over");
                log
            }
        };
        logs.insert(epoch, log);
    }
    Ok(logs)
}

/// What is needed to seal a log, from the birth of its writer.
async fn prepare(
    store: &dyn ObjectStore,
    me: WalIdentity,
    epoch: u64,
    low: u64,
) -> Result<Takeover, OpenError> {
    let key = ObjectKey::Epoch(BrokerEpoch(epoch)).to_string();
    let (bytes, _) = store.get(key.clone()).await?;
    let birth: Birth = serde_json::from_slice(&bytes).map_err(|e| damaged(&key, e))?;
    let nonce = Uuid::parse_str(&birth.nonce).map_err(|e| damaged(&key, e))?;
    let wal = WalIdentity { epoch: BrokerEpoch(epoch), nonce: *nonce.as_bytes(), ..me };
    Ok(Takeover { wal, width: birth.slots_in_flight_max, low, sealer: me.nonce })
}

async fn read_log(
    store: &dyn ObjectStore,
    cell: Uuid,
    epoch: u64,
    low: u64,
    end: u64,
) -> Result<SealedLog, OpenError> {
    let slots = scan_slots(store, cell, BrokerEpoch(epoch), low..end).await?;
    let present = slots.iter().map(|f| f.file.wal_parts().1);
    match (low..end)
        .zip(present.map(Some).chain(std::iter::repeat(None)))
        .find(|(n, p)| Some(*n) != *p)
    {
        None => Ok(SealedLog { end, slots }),
        Some((slot, _)) => Err(WalError::Corrupt {
            path: ObjectKey::Wal { epoch: BrokerEpoch(epoch), lane: 0, slot }.to_string(),
            position: 0,
            reason: format!("the slot is missing, and the log goes on to {end}"),
        }
        .into()),
    }
}

/// Puts this incarnation's name into every manifest: from then on no earlier owner can write one.
/// The leader epochs are committed before.
pub(super) async fn claim(
    store: &dyn ObjectStore,
    meta: &MetaLog,
    me: BrokerEpoch,
    groups: u32,
) -> Result<BTreeMap<u32, Stored>, OpenError> {
    let claims = (0..groups).map(|pg| claim_one(store, meta, me, pg));
    Ok(try_join_all(claims).await?.into_iter().collect())
}

async fn claim_one(
    store: &dyn ObjectStore,
    meta: &MetaLog,
    me: BrokerEpoch,
    pg: u32,
) -> Result<(u32, Stored), OpenError> {
    let key = ObjectKey::Manifest(PgId(pg)).to_string();
    let pg_epoch = meta.state().pgs().get(&pg).map_or(0, |row| row.pg_epoch);
    loop {
        let (mut manifest, mode) = match store.get(key.clone()).await {
            Ok((bytes, etag)) => {
                let found = Manifest::parse(&bytes).map_err(|e| damaged(&key, e))?;
                (found, PutMode::IfMatch(etag))
            }
            Err(StoreError::NotFound(_)) => {
                let level = u32::from(FORMAT_LEVEL);
                (Manifest { format_level: level, pg, ..Manifest::default() }, PutMode::IfAbsent)
            }
            Err(e) => return Err(e.into()),
        };
        if manifest.pg_epoch > pg_epoch {
            let text = format!(
                "it was written under leader epoch {}, metadata knows {pg_epoch}: metadata went back in time",
                manifest.pg_epoch
            );
            return Err(damaged(&key, text));
        }
        if let (true, PutMode::IfMatch(etag)) = (on(Planted::NoClaim), &mode) {
            return Ok((pg, Stored { manifest, etag: etag.clone() }));
        }
        manifest.pg_epoch = pg_epoch;
        manifest.owner = me.0;
        manifest.version += 1;
        let body = prost::Message::encode_to_vec(&manifest);
        match store.put(key.clone(), body.into(), mode).await {
            Ok(etag) => return Ok((pg, Stored { manifest, etag })),
            // The former owner's last write came first; it is what counts then.
            Err(StoreError::Changed(_) | StoreError::Exists(_)) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
