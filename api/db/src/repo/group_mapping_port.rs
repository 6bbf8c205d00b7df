use api_app::model::GroupMapping;
use api_app::{GroupMappingRepo, OrgScope, Slice, Stored, Terms};

use super::port::stored;
use crate::Store;

impl GroupMappingRepo for Store {
    fn group_mappings(&self, org: OrgScope, slice: Slice) -> Stored<'_, Vec<GroupMapping>> {
        stored!(self.list_group_mappings(org, slice))
    }
    fn group_mapping(&self, org: OrgScope, id: String) -> Stored<'_, Option<GroupMapping>> {
        stored!(self.read_group_mapping(org, id))
    }
    fn insert_group_mapping(
        &self,
        org: OrgScope,
        row: GroupMapping,
        most: u64,
        terms: Terms,
    ) -> Stored<'_, bool> {
        stored!(self.write_group_mapping(org, row, most, terms))
    }
    fn update_group_mapping(
        &self,
        org: OrgScope,
        row: GroupMapping,
        before_us: i64,
        rehearsal: bool,
    ) -> Stored<'_, ()> {
        stored!(self.replace_group_mapping(org, row, before_us, rehearsal))
    }
    fn delete_group_mapping(&self, org: OrgScope, id: String, updated_us: i64) -> Stored<'_, bool> {
        stored!(self.remove_group_mapping(org, id, updated_us))
    }
}
