use common_errors::{Error, ErrorKind};

use super::core::allow;
use super::environments::STALE_RETRIES;
use super::{App, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{forbidden, from_repo, invalid};
use crate::model::{AuditEvent, AuditSettings, Cluster, Phase};
use crate::page::{Page, PageRequest, page};
use crate::ports::{AuditFilter, RepoError};

/// Ten years.
const RETENTION_DAYS_MAX: u32 = 3_653;

/// What is wanted of the audit log; absent members are left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditWish {
    /// Older events go.
    pub retention_days: Option<u32>,
    /// Nothing goes while this is on.
    pub legal_hold: Option<bool>,
    /// The cluster with the topic that events are also written to; empty for none.
    pub topic_cluster_id: Option<String>,
}

impl App {
    /// One page of the audit log of the caller's organisation, the newest first.
    ///
    /// # Errors
    /// A missing role; a bad page token; the store.
    pub async fn audit_events(
        &self,
        caller: &Caller,
        filter: AuditFilter,
        request: &PageRequest,
    ) -> Result<Page<AuditEvent>, Error> {
        may(caller, Action::Read)?;
        page(
            request,
            |slice| self.parts.repo.audit_events(caller.org(), filter.clone(), slice),
            |_| true,
        )
        .await
    }

    /// How long the audit log of the caller's organisation is kept.
    ///
    /// # Errors
    /// A missing role; the store.
    pub async fn audit_settings(&self, caller: &Caller) -> Result<AuditSettings, Error> {
        may(caller, Action::Read)?;
        let organization_id = caller.organization_id.clone();
        let kept = self.parts.repo.audit_settings(caller.org()).await;
        Ok(kept.map_err(from_repo)?.unwrap_or_else(|| AuditSettings::of(organization_id)))
    }

    /// Changes that.
    ///
    /// # Errors
    /// A bad value; a missing role; the store.
    pub async fn update_audit_settings(
        &self,
        caller: &Caller,
        wish: AuditWish,
        change: &Change,
    ) -> Result<AuditSettings, Error> {
        if wish.retention_days.is_some_and(|days| !(1..=RETENTION_DAYS_MAX).contains(&days)) {
            let detail = format!("retention_days must be 1 to {RETENTION_DAYS_MAX}");
            return Err(invalid("/retention_days", detail));
        }
        for _ in 0..STALE_RETRIES {
            let mut row = self.audit_settings(caller).await?;
            may(caller, Action::Update)?;
            change.check(&row)?;
            let (before_us, before) = (row.updated_us, row.topic_cluster_id.clone());
            if let Some(wanted) = &wish.topic_cluster_id
                && *wanted != before
            {
                self.check_audit_cluster(caller, wanted).await?;
                row.topic_cluster_id.clone_from(wanted);
            }
            row.retention_days = wish.retention_days.unwrap_or(row.retention_days);
            row.legal_hold = wish.legal_hold.unwrap_or(row.legal_hold);
            row.updated_us = self.now_us().max(before_us + 1);
            if change.dry_run {
                return Ok(row);
            }
            let changed =
                self.parts.repo.update_audit_settings(caller.org(), row.clone(), before_us).await;
            if changed.map_err(from_repo)? {
                for cluster in [&before, &row.topic_cluster_id] {
                    if before != row.topic_cluster_id && !cluster.is_empty() {
                        self.publish_cluster(cluster).await?;
                    }
                }
                return Ok(row);
            }
        }
        Err(from_repo(RepoError::Stale))
    }
}

impl App {
    /// Events can be written to it.
    async fn check_audit_cluster(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        let pointer = "/topic_cluster_id";
        if id.is_empty() {
            return Ok(());
        }
        let row = self.parts.repo.cluster(caller.org(), id.to_owned()).await.map_err(from_repo)?;
        let row = row.ok_or_else(|| invalid(pointer, format!("there is no cluster {id}")))?;
        if row.phase != Phase::Provisioned {
            let detail = format!("cluster {id} is not PROVISIONED yet; try again when it is");
            return Err(invalid(pointer, detail));
        }
        Ok(())
    }

    /// The cluster with the topic that the audit log of the caller's organisation is also written to.
    ///
    /// # Errors
    /// The store.
    pub async fn audit_cluster(&self, caller: &Caller) -> Result<Option<Cluster>, Error> {
        let repo = &self.parts.repo;
        let kept = repo.audit_settings(caller.org()).await.map_err(from_repo)?;
        let Some(id) = kept.map(|kept| kept.topic_cluster_id).filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        repo.cluster(caller.org(), id).await.map_err(from_repo)
    }

    /// The cluster that the audit log is written to stays: `is_going` says whether one goes.
    pub(crate) async fn keep_audit_cluster(
        &self,
        caller: &Caller,
        is_going: impl FnOnce(&Cluster) -> bool,
    ) -> Result<(), Error> {
        if let Some(row) = self.audit_cluster(caller).await?.filter(is_going) {
            let id = row.id;
            let detail = format!(
                "the audit log is written to cluster {id}; end that first: PATCH /weir/v1/audit-settings with \
                 topic_cluster_id \"\""
            );
            return Err(Error::new(ErrorKind::Conflict, "audit_log_cluster", detail));
        }
        Ok(())
    }
}

fn may(caller: &Caller, action: Action) -> Result<(), Error> {
    let id = &caller.organization_id;
    // Everybody knows that there is an audit log.
    allow(caller, action, caller.own(Thing::AuditLog), "audit-log", id)
        .map_err(|_| forbidden("read or change the audit log"))
}
