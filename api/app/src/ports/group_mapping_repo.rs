use super::{OrgScope, Slice, Stored, Terms};
use crate::model::GroupMapping;

/// The part of the store that is about groups of people who sign in at their provider. As in [`super::Repo`], every
/// method is one transaction.
pub trait GroupMappingRepo: Send + Sync {
    /// Group mappings by creation.
    fn group_mappings(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<GroupMapping>>;
    /// One group mapping.
    fn group_mapping(&self, org: OrgScope, id: String) -> Stored<'_, Option<GroupMapping>>;
    /// Adds a group mapping; its name must be free. False, and nothing is added, when there are `most`.
    fn insert_group_mapping(
        &self,
        org: OrgScope,
        row: GroupMapping,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool>;
    /// Replaces a group mapping that was last changed at `before_us`. A rehearsal changes nothing.
    fn update_group_mapping(
        &self,
        org: OrgScope,
        row: GroupMapping,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()>;
    /// Removes a group mapping that was last changed then, with its role bindings. False when there is none.
    fn delete_group_mapping(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool>;
}
