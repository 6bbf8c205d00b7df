use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::SecurityRules;
use crate::model::{
    AuditEvent, AuditKind, AuditResult, FindingRule, SEEN_ADDRESSES_MAX, SecurityHit, SeenAddress,
};

const SECOND_US: i64 = 1_000_000;
const HOUR_US: i64 = 3600 * SECOND_US;

/// Bursts of failed sign-ins from one address, and of denials of one principal. Events come by time.
pub(crate) fn bursts(rules: &SecurityRules, events: &[AuditEvent]) -> Vec<SecurityHit> {
    let mut found = burst(events, rules, rules.sign_ins, |event| {
        let failed = event.kind == AuditKind::Authentication && event.result == AuditResult::Denied;
        let from = (failed && !event.address.is_empty()).then(|| event.address.clone())?;
        Some((FindingRule::FailedSignIns, from))
    });
    found.extend(burst(events, rules, rules.denials, |event| {
        let denied = event.kind == AuditKind::Authorization && event.result == AuditResult::Denied;
        let who = (denied && !event.principal.is_empty()).then(|| event.principal.clone())?;
        Some((FindingRule::UnusualDenials, who))
    }));
    found
}

/// Subjects with at least `least` events within a window, with all events of theirs from the first such window on.
fn burst(
    events: &[AuditEvent],
    rules: &SecurityRules,
    least: u32,
    of: impl Fn(&AuditEvent) -> Option<(FindingRule, String)>,
) -> Vec<SecurityHit> {
    let window_us = i64::from(rules.window_s) * SECOND_US;
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    let mut recent: BTreeMap<String, VecDeque<i64>> = BTreeMap::new();
    let mut hits: BTreeMap<String, SecurityHit> = BTreeMap::new();
    for event in events {
        let Some((rule, subject)) = of(event) else { continue };
        let times = recent.entry(subject.clone()).or_default();
        times.push_back(event.created_us);
        // Of a flood, the newest are enough to know that it goes on.
        while times.len() > least
            || times.front().is_some_and(|at| event.created_us.saturating_sub(*at) > window_us)
        {
            times.pop_front();
        }
        if times.len() < least {
            continue;
        }
        let first_us = times.front().copied().unwrap_or(event.created_us);
        let hit = hits.entry(subject.clone()).or_insert_with(|| SecurityHit {
            rule,
            detail: match rule {
                FindingRule::UnusualDenials => {
                    format!("{subject} was denied {least} times within {} s", rules.window_s)
                }
                _ => format!("{least} sign-ins from {subject} failed within {} s", rules.window_s),
            },
            subject,
            resource: event.subject.clone(),
            first_us,
            last_us: event.created_us,
        });
        hit.last_us = event.created_us;
    }
    hits.into_values().collect()
}

/// Keys that were used from an address that they were not used from before, and every address that is new.
/// `known` holds what is remembered of the keys of these events.
pub(crate) fn addresses(
    rules: &SecurityRules,
    events: &[AuditEvent],
    known: &[SeenAddress],
) -> (Vec<SecurityHit>, Vec<SeenAddress>) {
    let learn_us = i64::from(rules.learn_hours) * HOUR_US;
    let mut of_keys: BTreeMap<&str, (i64, BTreeSet<&str>)> = BTreeMap::new();
    for it in known {
        let entry = of_keys.entry(&it.key_id).or_insert((it.first_us, BTreeSet::new()));
        entry.0 = entry.0.min(it.first_us);
        entry.1.insert(&it.address);
    }
    let (mut hits, mut fresh) = (Vec::new(), Vec::new());
    for event in events.iter().filter(|event| is_use_of_key(event)) {
        let entry = of_keys.entry(&event.key_id).or_insert((event.created_us, BTreeSet::new()));
        let (since_us, seen) = (entry.0, &mut entry.1);
        // A key that is used from everywhere tells nothing by being used from elsewhere.
        if seen.contains(event.address.as_str()) || seen.len() >= SEEN_ADDRESSES_MAX {
            continue;
        }
        seen.insert(&event.address);
        fresh.push(SeenAddress {
            key_id: event.key_id.clone(),
            address: event.address.clone(),
            first_us: event.created_us,
        });
        if event.created_us.saturating_sub(since_us) >= learn_us {
            hits.push(SecurityHit {
                rule: FindingRule::NewAddress,
                subject: format!("{} {}", event.key_id, event.address),
                resource: event.subject.clone(),
                detail: format!(
                    "key {} of {} was used from {} for the first time",
                    event.key_id, event.principal, event.address
                ),
                first_us: event.created_us,
                last_us: event.created_us,
            });
        }
    }
    (hits, fresh)
}

