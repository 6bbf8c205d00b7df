//! Roles inside of a cluster, as brokers and Kafka over REST decide about them.

use common_types::acl::{Acl, CLUSTER_NAME, Operation, Pattern, ResourceType};

use super::{Grant, InClusters};
use crate::scope::{Part, Scope, Spot};

/// Whether these grants administer a cluster.
#[must_use]
pub(crate) fn administers(grants: &[Grant], environment_id: &str, cluster_id: &str) -> bool {
    let cluster = Spot::cluster(environment_id, cluster_id);
    grants.iter().any(|grant| {
        let rights = grant.role.rights();
        rights.in_clusters == InClusters::Everything
            && rights.binds_to(&grant.scope)
            && grant.scope.spot().covers(cluster)
    })
}

/// What these grants of `principal` (`User:…`) allow in a cluster without administering it, in the form of
/// access control lists: so one evaluator decides about both. In order, and none twice.
#[must_use]
pub(crate) fn granted(
    grants: &[Grant],
    principal: &str,
    environment_id: &str,
    cluster_id: &str,
) -> Vec<Acl> {
    let cluster = Spot::cluster(environment_id, cluster_id);
    let mut lists = Vec::new();
    for grant in grants {
        let rights = grant.role.rights();
        let InClusters::Operations(all) = rights.in_clusters else { continue };
        if !rights.binds_to(&grant.scope) {
            continue;
        }
        let place = grant.scope.spot();
        let mut add = |part: &Part, operations: &[Operation]| {
            lists.extend(operations.iter().map(|operation| part.list(principal, *operation)));
        };
        match &grant.scope {
            Scope::Part { part, .. } if Spot { part: None, ..place }.covers(cluster) => {
                add(part, rights.operations_on(part.resource));
            }
            _ if place.covers(cluster) => {
                for (resource, operations) in all {
                    add(&all_of(*resource), operations);
                }
            }
            _ => {}
        }
    }
    lists.sort();
    lists.dedup();
    lists
}

/// Every resource of a type.
fn all_of(resource: ResourceType) -> Part {
    let name = match resource {
        ResourceType::Cluster => CLUSTER_NAME,
        ResourceType::Topic | ResourceType::Group | ResourceType::TransactionalId => "*",
    };
    Part { resource, pattern: Pattern::Literal, name: name.to_owned() }
}
