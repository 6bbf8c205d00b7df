use api_app::model::{AuditDue, AuditTopic};
use api_app::{AuditTopicRepo, OrgScope, Stored, SystemWide};

use super::port::stored;
use crate::Store;

impl AuditTopicRepo for Store {
    fn audit_topics(&self, _: SystemWide) -> Stored<'_, Vec<AuditTopic>> {
        stored!(self.read_audit_topics())
    }
    fn audit_topic_due(
        &self,
        _: SystemWide,
        org: OrgScope,
        now_us: i64,
        limit: u32,
    ) -> Stored<'_, Vec<AuditDue>> {
        stored!(self.read_audit_due(org, now_us, limit))
    }
    fn audit_topic_written(
        &self,
        _: SystemWide,
        org: OrgScope,
        written: Vec<(String, i64)>,
    ) -> Stored<'_, ()> {
        stored!(self.drop_audit_due(org, written))
    }
}
