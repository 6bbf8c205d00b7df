//! The format level of a cell, and what it takes to raise it.

use super::state::{CellState, MetaConflict, Raised};
use crate::levels::FIRST_LEVEL;

impl CellState {
    /// The format level of the cell: nothing of a higher one may be written.
    #[must_use]
    pub fn level(&self) -> u16 {
        self.raised.as_ref().map_or(FIRST_LEVEL, |raised| raised.level)
    }

    /// The version of Weir that raised the level last.
    #[must_use]
    pub fn raised_by(&self) -> Option<&str> {
        self.raised.as_ref().map(|raised| &*raised.by).filter(|by| !by.is_empty())
    }

    /// The epochs of brokers whose version does not know a level. A broker counts until its log is
    /// sealed: before that it may still write, and read what others write.
    pub fn without_level(&self, level: u16) -> impl Iterator<Item = u64> {
        let lacks = move |b: &&super::BrokerRow| !b.formats.contains(level);
        self.brokers.values().filter(lacks).map(|b| b.epoch)
    }

    /// What an operator can raise the level to now.
    #[must_use]
    pub fn next_level(&self) -> Option<u16> {
        let next = self.level().checked_add(1)?;
        let all_know = self.without_level(next).next().is_none();
        (all_know && !self.brokers.is_empty()).then_some(next)
    }

    pub(super) fn raise_level(&mut self, level: u16, by: &str) -> Result<(), MetaConflict> {
        if level <= self.level() {
            return Ok(());
        }
        // INVARIANT: by what is committed alone, never by what the binary that applies it knows: all who
        // replay the log must come to the same state.
        if let Some(epoch) = self.without_level(level).next() {
            return Err(MetaConflict::Level { epoch, level });
        }
        self.raised = Some(Raised { level, by: by.to_owned() });
        Ok(())
    }
}
