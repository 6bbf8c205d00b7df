use bytes::Bytes;
use storage::ids::BrokerEpoch;
use storage::payload::Payload;
use storage::slot::{HEADER_SIZE, SlotBuilder, SlotFlags, SlotHeader};
use uuid::Uuid;

/// What another copy of the same machine would write under the number of this slot: the same identity,
/// frontier and time, and none of its records. What is no slot stays as it is.
pub(crate) fn twin_of(slot: &Payload) -> Payload {
    let bytes = slot.concat();
    match read(&bytes) {
        Some(h) => {
            let twin = SlotBuilder::default();
            let flags = SlotFlags::DATA;
            twin.finish(h.wal, h.slot, flags, h.frontier, h.appended_at_ms).payload()
        }
        None => bytes.into(),
    }
}

/// The header of a slot, whichever slot it is.
pub(crate) fn read(bytes: &Bytes) -> Option<SlotHeader> {
    let head = bytes.first_chunk::<HEADER_SIZE>()?;
    let number = |at: usize| head[at..at + 8].iter().rev().fold(0, |n, b| (n << 8) | u64::from(*b));
    let cell = Uuid::from_slice(&head[16..32]).ok()?;
    SlotHeader::parse(head, cell, BrokerEpoch(number(40)), number(48)).ok()
}

#[cfg(test)]
mod tests {
    use storage::ids::WalIdentity;

    use super::*;

    #[test]
    fn a_twin_has_the_same_identity_and_nothing_in_it() {
        let cell = Uuid::from_u128(1);
        let wal = WalIdentity { cell, store: 0, epoch: BrokerEpoch(3), lane: 0, nonce: [1; 16] };
        let mut rolled = SlotBuilder::default();
        rolled.set_rollup(Vec::new());
        let slot = rolled.finish(wal, 5, SlotFlags::SEAL, 4, 99).payload();
        let twin = read(&twin_of(&slot).concat()).unwrap();
        assert_eq!((twin.wal, twin.slot, twin.frontier), (wal, 5, 4));
        assert!(twin.flags.has(SlotFlags::DATA) && twin.body_len == 0);
        assert_eq!(twin_of(&"x".into()).concat(), "x");
    }
}
