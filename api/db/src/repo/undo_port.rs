use api_app::model::{Deleted, Restored};
use api_app::{DeletedKind, OrgScope, Slice, Stored, SystemWide, UndoRepo};

use super::port::stored;
use crate::Store;

impl UndoRepo for Store {
    fn all_deleted(
        &self,
        org: OrgScope,
        kind: DeletedKind,
        now_us: i64,
        slice: Slice,
    ) -> Stored<'_, Vec<Deleted>> {
        stored!(self.list_deleted(org, kind, now_us, slice))
    }
    fn deleted(&self, org: OrgScope, id: String, now_us: i64) -> Stored<'_, Option<Deleted>> {
        stored!(self.read_deleted(org, id, now_us))
    }
    fn restore_cluster(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, Option<Restored>> {
        stored!(self.bring_cluster_back(org, id, now_us, rehearsal))
    }
    fn restore_environment(
        &self,
        org: OrgScope,
        id: String,
        now_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, Option<Restored>> {
        stored!(self.bring_environment_back(org, id, now_us, rehearsal))
    }
    fn purge_deleted(&self, org: OrgScope, id: String, now_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_deleted(org, id, now_us))
    }
    fn end_undo_windows(&self, _: SystemWide, now_us: i64) -> Stored<'_, u64> {
        stored!(self.end_windows(now_us))
    }
}
