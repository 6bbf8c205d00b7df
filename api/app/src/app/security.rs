use std::collections::BTreeSet;
use std::time::Duration;

use common_errors::{Error, ErrorKind};
use common_types::crn;

use super::core::{allow, sees};
use super::environments::STALE_RETRIES;
use super::{App, Change};
use crate::authz::{Action, Caller, Thing};
use crate::failures::{bad_filter, from_repo, invalid, not_found};
use crate::model::{FindingRule, FindingState, Notice, Role, SecurityFinding, SecurityHit, micros};
use crate::page::{Page, PageRequest, page};
use crate::ports::{
    BindingFilter, FindingFilter, KeyFilter, OrgScope, RepoError, Slice, SystemWide,
};
use crate::security::{Reachable, SecurityScore, Standing, addresses, bursts, score, standing};

/// How often new events are looked at.
const PAUSE: Duration = Duration::from_secs(15);
/// How often it is looked how things are.
const STANDING_PAUSE: Duration = Duration::from_secs(600);
/// Events of one organisation that are looked at in one turn.
const EVENTS_MAX: u32 = 10_000;
/// How long an event may take into the log: denials are written behind the answer.
const LAG: Duration = Duration::from_secs(120);
/// How far looking may be ahead of what is written down of it.
const CURSOR_STEP: Duration = Duration::from_secs(300);
/// Keys, and bindings of each role, that are looked at: the oldest.
const STANDING_MAX: u32 = 1_000;
const KIND: &str = "finding";
const ROLES: [Role; 3] = [Role::OrganizationAdmin, Role::EnvironmentAdmin, Role::CloudClusterAdmin];

