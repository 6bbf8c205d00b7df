use std::net::IpAddr;

use super::SecurityRules;
use crate::model::{ApiKey, FindingRule, Role, RoleBinding, SecurityHit};

const DAY_US: i64 = 86_400_000_000;

/// How the API can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reachable {
    /// `http://127.0.0.1:8080`
    pub(crate) base_url: String,
    /// Filters of addresses that the organisation has.
    pub(crate) ip_filters: usize,
}

/// How things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Role bindings of service accounts that have a key.
    pub(crate) bindings: Vec<RoleBinding>,
    /// Keys, the oldest first.
    pub(crate) keys: Vec<ApiKey>,
    /// How the API can be reached.
    pub(crate) reachable: Reachable,
}

/// What is wrong with how things are.
pub(crate) fn standing(rules: &SecurityRules, it: &Standing, now_us: i64) -> Vec<SecurityHit> {
    let mut found: Vec<SecurityHit> =
        it.bindings.iter().filter_map(|row| broad(row, now_us)).collect();
    found.extend(it.keys.iter().filter_map(|key| old(rules, key, now_us)));
    found.extend(public(&it.reachable, now_us));
    found
}

/// A program with the rights of an administrator.
fn broad(row: &RoleBinding, now_us: i64) -> Option<SecurityHit> {
    let program = row.principal.starts_with("User:sa-");
    let wide = [Role::OrganizationAdmin, Role::EnvironmentAdmin, Role::CloudClusterAdmin];
    (program && wide.contains(&row.role)).then(|| SecurityHit {
        rule: FindingRule::BroadKey,
        subject: row.id.clone(),
        resource: row.crn_pattern.clone(),
        detail: format!(
            "{} has a key and is {}; bind what it needs and no more",
            row.principal,
            row.role.as_str()
        ),
        first_us: now_us,
        last_us: now_us,
    })
}

/// A key that was never replaced.
fn old(rules: &SecurityRules, key: &ApiKey, now_us: i64) -> Option<SecurityHit> {
    let days = now_us.saturating_sub(key.created_us) / DAY_US;
    (days >= i64::from(rules.key_days)).then(|| SecurityHit {
        rule: FindingRule::OldKey,
        subject: key.id.clone(),
        resource: String::new(),
        detail: format!(
            "key {} of {} is older than {} days; replace it, then delete it",
            key.id, key.owner_id, rules.key_days
        ),
        first_us: now_us,
        last_us: now_us,
    })
}

/// An API that other machines reach without what keeps strangers out.
fn public(it: &Reachable, now_us: i64) -> Vec<SecurityHit> {
    if is_of_this_machine(&it.base_url) {
        return Vec::new();
    }
    let plain = it.base_url.starts_with("http://");
    let hit = |subject: &str, detail: String| SecurityHit {
        rule: FindingRule::PublicBind,
        subject: subject.to_owned(),
        resource: String::new(),
        detail,
        first_us: now_us,
        last_us: now_us,
    };
    let mut found = Vec::new();
    if plain {
        let detail = format!("other machines reach {} without TLS", it.base_url);
        found.push(hit("tls", detail));
    }
    if it.ip_filters == 0 {
        let detail =
            format!("{} has no IP filter: a key that leaks works from everywhere", it.base_url);
        found.push(hit("ip-filter", detail));
    }
    found
}

fn is_of_this_machine(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::KeyScope;

    fn binding(principal: &str, role: Role) -> RoleBinding {
        RoleBinding {
            id: "rb-1".to_owned(),
            organization_id: "o".to_owned(),
            principal: principal.to_owned(),
            role,
            crn_pattern: "crn".to_owned(),
            created_us: 0,
            updated_us: 0,
        }
    }

    fn key(created_us: i64) -> ApiKey {
        ApiKey {
            id: "KEY".to_owned(),
            organization_id: "o".to_owned(),
            owner_id: "sa-1".to_owned(),
            scope: KeyScope::Cloud,
            display_name: String::new(),
            description: String::new(),
            verifier: [0; 32],
            pepper_version: 1,
            expires_us: None,
            created_us,
            updated_us: created_us,
        }
    }

    fn found(
        bindings: Vec<RoleBinding>,
        keys: Vec<ApiKey>,
        url: &str,
        filters: usize,
    ) -> Vec<String> {
        let reachable = Reachable { base_url: url.to_owned(), ip_filters: filters };
        let it = Standing { bindings, keys, reachable };
        let hits = standing(&SecurityRules::default(), &it, 365 * DAY_US);
        hits.into_iter().map(|hit| format!("{} {}", hit.rule.as_str(), hit.subject)).collect()
    }

    const HERE: &str = "http://127.0.0.1:8080";

    #[test]
    fn a_program_that_administers_is_a_finding() {
        for role in [Role::OrganizationAdmin, Role::EnvironmentAdmin, Role::CloudClusterAdmin] {
            assert_eq!(
                found(vec![binding("User:sa-1", role)], vec![], HERE, 0),
                ["broad-key rb-1"]
            );
        }
    }

    #[test]
    fn a_person_who_administers_and_a_program_that_reads_are_none() {
        let rows = vec![
            binding("User:u-1", Role::OrganizationAdmin),
            binding("User:sa-1", Role::DeveloperRead),
        ];
        assert!(found(rows, vec![], HERE, 0).is_empty());
    }

    #[test]
    fn a_key_is_old_from_its_day_on() {
        assert_eq!(found(vec![], vec![key(0)], HERE, 0), ["old-key KEY"]);
        assert!(found(vec![], vec![key(1)], HERE, 0).is_empty());
    }

    #[test]
    fn an_api_that_others_reach_wants_tls_and_a_filter() {
        assert_eq!(
            found(vec![], vec![], "http://192.0.2.1:8080", 0),
            ["public-bind tls", "public-bind ip-filter"]
        );
        assert_eq!(found(vec![], vec![], "https://weir.example.com", 0), ["public-bind ip-filter"]);
    }

    #[test]
    fn an_api_on_loopback_or_behind_tls_and_a_filter_is_none() {
        for here in [HERE, "http://localhost:1", "http://[::1]:8080/x"] {
            assert!(found(vec![], vec![], here, 0).is_empty(), "{here}");
        }
        assert!(found(vec![], vec![], "https://weir.example.com", 1).is_empty());
    }
}
