//! What everything in the store is there for.

use std::collections::BTreeSet;

use super::logs::place;
use super::report::Class;
use crate::meta::{CellState, EpochState};
use crate::slot::{HEADER_SIZE, TAIL_SIZE};
use crate::store::Listed;

/// A slot of this size has no chunks: a seal, which stays.
const SEAL_BYTES: u64 = (HEADER_SIZE + TAIL_SIZE) as u64;

/// The class of an object, by what metadata and all manifests say.
pub(super) fn class_of(object: &Listed, state: &CellState, named: &BTreeSet<String>) -> Class {
    let key = object.key.as_str();
    let (first, rest) = key.split_once('/').unwrap_or((key, ""));
    match first {
        "cell.json" | "copy.json" | "meta-store.json" | "epochs" | "meta" | "holds" | "keys" => {
            Class::Records
        }
        "pg" if rest.ends_with("/manifest") => Class::Manifests,
        "seg" if named.contains(key) => Class::Segments,
        "seg" => {
            let creator = rest.split('/').nth(1);
            let creator = creator.and_then(|hex| u64::from_str_radix(hex, 16).ok());
            match creator.and_then(|epoch| state.epochs().get(&epoch)) {
                Some(EpochState::Active | EpochState::Fenced) => Class::SegmentsOfTheLiving,
                Some(EpochState::Sealed { .. }) | None => Class::SegmentsOfTheDead,
            }
        }
        "wal" if object.size <= SEAL_BYTES => Class::Seals,
        "wal" => match place(key) {
            Some((epoch, slot)) => class_of_slot(epoch, slot, state),
            None => Class::Foreign,
        },
        "proof" => Class::LeftOfProofs,
        _ => Class::Foreign,
    }
}

fn class_of_slot(epoch: u64, slot: u64, state: &CellState) -> Class {
    match state.epochs().get(&epoch) {
        None => Class::SlotsOfNobody,
        Some(EpochState::Sealed { end }) if slot >= *end => Class::SlotsBehindEnd,
        Some(_) if slot < state.wal_low(epoch) => Class::SlotsGivenUp,
        Some(_) => Class::Slots,
    }
}
