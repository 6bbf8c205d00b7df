//! Kinds of the public contract that have no effect here yet. Clients list them on their way to other
//! things, so lists answer and are empty; whoever asks for one to be made is told that nobody would.

use api_app::Page;
use api_types::{KafkaList, List};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use self::Access::{Read, Write};
use self::Scope::{Environment, Whole};
use crate::ApiState;
use crate::http::{ApiResult, CloudCaller, ClusterCaller, HttpFailure, Params};
use crate::view;

/// Where things of a kind would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// In the organisation.
    Whole,
    /// In an environment, which a list names.
    Environment,
}

/// What a client may want with a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// See it.
    Read,
    /// Make it, too.
    Write,
}

type Kind = (&'static str, &'static str, &'static str, Scope, Access);

/// Path, group with version, and name of each kind.
static KINDS: [Kind; 29] = [
    ("/artifact/v1/flink-artifacts", "artifact/v1", "FlinkArtifact", Environment, Write),
    ("/billing/v1/costs", "billing/v1", "Cost", Whole, Read),
    ("/byok/v1/keys", "byok/v1", "Key", Whole, Write),
    ("/cam/v1/connect-artifacts", "cam/v1", "ConnectArtifact", Environment, Write),
    ("/ccpm/v1/plugins", "ccpm/v1", "CustomConnectPlugin", Environment, Write),
    ("/connect/v1/custom-connector-plugins", "connect/v1", "CustomConnectorPlugin", Whole, Write),
    ("/connect/v1/custom-connector-runtimes", "connect/v1", "CustomConnectorRuntime", Whole, Read),
    ("/fcpm/v2/compute-pools", "fcpm/v2", "ComputePool", Environment, Write),
    ("/fcpm/v2/regions", "fcpm/v2", "Region", Whole, Read),
    ("/iam/v2/certificate-authorities", "iam/v2", "CertificateAuthority", Whole, Write),
    ("/ksqldbcm/v2/clusters", "ksqldbcm/v2", "Cluster", Environment, Write),
    ("/networking/v1/access-points", "networking/v1", "AccessPoint", Environment, Write),
    ("/networking/v1/dns-forwarders", "networking/v1", "DnsForwarder", Environment, Write),
    ("/networking/v1/dns-records", "networking/v1", "DnsRecord", Environment, Write),
    ("/networking/v1/ip-addresses", "networking/v1", "IpAddress", Whole, Read),
    (
        "/networking/v1/network-link-endpoints",
        "networking/v1",
        "NetworkLinkEndpoint",
        Environment,
        Write,
    ),
    (
        "/networking/v1/network-link-service-associations",
        "networking/v1",
        "NetworkLinkServiceAssociation",
        Environment,
        Read,
    ),
    (
        "/networking/v1/network-link-services",
        "networking/v1",
        "NetworkLinkService",
        Environment,
        Write,
    ),
    ("/networking/v1/networks", "networking/v1", "Network", Environment, Write),
    ("/networking/v1/peerings", "networking/v1", "Peering", Environment, Write),
    (
        "/networking/v1/private-link-accesses",
        "networking/v1",
        "PrivateLinkAccess",
        Environment,
        Write,
    ),
    (
        "/networking/v1/private-link-attachment-connections",
        "networking/v1",
        "PrivateLinkAttachmentConnection",
        Environment,
        Write,
    ),
    (
        "/networking/v1/private-link-attachments",
        "networking/v1",
        "PrivateLinkAttachment",
        Environment,
        Write,
    ),
    (
        "/networking/v1/transit-gateway-attachments",
        "networking/v1",
        "TransitGatewayAttachment",
        Environment,
        Write,
    ),
    ("/pim/v1/integrations", "pim/v1", "Integration", Environment, Write),
    ("/pim/v2/integrations", "pim/v2", "Integration", Environment, Write),
    (
        "/tableflow/v1/catalog-integrations",
        "tableflow/v1",
        "CatalogIntegration",
        Environment,
        Write,
    ),
    ("/tableflow/v1/regions", "tableflow/v1", "Region", Whole, Read),
    ("/tableflow/v1/tableflow-topics", "tableflow/v1", "TableflowTopic", Environment, Write),
];

/// Lists of `kafka/v3`: path below the cluster, name of the kind, whether one can be asked for.
static KAFKA_KINDS: [(&str, &str, Access); 5] = [
    ("/broker-configs", "KafkaClusterConfig", Read),
    ("/links", "KafkaLinkData", Write),
    ("/links/-/mirrors", "KafkaMirrorData", Read),
    ("/share-groups", "KafkaShareGroup", Read),
    ("/streams-groups", "KafkaStreamsGroup", Read),
];

/// The paths of these kinds below a cluster of `kafka/v3`.
#[must_use]
pub fn unfinished_kafka_paths() -> Vec<&'static str> {
    KAFKA_KINDS.iter().map(|kind| kind.0).collect()
}

