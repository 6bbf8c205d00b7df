//! Object tier: ends the log of another incarnation, which may still run somewhere, and claims
//! manifests.

use storage::birth::Birth;
use storage::ids::{BrokerEpoch, PgId, WalIdentity};
use storage::keys::ObjectKey;
use storage::levels::FIRST_LEVEL;
use storage::manifest::Manifest;
use storage::object_wal::{Takeover, seal};
use storage::planted::{Planted, on};
use storage::store::{ObjectStore, PutMode, StoreError};
use uuid::Uuid;

use super::checkpoint::Stored;
use super::open::{OpenError, damaged};

/// Ends the log of an incarnation that is fenced. Returns its end; nothing counts before that is
/// committed.
///
/// # Errors
/// When the store fails for good, or acknowledged slots are gone.
pub async fn end_log(
    store: &dyn ObjectStore,
    sealer: WalIdentity,
    epoch: u64,
    low: u64,
) -> Result<u64, OpenError> {
    let log = seal(store, &prepare(store, sealer, epoch, low).await?).await?;
    tracing::info!(epoch, end = log.end, "ended the log of another incarnation");
    Ok(log.end)
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

/// Puts this incarnation's name into a manifest: from then on no earlier owner can write it. The
/// leader epoch is committed before.
pub(super) async fn claim(
    store: &dyn ObjectStore,
    pg_epoch: i32,
    me: BrokerEpoch,
    pg: PgId,
) -> Result<Stored, OpenError> {
    let key = ObjectKey::Manifest(pg).to_string();
    loop {
        let (mut manifest, mode) = match store.get(key.clone()).await {
            Ok((bytes, etag)) => {
                let found = Manifest::parse(&bytes).map_err(|e| damaged(&key, e))?;
                (found, PutMode::IfMatch(etag))
            }
            Err(StoreError::NotFound(_)) => {
                let level = u32::from(FIRST_LEVEL);
                (
                    Manifest { format_level: level, pg: pg.0, ..Manifest::default() },
                    PutMode::IfAbsent,
                )
            }
            Err(e) => return Err(e.into()),
        };
        let foreign = manifest.version > 0 && manifest.owner != me.0;
        if let (true, PutMode::IfMatch(etag)) = (on(Planted::NoClaim), &mode) {
            return Ok(Stored { manifest, etag: etag.clone() });
        }
        if manifest.pg_epoch > pg_epoch || (foreign && manifest.pg_epoch == pg_epoch) {
            let text = format!(
                "it was written under leader epoch {}, metadata knows {pg_epoch}: metadata went back in time",
                manifest.pg_epoch
            );
            return Err(damaged(&key, text));
        }
        manifest.pg_epoch = pg_epoch;
        manifest.owner = me.0;
        manifest.version += 1;
        let body = prost::Message::encode_to_vec(&manifest);
        match store.put(key.clone(), body.into(), mode).await {
            Ok(etag) => return Ok(Stored { manifest, etag }),
            // The former owner's last write came first; it is what counts then.
            Err(StoreError::Changed(_) | StoreError::Exists(_)) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
