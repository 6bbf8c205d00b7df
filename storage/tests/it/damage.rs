//! No damage goes unnoticed.

use proptest::prelude::*;
use storage::ids::BrokerEpoch;
use storage::slot::{HEADER_SIZE, HeaderError, SlotFooter, SlotHeader, verify_body};

use crate::sample::{CELL, bytes_of, slot, wal};

#[test]
fn a_slot_is_valid_only_in_its_place() {
    let bytes = bytes_of(&slot(42));
    let head = bytes.first_chunk().unwrap();
    let parse = |cell, epoch, slot| SlotHeader::parse(head, cell, BrokerEpoch(epoch), slot);
    assert!(parse(CELL, 7, 42).is_ok());
    assert_eq!(parse(CELL, 7, 41), Err(HeaderError::Checksum));
    assert_eq!(parse(CELL, 8, 42), Err(HeaderError::Checksum));
    assert_eq!(parse(uuid::Uuid::nil(), 7, 42), Err(HeaderError::Checksum));
}

proptest! {
    #[test]
    fn one_flipped_bit_is_noticed(at in 0_usize..2048, bit in 0_u8..8) {
        let mut bytes = bytes_of(&slot(42));
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let parsed = SlotHeader::parse(bytes.first_chunk().unwrap(), CELL, BrokerEpoch(7), 42);
        if let Ok(header) = parsed {
            prop_assert!(at >= HEADER_SIZE, "a damaged header was accepted");
            prop_assert!(verify_body(&header, &bytes).is_err(), "damaged content was accepted");
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = SlotFooter::parse(&bytes, &wal(), 1);
        let _ = storage::manifest::Manifest::parse(&bytes);
        if let Some(head) = bytes.first_chunk() {
            prop_assert!(SlotHeader::parse(head, CELL, BrokerEpoch(7), 1).is_err());
        }
    }

    #[test]
    fn a_truncated_slot_is_noticed(cut in 0_usize..2048) {
        let bytes = bytes_of(&slot(42));
        let cut = HEADER_SIZE + cut % (bytes.len() - HEADER_SIZE);
        let header = SlotHeader::parse(bytes.first_chunk().unwrap(), CELL, BrokerEpoch(7), 42).unwrap();
        prop_assert!(verify_body(&header, &bytes[..cut]).is_err());
    }
}