/// The paths of these kinds.
#[must_use]
pub fn unfinished_paths() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.0).collect()
}

/// Serves them.
pub(crate) fn unfinished(mut router: Router<ApiState>) -> Router<ApiState> {
    for kind in &KINDS {
        let listed = move |state, caller, params| list(kind, state, caller, params);
        let made = move |caller| make(kind, caller);
        let one = move |caller, id| find(kind, caller, id);
        let all = if kind.4 == Write { get(listed).post(made) } else { get(listed) };
        let item = get(one).patch(one).put(one).delete(one);
        router = router.route(kind.0, all).route(&format!("{}/{{id}}", kind.0), item);
    }
    for (tail, kind, access) in &KAFKA_KINDS {
        let listed = move |state, caller, cluster| list_kafka(tail, kind, state, caller, cluster);
        let made = move |caller| make_kafka(kind, caller);
        let all = if *access == Write { get(listed).post(made) } else { get(listed) };
        router = router.route(&format!("/kafka/v3/clusters/{{cluster_id}}{tail}"), all);
    }
    router
}

async fn list(
    kind: &'static Kind,
    State(state): State<ApiState>,
    CloudCaller(caller): CloudCaller,
    params: Params,
) -> ApiResult<Json<List<Value>>> {
    if kind.3 == Environment {
        let Some(environment) = params.first("environment") else {
            let failure = HttpFailure::http(
                StatusCode::BAD_REQUEST,
                "invalid_filter",
                "the query parameter environment is required",
            );
            return Err(failure.at("environment"));
        };
        state.app.environment(&caller, environment).await?;
    }
    params.page()?;
    let page = Page { items: Vec::<Value>::new(), next: None };
    let place = (kind.1, kind.2, kind.0);
    Ok(Json(view::list(state.app.endpoints(), place, &params, page, |none| none)))
}

async fn list_kafka(
    tail: &'static str,
    kind: &'static str,
    State(state): State<ApiState>,
    ClusterCaller(_): ClusterCaller,
    Path(cluster): Path<String>,
) -> Json<KafkaList<Value>> {
    Json(view::kafka_list(state.app.endpoints(), &cluster, tail, kind, Vec::new()))
}

async fn make_kafka(kind: &'static str, _caller: ClusterCaller) -> HttpFailure {
    let detail = format!("{kind} has no effect here yet, so none is made");
    HttpFailure::http(StatusCode::NOT_IMPLEMENTED, "not_implemented", detail)
}

async fn make(kind: &'static Kind, _caller: CloudCaller) -> HttpFailure {
    let detail = format!("{} {} has no effect here yet, so none is made", kind.1, kind.2);
    HttpFailure::http(StatusCode::NOT_IMPLEMENTED, "not_implemented", detail)
}

async fn find(kind: &'static Kind, _caller: CloudCaller, Path(id): Path<String>) -> HttpFailure {
    let detail = format!("resource not found: there is no {} {id:?}", kind.2);
    HttpFailure::http(StatusCode::NOT_FOUND, "resource_not_found", detail)
}
