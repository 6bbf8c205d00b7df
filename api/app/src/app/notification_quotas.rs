use common_errors::Error;
use common_types::crn;
use common_types::limits::CLIENT_QUOTAS_PER_CLUSTER_MAX;

use super::App;
use super::acls::{TOTAL_MAX_LEAST, total_max};
use crate::failures::from_repo;
use crate::model::{Cluster, Notice, NoticeType};
use crate::ports::SystemWide;

/// What is told, from which share of a limit on, in hundredths.
const STEPS: [(u64, NoticeType); 3] =
    [(50, NoticeType::Quota50), (90, NoticeType::Quota90), (100, NoticeType::Quota100)];
/// How far a share falls below its step before reaching it is told again, in hundredths of the limit.
const SLACK: u64 = 5;

impl App {
    /// Tells of limits of which much is used: once, until it is less again.
    ///
    /// # Errors
    /// The store.
    pub async fn watch_quotas(&self) -> Result<(), Error> {
        let least = |limit: u32| u64::from(limit) * (STEPS[0].0 - SLACK) / 100;
        let (acls, quotas) = (least(TOTAL_MAX_LEAST), least(CLIENT_QUOTAS_PER_CLUSTER_MAX));
        let repo = &self.parts.repo;
        let used = repo.quota_use(SystemWide::Notifications, acls, quotas).await;
        let (mut raised, mut kept) = (Vec::new(), Vec::new());
        for it in used.map_err(from_repo)? {
            for (name, title, used, limit) in [
                (
                    "kafka.max_acls.per_cluster",
                    "ACLs",
                    it.acls,
                    u64::from(total_max(it.cluster.config.kind)),
                ),
                (
                    "kafka.max_client_quotas.per_cluster",
                    "client quotas",
                    it.client_quotas,
                    CLIENT_QUOTAS_PER_CLUSTER_MAX.into(),
                ),
            ] {
                for (step, notice_type) in STEPS {
                    let mark = format!("{}/{name}/{step}", it.cluster.id);
                    if used * 100 >= limit * step {
                        let notice =
                            self.quota_notice(&it.cluster, notice_type, (title, used, limit));
                        raised.push((mark.clone(), notice));
                        kept.push(mark);
                    } else if used * 100 >= limit * (step - SLACK) {
                        kept.push(mark);
                    }
                }
            }
        }
        repo.settle_marks(SystemWide::Notifications, raised, kept).await.map_err(from_repo)
    }

    fn quota_notice(
        &self,
        cluster: &Cluster,
        notice_type: NoticeType,
        (what, used, limit): (&str, u64, u64),
    ) -> Notice {
        let (org, name) = (&cluster.organization_id, &cluster.display_name);
        let next = match notice_type {
            NoticeType::Quota100 => " The next one is refused.",
            _ => "",
        };
        Notice {
            notice_type,
            organization_id: org.clone(),
            resource: crn::kafka_cluster(org, &cluster.environment_id, &cluster.id),
            title: format!("Cluster {name} uses {used} of {limit} {what}"),
            message: format!(
                "Cluster {name} ({}) has {used} {what}; there may be {limit}.{next} Delete what is \
                 not needed, or spread it over several clusters.",
                cluster.id
            ),
            at_us: self.now_us(),
        }
    }
}
