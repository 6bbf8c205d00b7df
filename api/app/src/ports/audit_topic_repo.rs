use super::{OrgScope, Stored, SystemWide};
use crate::model::{AuditDue, AuditTopic};

/// Events of audit logs that are also written to a topic; a part of [`super::Repo`], on its terms.
///
/// An event is due from the transaction on that wrote it, and again when it is corrected.
pub trait AuditTopicRepo: Send + Sync {
    /// The organisations that want it.
    fn audit_topics(&self, reach: SystemWide) -> Stored<'_, Vec<AuditTopic>>;
    /// Events that are due, the oldest first.
    fn audit_topic_due(
        &self,
        reach: SystemWide,
        org: OrgScope,
        now_us: i64,
        limit: u32,
    ) -> Stored<'_, Vec<AuditDue>>;
    /// These are written. One that became due anew meanwhile stays.
    fn audit_topic_written(
        &self,
        reach: SystemWide,
        org: OrgScope,
        written: Vec<(String, i64)>,
    ) -> Stored<'_, ()>;
}
