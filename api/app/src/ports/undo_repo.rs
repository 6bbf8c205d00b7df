use super::{OrgScope, Slice, Stored, SystemWide};
use crate::model::{Deleted, Restored};

/// How something is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// The time.
    pub at_us: i64,
    /// What it takes to bring it back; none where it is gone at once.
    pub keep: Option<Keep>,
}

/// How long something that is deleted can be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// Until then.
    pub until_us: i64,
    /// Who deletes it: `sa-…`, `u-…` or `pool-…`.
    pub deleted_by: String,
}

impl Deletion {
    /// A deletion for good.
    #[must_use]
    pub fn at(at_us: i64) -> Self {
        Self { at_us, keep: None }
    }

    /// Until when it can be undone.
    #[must_use]
    pub fn until_us(&self) -> Option<i64> {
        self.keep.as_ref().map(|keep| keep.until_us)
    }
}

/// What can be brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedKind {
    /// A cluster.
    Cluster,
    /// An environment with what was in it.
    Environment,
}

impl DeletedKind {
    /// What its ids begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Cluster => "lkc-",
            Self::Environment => "env-",
        }
    }
}

/// The part of the store that is about what was deleted and can be brought back. As in [`super::Repo`], every method
/// is one transaction.
pub trait UndoRepo: Send + Sync {
    /// What was deleted of a kind and can be brought back at `now_us`, by deletion.
    fn all_deleted(
        &self,
        org: OrgScope,
        kind: DeletedKind,
        now_us: i64,
        slice: Slice,
    ) -> Stored<'_, Vec<Deleted>>;
    /// One of them.
    fn deleted(&self, org: OrgScope, id: String, now_us: i64) -> Stored<'_, Option<Deleted>>;
    /// Brings a cluster back with its keys, roles, lists, quotas and waiting topics, and wakes its pass. None when there is
    /// none to bring back, [`super::RepoError::ParentGone`] when its environment is deleted. A rehearsal changes nothing.
    fn restore_cluster(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, Option<Restored>>;
    /// The same for an environment with the clusters that were deleted with it. Its name must be free.
    fn restore_environment(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, Option<Restored>>;
    /// Ends the undo window of one of them and of what was deleted with it, and wakes their passes, which delete them for
    /// good. False when there is none.
    fn purge_deleted(&self, org: OrgScope, id: String, now_us: i64) -> Stored<'_, bool>;
    /// The same for all whose windows are over at `now_us`; how many these were.
    fn end_undo_windows(&self, reach: SystemWide, now_us: i64) -> Stored<'_, u64>;
}