/// Whether somebody who has the secret of a key used it. A session is no key.
fn is_use_of_key(event: &AuditEvent) -> bool {
    event.kind != AuditKind::Authentication
        && ["HTTP_BASIC", "SASL_PLAIN", "PLAIN"].contains(&event.mechanism.as_str())
        && !event.key_id.is_empty()
        && !event.address.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AuditService;

    const RULES: SecurityRules =
        SecurityRules { sign_ins: 3, denials: 3, window_s: 60, learn_hours: 1, key_days: 30 };

    fn event(kind: AuditKind, at_s: i64, who: &str, address: &str) -> AuditEvent {
        AuditEvent {
            id: String::new(),
            organization_id: "o".to_owned(),
            created_us: at_s * SECOND_US,
            kind,
            service: AuditService::Cloud,
            method: "CreateEnvironment".to_owned(),
            subject: "crn".to_owned(),
            resource_type: String::new(),
            resource_name: String::new(),
            operation: String::new(),
            principal: who.to_owned(),
            key_id: "KEY".to_owned(),
            mechanism: "HTTP_BASIC".to_owned(),
            identity: String::new(),
            address: address.to_owned(),
            request: String::new(),
            result: match kind {
                AuditKind::Request => AuditResult::Success,
                AuditKind::Authorization | AuditKind::Authentication => AuditResult::Denied,
            },
            error_code: String::new(),
        }
    }

    fn at(kind: AuditKind, times: &[i64]) -> Vec<AuditEvent> {
        times.iter().map(|at| event(kind, *at, "User:sa-1", "192.0.2.1")).collect()
    }

    #[test]
    fn failed_sign_ins_from_one_address_within_the_window_are_one_finding() {
        let hits = bursts(&RULES, &at(AuditKind::Authentication, &[0, 20, 60, 70, 500]));
        assert_eq!(hits.len(), 1);
        assert_eq!(
            (hits[0].rule, hits[0].subject.as_str()),
            (FindingRule::FailedSignIns, "192.0.2.1")
        );
        assert_eq!((hits[0].first_us, hits[0].last_us), (0, 70 * SECOND_US));
        let again = bursts(&RULES, &at(AuditKind::Authentication, &[0, 20, 60, 70, 500]));
        assert_eq!(hits, again, "the same events say the same");
    }

    #[test]
    fn failed_sign_ins_that_are_few_or_slow_or_from_several_addresses_are_none() {
        assert_eq!(bursts(&RULES, &at(AuditKind::Authentication, &[0, 20])), []);
        assert_eq!(bursts(&RULES, &at(AuditKind::Authentication, &[0, 61, 122, 183])), []);
        let spread: Vec<AuditEvent> = (0..9)
            .map(|n| event(AuditKind::Authentication, n, "", &format!("192.0.2.{n}")))
            .collect();
        assert_eq!(bursts(&RULES, &spread), []);
        assert_eq!(bursts(&RULES, &at(AuditKind::Request, &[0, 1, 2, 3])), [], "they signed in");
    }

    #[test]
    fn denials_of_one_principal_within_the_window_are_one_finding() {
        let hits = bursts(&RULES, &at(AuditKind::Authorization, &[0, 1, 2]));
        assert_eq!(hits.len(), 1);
        assert_eq!(
            (hits[0].rule, hits[0].subject.as_str()),
            (FindingRule::UnusualDenials, "User:sa-1")
        );
    }

    #[test]
    fn denials_that_are_few_or_slow_or_of_several_are_none() {
        assert_eq!(bursts(&RULES, &at(AuditKind::Authorization, &[0, 1, 62])), []);
        let several: Vec<AuditEvent> = (0..9)
            .map(|n| event(AuditKind::Authorization, n, &format!("User:sa-{n}"), "192.0.2.1"))
            .collect();
        assert_eq!(bursts(&RULES, &several), []);
    }

    fn seen(address: &str, first_s: i64) -> SeenAddress {
        SeenAddress {
            key_id: "KEY".to_owned(),
            address: address.to_owned(),
            first_us: first_s * SECOND_US,
        }
    }

    #[test]
    fn a_known_key_from_another_address_is_a_finding_once() {
        let known = [seen("192.0.2.1", 0)];
        let later = event(AuditKind::Request, 7200, "User:sa-1", "198.51.100.9");
        let events = [later.clone(), later];
        let (hits, fresh) = addresses(&RULES, &events, &known);
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].subject, "KEY 198.51.100.9");
        assert_eq!(fresh, [seen("198.51.100.9", 7200)]);
        let known = [known[0].clone(), fresh[0].clone()];
        assert_eq!(addresses(&RULES, &events, &known), (vec![], vec![]), "it is known by then");
    }

    #[test]
    fn a_key_that_is_new_or_used_from_everywhere_or_refused_is_none() {
        let first = event(AuditKind::Request, 0, "User:sa-1", "192.0.2.1");
        let soon = event(AuditKind::Request, 60, "User:sa-1", "192.0.2.2");
        let (hits, fresh) = addresses(&RULES, &[first, soon], &[]);
        assert_eq!((hits.len(), fresh.len()), (0, 2), "its addresses are learned for an hour");
        let many: Vec<SeenAddress> =
            (0..SEEN_ADDRESSES_MAX).map(|n| seen(&format!("a{n}"), 0)).collect();
        let later = event(AuditKind::Request, 7200, "User:sa-1", "b");
        assert_eq!(addresses(&RULES, &[later], &many), (vec![], vec![]));
        let stranger = event(AuditKind::Authentication, 7200, "", "198.51.100.9");
        assert_eq!(addresses(&RULES, &[stranger], &[seen("192.0.2.1", 0)]), (vec![], vec![]));
    }
}
