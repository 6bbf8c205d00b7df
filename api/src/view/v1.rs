use std::collections::BTreeMap;

use api_app::model;
use api_types::{
    V1Account, V1AuditLog, V1Cloud, V1ClusterLimits, V1Limit, V1Organization, V1Region,
    V1TierLimit, V1UsageLimits, V1UsageLimitsReply, V1User,
};
use common_types::catalogue::Cloud;

const OFFSET_BASIS: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;
/// Clears the sign: the number goes out as a signed one and has to be positive.
const POSITIVE: u32 = 0x7fff_ffff;

/// The number of `u-…`, `sa-…` or an organisation: FNV-1a, so that nothing has to be stored and it never changes. Clients
/// show the e-mail address that they find by it; nothing is looked up by it here.
fn number(id: &str) -> i32 {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(PRIME);
    let hash = id.bytes().fold(OFFSET_BASIS, hash) & POSITIVE;
    i32::try_from(hash).unwrap_or(i32::MAX).max(1)
}

pub(crate) fn v1_person(row: model::User) -> V1User {
    V1User {
        id: number(&row.id),
        resource_id: row.id,
        email: row.email,
        first_name: row.full_name,
        ..V1User::default()
    }
}

pub(crate) fn v1_organization(row: model::Organization) -> V1Organization {
    let (id, name) = (number(&row.id), row.display_name);
    V1Organization { id, resource_id: row.id, name, audit_log: None }
}

pub(crate) fn v1_audit_log(cluster: model::Cluster) -> V1AuditLog {
    V1AuditLog {
        // Clients take 0 as "there is none".
        service_account_id: number(&cluster.id),
        service_account_resource_id: String::new(),
        cluster_id: cluster.id,
        account_id: cluster.environment_id,
        topic_name: model::AUDIT_TOPIC.to_owned(),
    }
}

pub(crate) fn v1_environment(row: model::Environment) -> V1Account {
    V1Account { id: row.id, name: row.display_name }
}

pub(crate) fn v1_account(row: model::ServiceAccount) -> V1User {
    V1User {
        id: number(&row.id),
        resource_id: row.id,
        service_name: row.display_name,
        service_description: row.description,
        service_account: true,
        ..V1User::default()
    }
}

pub(crate) fn v1_cloud(cloud: &Cloud) -> V1Cloud {
    let id = cloud.name.to_lowercase();
    let region = |name: &&str| V1Region {
        id: (*name).to_owned(),
        cloud: id.clone(),
        name: (*name).to_owned(),
        is_schedulable: true,
        is_multizone_enabled: true,
    };
    V1Cloud {
        name: cloud.name.to_owned(),
        regions: cloud.regions.iter().map(region).collect(),
        id: id.clone(),
    }
}

/// No tier bounds what a cluster stores, and none its throughput.
pub(crate) fn v1_limits() -> V1UsageLimitsReply {
    let storage = Some(V1Limit { unit: "GB".to_owned(), value: 0, unlimited: true });
    let limit = V1TierLimit { cluster_limits: V1ClusterLimits { storage } };
    let elastic = model::ClusterKind::ALL.iter().filter(|k| **k != model::ClusterKind::Dedicated);
    let tier_limits = elastic.map(|k| (k.as_str().to_uppercase(), limit.clone())).collect();
    let usage_limits = V1UsageLimits { tier_limits, cku_limits: BTreeMap::new() };
    V1UsageLimitsReply { usage_limits }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_positive_and_stay() {
        assert_eq!(number("u-abc123"), number("u-abc123"));
        assert_ne!(number("u-abc123"), number("sa-abc123"));
        assert!((0..10_000).all(|n| number(&format!("sa-{n}")) > 0));
    }
}
