use api_app::model::{
    AuditEvent, FindingRule, FindingState, Notice, SecurityFinding, SeenAddress, StoreVitals,
};
use api_app::{FindingFilter, OrgScope, SecurityRepo, Slice, Stored, SystemWide, VitalsRepo};

use super::port::stored;
use crate::Store;

impl VitalsRepo for Store {
    fn vitals(&self, _: SystemWide, now_us: i64) -> Stored<'_, StoreVitals> {
        stored!(self.read_vitals(now_us))
    }
}

impl SecurityRepo for Store {
    fn security_cursors(&self, _: SystemWide) -> Stored<'_, Vec<(String, i64)>> {
        stored!(self.read_security_cursors())
    }
    fn audit_events_since(
        &self,
        org: OrgScope,
        from_us: i64,
        limit: u32,
    ) -> Stored<'_, Vec<AuditEvent>> {
        stored!(self.read_audit_events_since(org, from_us, limit))
    }
    fn seen_addresses(&self, org: OrgScope, keys: Vec<String>) -> Stored<'_, Vec<SeenAddress>> {
        stored!(self.read_seen_addresses(org, keys))
    }
    fn settle_findings(
        &self,
        _: SystemWide,
        org: OrgScope,
        found: Vec<(SecurityFinding, Notice)>,
        fresh: Vec<SeenAddress>,
        cursor_us: i64,
    ) -> Stored<'_, ()> {
        stored!(self.write_findings(org, found, fresh, cursor_us))
    }
    fn settle_standing(
        &self,
        _: SystemWide,
        org: OrgScope,
        found: Vec<(SecurityFinding, Notice)>,
        now_us: i64,
    ) -> Stored<'_, ()> {
        stored!(self.write_standing(org, found, now_us))
    }
    fn security_findings(
        &self,
        org: OrgScope,
        filter: FindingFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<SecurityFinding>> {
        stored!(self.list_security_findings(org, filter, slice))
    }
    fn security_finding(&self, org: OrgScope, id: String) -> Stored<'_, Option<SecurityFinding>> {
        stored!(self.read_security_finding(org, id))
    }
    fn update_security_finding(
        &self,
        org: OrgScope,
        row: SecurityFinding,
        before_us: i64,
    ) -> Stored<'_, bool> {
        stored!(self.replace_security_finding(org, row, before_us))
    }
    fn security_counts(&self, org: OrgScope) -> Stored<'_, Vec<(FindingRule, FindingState, u64)>> {
        stored!(self.count_security_findings(org))
    }
}
