//! Slot numbers in flight, and the durable frontier.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::planted::{Planted, on};

/// A slot that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub slot: u64,
    /// The durable frontier now, for the slot's header.
    pub frontier: u64,
}

/// Numbers slots densely and follows what is stored: the frontier is the count of leading slots that
/// are.
///
/// No slot at or above frontier + width is ever numbered. Whoever seals the log counts on it: a slot
/// further behind the end is proof that something durable is gone.
#[derive(Debug, Clone)]
pub struct Window {
    width: u64,
    next: u64,
    frontier: u64,
    /// Stored, but behind a slot that is not yet.
    ahead: BTreeSet<u64>,
}

impl Window {
    /// An empty log with at most `width` slots in flight, at least one.
    #[must_use]
    pub fn new(width: u32) -> Self {
        Self { width: u64::from(width.max(1)), next: 0, frontier: 0, ahead: BTreeSet::new() }
    }

    /// Whether another slot may be sent now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.next < self.frontier + self.width
    }

    /// Numbers the next slot, unless the window is full.
    pub fn open(&mut self) -> Option<Place> {
        if !self.has_room() {
            return None;
        }
        let place = Place { slot: self.next, frontier: self.frontier };
        self.next += 1;
        Some(place)
    }

    /// A slot is stored. Returns the slots that became durable by it, in order; often none.
    ///
    /// # Panics
    /// When the slot was never sent, or was reported before: the caller lost count.
    pub fn stored(&mut self, slot: u64) -> Range<u64> {
        if on(Planted::AckBeforePrefix) {
            self.frontier += 1;
            return self.frontier - 1..self.frontier;
        }
        assert!((self.frontier..self.next).contains(&slot), "slot {slot} is not in flight");
        assert!(self.ahead.insert(slot), "slot {slot} was reported twice");
        let from = self.frontier;
        while self.ahead.remove(&self.frontier) {
            self.frontier += 1;
        }
        from..self.frontier
    }

    /// All slots below are durable.
    #[must_use]
    pub fn frontier(&self) -> u64 {
        self.frontier
    }

    /// The number of the next slot.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Slots that are sent and not yet durable.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.next - self.frontier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frontier_follows_the_prefix_and_bounds_what_is_sent() {
        let mut w = Window::new(3);
        let sent: Vec<_> = std::iter::from_fn(|| w.open()).map(|p| (p.slot, p.frontier)).collect();
        assert_eq!(sent, [(0, 0), (1, 0), (2, 0)]);
        assert_eq!(w.stored(2), 0..0);
        assert_eq!(w.stored(1), 0..0);
        assert!(!w.has_room(), "slot 0 holds everything up");
        assert_eq!(w.stored(0), 0..3);
        assert_eq!((w.frontier(), w.in_flight()), (3, 0));
        assert_eq!(w.open(), Some(Place { slot: 3, frontier: 3 }));
    }
}
