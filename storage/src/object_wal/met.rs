//! What a writer met in its own place.

use crate::ids::WalIdentity;
use crate::slot::{HEADER_SIZE, SlotFlags, SlotHeader};
use crate::wal::WalError;

/// Judges the beginning of an object that lies where `slot` of `wal` should go and is not what was
/// sent. Either way the incarnation ends: nothing at or above this slot was ever acknowledged.
#[must_use]
pub fn met(wal: &WalIdentity, slot: u64, key: &str, found: &[u8]) -> WalError {
    let header = found
        .first_chunk::<HEADER_SIZE>()
        .and_then(|head| SlotHeader::parse(head, wal.cell, wal.epoch, slot).ok());
    match header {
        Some(h) if h.flags.has(SlotFlags::SEAL) => WalError::Fenced { epoch: wal.epoch.0, slot },
        Some(h) if h.wal.nonce == wal.nonce => WalError::Foreign {
            key: key.to_owned(),
            reason: "another copy of this machine writes the same log".to_owned(),
        },
        Some(_) => WalError::Foreign {
            key: key.to_owned(),
            reason: "another incarnation writes under the same epoch".to_owned(),
        },
        None => WalError::Foreign {
            key: key.to_owned(),
            reason: "it is no slot of this log".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::BrokerEpoch;
    use crate::slot::SlotBuilder;

    #[test]
    fn a_seal_fences_and_anything_else_is_an_alarm() {
        let cell = Uuid::from_u128(1);
        let wal = WalIdentity { cell, store: 0, epoch: BrokerEpoch(3), lane: 0, nonce: [1; 16] };
        let slot = |nonce, flags| {
            let wal = WalIdentity { nonce, ..wal };
            SlotBuilder::default().finish(wal, 5, flags, 5, 0).header_bytes
        };
        let judge = |found: &[u8]| met(&wal, 5, "key", found);
        let fenced = WalError::Fenced { epoch: 3, slot: 5 };
        assert_eq!(judge(&slot([9; 16], SlotFlags::SEAL)), fenced);
        for found in [&slot([9; 16], SlotFlags::DATA)[..], &slot([1; 16], SlotFlags::DATA), b"x"] {
            assert!(matches!(judge(found), WalError::Foreign { .. }));
        }
    }
}
