use api_app::{self as app, Endpoints};
use api_types::{AppliedQuota, ObjectMeta, ObjectRef, QuotaScope};
use common_types::crn;

use super::client_quota::cluster_ref;
use super::cluster::environment_ref;

const GROUP: &str = "service-quota/v1";

pub(crate) fn applied_quota(endpoints: &Endpoints, it: app::AppliedQuota) -> AppliedQuota {
    let base = &endpoints.api_base_url;
    let number = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    let organization = crn::organization(&it.organization_id);
    let place = it.cluster.as_ref();
    AppliedQuota {
        api_version: GROUP.to_owned(),
        kind: "AppliedQuota".to_owned(),
        metadata: ObjectMeta {
            self_url: format!("{base}/service-quota/v1/applied-quotas/{}", it.id),
            resource_name: format!("{organization}/applied-quota={}", it.id),
            ..ObjectMeta::default()
        },
        id: it.id.to_owned(),
        scope: it.scope.as_str().to_owned(),
        display_name: it.display_name.to_owned(),
        default_limit: number(it.limit),
        applied_limit: number(it.limit),
        usage: it.usage.map(number),
        environment: place.map(|(env, _)| environment_ref(endpoints, &it.organization_id, env)),
        kafka_cluster: place
            .map(|(env, cluster)| cluster_ref(endpoints, (&it.organization_id, env), cluster)),
        organization: Some(ObjectRef {
            related: format!("{base}/org/v2/organizations/{}", it.organization_id),
            resource_name: organization,
            id: it.organization_id,
            ..ObjectRef::default()
        }),
    }
}

pub(crate) fn quota_scope(endpoints: &Endpoints, scope: app::QuotaScope) -> QuotaScope {
    let description = match scope {
        app::QuotaScope::KafkaCluster => "What one Kafka cluster may have",
        app::QuotaScope::UserAccount => "What one person may have",
    };
    let id = scope.as_str();
    QuotaScope {
        api_version: GROUP.to_owned(),
        kind: "Scope".to_owned(),
        metadata: ObjectMeta {
            self_url: format!("{}/service-quota/v1/scopes/{id}", endpoints.api_base_url),
            resource_name: format!("crn://confluent.cloud/scope={id}"),
            ..ObjectMeta::default()
        },
        id: id.to_owned(),
        description: description.to_owned(),
    }
}
