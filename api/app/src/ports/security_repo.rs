use super::{OrgScope, Slice, Stored, SystemWide};
use crate::model::{AuditEvent, FindingRule, FindingState, Notice, SecurityFinding, SeenAddress};

/// Which findings to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// Only with this state.
    pub state: Option<FindingState>,
    /// Only of this rule.
    pub rule: Option<FindingRule>,
}

/// What the rules of security read and remember; a part of [`super::Repo`], on its terms.
pub trait SecurityRepo: Send + Sync {
    /// Every organisation, and up to when its audit log was looked at; 0 for never.
    fn security_cursors(&self, reach: SystemWide) -> Stored<'_, Vec<(String, i64)>>;
    /// Events by time from this one on, the oldest first.
    fn audit_events_since(
        &self,
        org: OrgScope,
        from_us: i64,
        limit: u32,
    ) -> Stored<'_, Vec<AuditEvent>>;
    /// What is remembered of some keys.
    fn seen_addresses(&self, org: OrgScope, keys: Vec<String>) -> Stored<'_, Vec<SeenAddress>>;
    /// Writes down what was seen happening, and up to when. What is new, or was over and is seen again, is told;
    /// what was seen no later than it is known is no news.
    fn settle_findings(
        &self,
        reach: SystemWide,
        org: OrgScope,
        found: Vec<(SecurityFinding, Notice)>,
        fresh: Vec<SeenAddress>,
        cursor_us: i64,
    ) -> Stored<'_, ()>;
    /// Writes down what is so, and tells of what is new. What is not among it is over.
    fn settle_standing(
        &self,
        reach: SystemWide,
        org: OrgScope,
        found: Vec<(SecurityFinding, Notice)>,
        now_us: i64,
    ) -> Stored<'_, ()>;
    /// Findings by when they were first seen.
    fn security_findings(
        &self,
        org: OrgScope,
        filter: FindingFilter,
        slice: Slice,
    ) -> Stored<'_, Vec<SecurityFinding>>;
    /// One finding.
    fn security_finding(&self, org: OrgScope, id: String) -> Stored<'_, Option<SecurityFinding>>;
    /// Replaces the state of a finding that was last changed at `before_us`, else false.
    fn update_security_finding(
        &self,
        org: OrgScope,
        row: SecurityFinding,
        before_us: i64,
    ) -> Stored<'_, bool>;
    /// How many findings of each rule are in each state.
    fn security_counts(&self, org: OrgScope) -> Stored<'_, Vec<(FindingRule, FindingState, u64)>>;
}