impl App {
    /// Looks at what happens and at how things are. Never ends; spawn it.
    pub async fn keep_security(&self) {
        let mut looked: Option<Duration> = None;
        loop {
            let now = self.parts.clock.mono();
            let all = looked.is_none_or(|at| now.saturating_sub(at) >= STANDING_PAUSE);
            if all {
                looked = Some(now);
            }
            if let Err(error) = self.watch_security(all).await {
                tracing::warn!(%error, "the rules of security look again later");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Applies the rules to what came into the audit logs, and, when told to, to how things are.
    ///
    /// # Errors
    /// The store. What was not written down is looked at again.
    pub async fn watch_security(&self, how_things_are: bool) -> Result<(), Error> {
        let reach = SystemWide::Security;
        let all = self.parts.repo.security_cursors(reach).await.map_err(from_repo)?;
        for (organization_id, at_us) in all {
            self.watch_events(&organization_id, at_us).await?;
            if how_things_are {
                self.watch_standing(&organization_id).await?;
            }
        }
        Ok(())
    }

    async fn watch_events(&self, organization_id: &str, at_us: i64) -> Result<(), Error> {
        let (repo, rules) = (&self.parts.repo, &self.parts.security);
        let (org, now_us) = (OrgScope::of(organization_id), self.now_us());
        let window_us = i64::from(rules.window_s) * 1_000_000;
        // The first time, what happened just before counts, too.
        let at_us = if at_us == 0 { now_us } else { at_us };
        let from_us = at_us.saturating_sub(window_us);
        let events = repo.audit_events_since(org.clone(), from_us, EVENTS_MAX).await;
        let events = events.map_err(from_repo)?;
        let Some(last) = events.last() else { return Ok(()) };
        let is_all = events.len() < usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX);
        let cursor_us = if is_all {
            now_us.saturating_sub(micros(LAG)).max(at_us)
        } else {
            // A flood: the next turn goes on behind it, at the cost of a burst on the border.
            last.created_us.saturating_add(window_us)
        };
        let keys: BTreeSet<String> = events.iter().map(|event| event.key_id.clone()).collect();
        let known = repo.seen_addresses(org.clone(), keys.into_iter().collect()).await;
        let (mut hits, fresh) = addresses(rules, &events, &known.map_err(from_repo)?);
        hits.extend(bursts(rules, &events));
        let is_due = cursor_us.saturating_sub(at_us) >= micros(CURSOR_STEP) || !is_all;
        if hits.is_empty() && fresh.is_empty() && !is_due {
            return Ok(());
        }
        let found = self.findings_of(organization_id, hits);
        let kept = repo.settle_findings(SystemWide::Security, org, found, fresh, cursor_us).await;
        kept.map_err(from_repo)
    }

    async fn watch_standing(&self, organization_id: &str) -> Result<(), Error> {
        let (repo, org) = (&self.parts.repo, OrgScope::of(organization_id));
        let oldest = || Slice { after: None, limit: STANDING_MAX };
        let mut bindings = Vec::new();
        for role in ROLES {
            let filter = BindingFilter {
                crn: crn::organization(organization_id),
                inclusive: true,
                principal: None,
                role_name: Some(role.as_str().to_owned()),
            };
            let rows =
                repo.role_bindings(org.clone(), filter, oldest()).await.map_err(from_repo)?;
            for row in rows {
                let Some(owner) = row.principal.strip_prefix("User:sa-") else { continue };
                let filter =
                    KeyFilter { owner_id: Some(format!("sa-{owner}")), ..KeyFilter::default() };
                let one = Slice { after: None, limit: 1 };
                let keys = repo.api_keys(org.clone(), filter, one).await.map_err(from_repo)?;
                if !keys.is_empty() {
                    bindings.push(row);
                }
            }
        }
        let keys = repo.api_keys(org.clone(), KeyFilter::default(), oldest()).await;
        let (filters, _) = repo.ip_rules(org.clone()).await.map_err(from_repo)?;
        let it = Standing {
            bindings,
            keys: keys.map_err(from_repo)?,
            reachable: Reachable {
                base_url: self.parts.endpoints.api_base_url.clone(),
                ip_filters: filters.len(),
            },
        };
        let hits = standing(&self.parts.security, &it, self.now_us());
        let found = self.findings_of(organization_id, hits);
        let kept = repo.settle_standing(SystemWide::Security, org, found, self.now_us()).await;
        kept.map_err(from_repo)
    }

    fn findings_of(
        &self,
        organization_id: &str,
        hits: Vec<SecurityHit>,
    ) -> Vec<(SecurityFinding, Notice)> {
        let now_us = self.now_us();
        let of = |hit: SecurityHit| {
            let id = SecurityFinding::id_of(organization_id, &hit);
            let notice_type = hit.rule.notice_type();
            let notice = Notice {
                notice_type,
                organization_id: organization_id.to_owned(),
                resource: hit.resource.clone(),
                title: format!("{}: {}", notice_type.described().0, hit.subject),
                message: format!("{}. Finding {id}.", hit.detail),
                at_us: now_us,
            };
            let finding = SecurityFinding {
                id,
                organization_id: organization_id.to_owned(),
                state: FindingState::Open,
                created_us: hit.first_us,
                updated_us: now_us,
                hit,
            };
            (finding, notice)
        };
        hits.into_iter().map(of).collect()
    }

    /// One page of the findings.
    ///
    /// # Errors
    /// A bad filter or page token; the store.
    pub async fn security_findings(
        &self,
        caller: &Caller,
        (state, rule): (Option<&str>, Option<&str>),
        request: &PageRequest,
    ) -> Result<Page<SecurityFinding>, Error> {
        let state = state.map(str::parse::<FindingState>).transpose();
        let rule = rule.map(str::parse::<FindingRule>).transpose();
        let filter = FindingFilter {
            state: state.map_err(|error| bad_filter("state", format!("state: {error}")))?,
            rule: rule.map_err(|error| bad_filter("rule", format!("rule: {error}")))?,
        };
        let sees = sees(caller, caller.own(Thing::Security));
        let fetch = |slice| self.parts.repo.security_findings(caller.org(), filter, slice);
        page(request, fetch, |_: &SecurityFinding| sees).await
    }

    /// One finding.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it.
    pub async fn security_finding(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<SecurityFinding, Error> {
        self.finding_for(caller, Action::Read, id).await
    }

    /// Says how far somebody got with a finding.
    ///
    /// # Errors
    /// Not found; a bad state; one that is still so and shall be resolved; a missing role.
    pub async fn update_security_finding(
        &self,
        caller: &Caller,
        id: &str,
        state: Option<&str>,
        change: &Change,
    ) -> Result<SecurityFinding, Error> {
        let state = state.map(str::parse::<FindingState>).transpose();
        let state = state.map_err(|error| invalid("/state", format!("state: {error}")))?;
        for _ in 0..STALE_RETRIES {
            let mut row = self.finding_for(caller, Action::Update, id).await?;
            change.check(&row)?;
            if row.hit.rule.is_standing() && state == Some(FindingState::Resolved) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "finding_still_so",
                    "this finding is resolved by itself once it is no longer so; acknowledge it if \
                     it is to stay",
                ));
            }
            let before_us = row.updated_us;
            row.state = state.unwrap_or(row.state);
            row.updated_us = self.now_us().max(before_us + 1);
            if change.dry_run {
                return Ok(row);
            }
            let repo = &self.parts.repo;
            let kept = repo.update_security_finding(caller.org(), row.clone(), before_us).await;
            if kept.map_err(from_repo)? {
                return Ok(row);
            }
        }
        Err(from_repo(RepoError::Stale))
    }

    /// How safe the caller's organisation is, as far as rules can tell.
    ///
    /// # Errors
    /// A missing role; the store.
    pub async fn security_score(&self, caller: &Caller) -> Result<SecurityScore, Error> {
        let id = &caller.organization_id;
        allow(caller, Action::Read, caller.own(Thing::Security), "security score", id)?;
        let counts = self.parts.repo.security_counts(caller.org()).await.map_err(from_repo)?;
        Ok(score(&counts))
    }

    async fn finding_for(
        &self,
        caller: &Caller,
        action: Action,
        id: &str,
    ) -> Result<SecurityFinding, Error> {
        allow(caller, action, caller.own(Thing::Security), KIND, id)?;
        let row = self.parts.repo.security_finding(caller.org(), id.to_owned()).await;
        row.map_err(from_repo)?.ok_or_else(|| not_found(KIND, id))
    }
}
