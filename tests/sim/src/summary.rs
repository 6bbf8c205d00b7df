use std::fmt;
use std::ops::AddAssign;

/// What a seed went through.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Incarnations begun.
    pub lives: u64,
    /// Power cuts.
    pub cuts: u64,
    /// Processes killed: the machine stays up, and with it the page cache.
    pub kills: u64,
    /// Cuts and kills before the cell had opened.
    pub cuts_in_recovery: u64,
    /// Pages that the medium lost.
    pub pages_lost: u64,
    /// Records acknowledged.
    pub acknowledged: usize,
}

/// What a run on an object store went through.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct StoreSummary {
    /// Incarnations begun.
    pub lives: u64,
    /// Incarnations that were killed.
    pub killed: u64,
    /// Incarnations that were killed while they took over.
    pub killed_in_takeover: u64,
    /// Incarnations that were frozen, and woke up some time later.
    pub frozen: u64,
    /// Incarnations that still ran when another took over.
    pub pushed: u64,
    /// Incarnations that met the slots of a copy of their machine.
    pub cloned: u64,
    /// Minutes in which the store answered nothing but 503, or nothing at all.
    pub brown_outs: u64,
    /// Takeovers that were refused because acknowledged slots had been deleted.
    pub lost_slots: u64,
    /// Takeovers that were refused because metadata was older than what it describes.
    pub rolled_back: u64,
    /// Segments in the store at the end.
    pub segments: usize,
    /// Extents that were merged into larger ones.
    pub merged: u64,
    /// Records acknowledged.
    pub acknowledged: usize,
}

/// What a run of several brokers went through.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CompanySummary {
    /// Processes begun.
    pub lives: u64,
    /// Processes that were killed.
    pub killed: u64,
    /// Processes that were killed before they were open.
    pub killed_in_start: u64,
    /// Processes that were frozen for a while.
    pub frozen: u64,
    /// Processes that ended because others had replaced them.
    pub replaced: u64,
    /// Pairs of processes that did not hear each other for a while.
    pub cut: u64,
    /// Processes that handed over and stopped.
    pub left: u64,
    /// Brokers that were drained.
    pub drained: u64,
    /// Minutes in which the store was ill for one process, or for all.
    pub brown_outs: u64,
    /// The highest leader epoch of a placement group at the end, summed: changes of leaders.
    pub changes: u64,
    /// Extents that were merged into larger ones.
    pub merged: u64,
    /// Records acknowledged.
    pub acknowledged: usize,
}

impl AddAssign for CompanySummary {
    fn add_assign(&mut self, one: Self) {
        self.lives += one.lives;
        self.killed += one.killed;
        self.killed_in_start += one.killed_in_start;
        self.frozen += one.frozen;
        self.replaced += one.replaced;
        self.cut += one.cut;
        self.left += one.left;
        self.drained += one.drained;
        self.brown_outs += one.brown_outs;
        self.changes += one.changes;
        self.merged += one.merged;
        self.acknowledged += one.acknowledged;
    }
}

impl fmt::Display for CompanySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lives, killed, killed_in_start, frozen, replaced, cut, left, .. } = self;
        let Self { drained, brown_outs, changes, merged, acknowledged, .. } = self;
        write!(
            f,
            "{lives} processes, {killed} killed, {killed_in_start} killed in start, {frozen} frozen, \
             {replaced} ended as replaced, {cut} links cut, {left} stopped in order, {drained} drained, \
             {brown_outs} brown-outs, {changes} changes of leader, {merged} extents merged, \
             {acknowledged} records acknowledged"
        )
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, one: Self) {
        self.lives += one.lives;
        self.cuts += one.cuts;
        self.kills += one.kills;
        self.cuts_in_recovery += one.cuts_in_recovery;
        self.pages_lost += one.pages_lost;
        self.acknowledged += one.acknowledged;
    }
}

impl AddAssign for StoreSummary {
    fn add_assign(&mut self, one: Self) {
        self.lives += one.lives;
        self.killed += one.killed;
        self.killed_in_takeover += one.killed_in_takeover;
        self.frozen += one.frozen;
        self.pushed += one.pushed;
        self.cloned += one.cloned;
        self.brown_outs += one.brown_outs;
        self.lost_slots += one.lost_slots;
        self.rolled_back += one.rolled_back;
        self.segments += one.segments;
        self.merged += one.merged;
        self.acknowledged += one.acknowledged;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} lives, {} power cuts, {} kills ({} of both in recovery), {} pages lost, {} records acknowledged",
            self.lives,
            self.cuts,
            self.kills,
            self.cuts_in_recovery,
            self.pages_lost,
            self.acknowledged
        )
    }
}

impl fmt::Display for StoreSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lives, killed, killed_in_takeover, frozen, pushed, cloned, .. } = self;
        let Self { brown_outs, lost_slots, rolled_back, segments, merged, acknowledged, .. } = self;
        write!(
            f,
            "{lives} processes, {killed} killed, {killed_in_takeover} killed in takeover, {frozen} frozen, \
             {pushed} replaced at work, {cloned} cloned, {brown_outs} brown-outs, {lost_slots} losses and \
             {rolled_back} old metadata refused, {segments} segments, {merged} extents merged, \
             {acknowledged} records acknowledged"
        )
    }
}
