//! What Kafka's way to say a quota, one principal at a time, does to the quotas of a cluster.

use common_types::quota::{Throughput, ThroughputChange};

use crate::model::ClientQuota;

/// What is left of the quotas of a cluster after a change of one principal. A quota that it shares with others
/// stays theirs; one of its own changes, or goes when no rate is left. `fresh` is a new one for it, if it needs
/// one.
#[must_use]
pub fn altered(
    mut quotas: Vec<ClientQuota>,
    change: &ThroughputChange,
    fresh: ClientQuota,
) -> Vec<ClientQuota> {
    let who = &change.principal;
    let at = quotas.iter().position(|quota| quota.principals.contains(who));
    let before = at.and_then(|at| quotas.get(at)).map(|quota| quota.throughput);
    let before = before.unwrap_or_default();
    let after = change.after(before);
    if before == after {
        return quotas;
    }
    let is_limited = after != Throughput::default();
    let now_us = fresh.updated_us;
    if let Some(at) = at {
        let is_own = quotas[at].principals.len() == 1;
        if is_own && !is_limited {
            quotas.remove(at);
            return quotas;
        }
        let quota = &mut quotas[at];
        quota.updated_us = now_us.max(quota.updated_us + 1);
        if is_own {
            quota.throughput = after;
            return quotas;
        }
        quota.principals.retain(|it| it != who);
    }
    if is_limited {
        quotas.push(ClientQuota { principals: vec![who.clone()], throughput: after, ..fresh });
    }
    quotas
}

#[cfg(test)]
mod tests {
    use common_types::quota::RateChange::{self, Keep, Remove, Set};

    use super::*;

    fn quota(id: &str, principals: &[&str], ingress: Option<u64>) -> ClientQuota {
        ClientQuota {
            id: id.to_owned(),
            organization_id: "o".to_owned(),
            environment_id: "env".to_owned(),
            cluster_id: "lkc".to_owned(),
            display_name: id.to_owned(),
            description: String::new(),
            principals: principals.iter().map(|id| (*id).to_owned()).collect(),
            throughput: Throughput { ingress, egress: Some(9) },
            created_us: 1,
            updated_us: 1,
        }
    }

    fn alter(
        quotas: Vec<ClientQuota>,
        who: &str,
        ingress: RateChange,
        egress: RateChange,
    ) -> Vec<ClientQuota> {
        let change = ThroughputChange { principal: who.to_owned(), ingress, egress };
        altered(quotas, &change, ClientQuota { updated_us: 5, ..quota("new", &[], None) })
    }

    #[test]
    fn own_quota_changes_and_goes() {
        let one = || vec![quota("cq-1", &["sa-1"], Some(3))];
        let changed = alter(one(), "sa-1", Set(7), Keep);
        assert_eq!(changed[0].throughput, Throughput { ingress: Some(7), egress: Some(9) });
        assert_eq!((changed.len(), changed[0].updated_us), (1, 5));
        assert_eq!(alter(one(), "sa-1", Set(3), Keep), one(), "nothing to do");
        let half = alter(one(), "sa-1", Keep, Remove);
        assert_eq!(half[0].throughput, Throughput { ingress: Some(3), egress: None });
        assert_eq!(alter(one(), "sa-1", Remove, Remove), []);
    }

    #[test]
    fn new_principal_gets_one_of_its_own() {
        let made = alter(Vec::new(), "<default>", Set(7), Keep);
        assert_eq!(
            (made[0].id.as_str(), made[0].principals.as_slice()),
            ("new", &["<default>".to_owned()][..])
        );
        assert_eq!(made[0].throughput, Throughput { ingress: Some(7), egress: None });
        assert_eq!(alter(Vec::new(), "sa-1", Remove, Keep), []);
    }

    #[test]
    fn shared_quota_stays_that_of_the_others() {
        let both = || vec![quota("cq-1", &["sa-1", "sa-2"], Some(3))];
        let split = alter(both(), "sa-1", Set(7), Keep);
        assert_eq!(split[0].principals, ["sa-2"]);
        assert_eq!(split[0].throughput, both()[0].throughput);
        assert_eq!(split[1].principals, ["sa-1"]);
        assert_eq!(split[1].throughput, Throughput { ingress: Some(7), egress: Some(9) });
        let gone = alter(both(), "sa-1", Remove, Remove);
        assert_eq!((gone.len(), &gone[0].principals), (1, &vec!["sa-2".to_owned()]));
    }
}
