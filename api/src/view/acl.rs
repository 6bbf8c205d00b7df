use api_app::Endpoints;
use api_types::KafkaAcl;
use common_types::acl::Acl;

use super::kafka::{meta, url};
use super::list;

/// An access control list. Its URL is the search that finds it.
pub(crate) fn acl(endpoints: &Endpoints, cluster: &str, acl: Acl) -> KafkaAcl {
    let search = [
        ("resource_type", acl.resource_type.as_str()),
        ("resource_name", &acl.resource_name),
        ("pattern_type", acl.pattern.as_str()),
        ("principal", &acl.principal),
        ("host", &acl.host),
        ("operation", acl.operation.as_str()),
        ("permission", acl.permission.as_str()),
    ];
    let own = list::url(&url(endpoints, cluster, "/acls"), &search);
    KafkaAcl {
        kind: "KafkaAcl".to_owned(),
        metadata: meta(&own, cluster, ""),
        cluster_id: cluster.to_owned(),
        resource_type: acl.resource_type.as_str().to_owned(),
        pattern_type: acl.pattern.as_str().to_owned(),
        operation: acl.operation.as_str().to_owned(),
        permission: acl.permission.as_str().to_owned(),
        resource_name: acl.resource_name,
        principal: acl.principal,
        host: acl.host,
    }
}
