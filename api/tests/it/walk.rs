//! Every operation of the description, asked for by everybody: nobody, a stranger, and each role.
//!
//! Groups and brokers are asked of the cell with the caller's key. The cell of this test decides nothing, so
//! their rows show only that a key is needed; what a real one decides is in `tests/compat`.

use std::fmt::Write as _;

use api_app::{GroupInfo, GroupMember, GroupOffset};
use axum::body::Body;
use axum::http::Request;
use common_seams::Clock as _;
use serde_json::{Value, json};

use crate::rig::{DAY, Rig, basic};
use crate::workloads::{make_pool, make_provider};

const RECEIVED: &str = "io.confluent.kafka.server/received_bytes";

/// An operation with the things of the first cluster in its path, query and body.
pub(crate) struct Operation {
    pub(crate) id: String,
    method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) is_kafka: bool,
    pub(crate) is_open: bool,
    /// Whether it is about the session of a person: no key opens it.
    pub(crate) is_session: bool,
}

impl Operation {
    pub(crate) fn request(&self, auth: Option<&(String, String)>) -> Request<Body> {
        let mut request = Request::builder()
            .method(self.method.as_str())
            .uri(&self.path)
            .header("host", "localhost");
        if let Some((key, secret)) = auth {
            request = request.header("authorization", basic(key, secret));
        }
        if !self.body.is_null() {
            request = request.header("content-type", "application/json");
        }
        let body = match &self.body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        request.body(body).unwrap()
    }
}

/// Who asks: with a Cloud key and a key of a cluster.
struct Who {
    name: &'static str,
    cloud: Option<(String, String)>,
    kafka: Option<(String, String)>,
}

pub(crate) struct World {
    pub(crate) rig: Rig,
    environment: String,
    cluster: String,
    deleted_cluster: String,
    deleted_environment: String,
    registry: String,
    account: String,
    ip_group: String,
    ip_filter: String,
    invitation: String,
    person: String,
    binding: String,
    key: String,
    quota: String,
    provider: String,
    pool: String,
    mapping: String,
    integration: String,
    subscription: String,
    finding: String,
}

async fn make_key(rig: &Rig, owner: &str, resource: &str) -> (String, String) {
    let body = json!({"spec": {"owner": {"id": owner}, "resource": {"id": resource}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202);
    (key.text("/id"), key.text("/spec/secret"))
}

async fn make_account(rig: &Rig, name: &str) -> String {
    let body = json!({"display_name": name});
    rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id")
}

async fn make_binding(rig: &Rig, account: &str, role: &str, crn: &str) -> String {
    let body =
        json!({"principal": format!("User:{account}"), "role_name": role, "crn_pattern": crn});
    rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201).text("/id")
}

/// A free IP group, and a filter with another one.
async fn make_filters(rig: &Rig) -> (String, String) {
    let body = json!({"group_name": "all", "cidr_blocks": ["0.0.0.0/0"]});
    let ip_group = rig.call("POST", "/iam/v2/ip-groups", body).await.expect(201).text("/id");
    let body = json!({"filter_name": "all", "resource_group": "management",
        "ip_groups": [{"id": ip_group}]});
    let ip_filter = rig.call("POST", "/iam/v2/ip-filters", body).await.expect(201).text("/id");
    let body = json!({"group_name": "free", "cidr_blocks": ["0.0.0.0/0"]});
    let ip_group = rig.call("POST", "/iam/v2/ip-groups", body).await.expect(201).text("/id");
    (ip_group, ip_filter)
}

/// A cluster of the environment and another environment, both deleted a moment ago.
async fn make_deleted(rig: &Rig, environment: &str) -> (String, String) {
    let body = json!({"spec": {"display_name": "short-lived", "cloud": "AWS",
        "region": "us-east-2", "environment": {"id": environment}}});
    let cluster = rig.call("POST", "/cmk/v2/clusters", body).await.expect(202).text("/id");
    let path = format!("/cmk/v2/clusters/{cluster}?environment={environment}");
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    let body = json!({"display_name": "short-lived"});
    let other = rig.call("POST", "/org/v2/environments", body).await.expect(201).text("/id");
    let path = format!("/org/v2/environments/{other}");
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    (cluster, other)
}

async fn make_mapping(rig: &Rig) -> String {
    let body = json!({"display_name": "all", "description": "", "filter": "true"});
    rig.call("POST", "/iam/v2/sso/group-mappings", body).await.expect(201).text("/id")
}

/// An integration that no subscription has, and a subscription with another one.
async fn make_notifications(rig: &Rig) -> (String, String) {
    let make = async |name: &str| {
        let target = json!({"kind": "Webhook", "webhook_url": "https://hooks.example.com/a"});
        let body = json!({"display_name": name, "target": target});
        rig.call("POST", "/notifications/v1/integrations", body).await.expect(201).text("/id")
    };
    let (free, held) = (make("free").await, make("held").await);
    let body =
        json!({"notification_type": {"id": "cluster-ready"}, "integrations": [{"id": held}]});
    let made = rig.call("POST", "/notifications/v1/subscriptions", body).await.expect(201);
    (free, made.text("/id"))
}

/// Somebody has a key and administers a cluster.
async fn make_finding(rig: &Rig) -> String {
    rig.app.watch_security(true).await.unwrap();
    rig.get("/weir/v1/security-findings").await.expect(200).names("id").remove(0)
}

fn only_sessions(security: &[Value]) -> bool {
    security.iter().all(|one| one.get("session").is_some())
}

impl World {
    /// Everything that there can be, in the organisation of the rig.
    pub(crate) async fn in_rig(rig: Rig) -> Self {
        let (environment, cluster) =
            (rig.first.environment_id.clone(), rig.first.cluster_id.clone());
        let governed = json!({"stream_governance_config": {"package": "ESSENTIALS"}});
        let path = format!("/org/v2/environments/{environment}");
        rig.call("PATCH", &path, governed).await.expect(200);
        let registries = format!("/srcm/v3/clusters?environment={environment}");
        let registry = rig.get(&registries).await.expect(200).names("id").remove(0);
        let account = make_account(&rig, "somebody").await;
        let crn = Self::crn(&rig, &format!("/environment={environment}/cloud-cluster={cluster}"));
        let binding = make_binding(&rig, &account, "CloudClusterAdmin", &crn).await;
        let key = make_key(&rig, &account, &cluster).await.0;
        let body = json!({"spec": {"display_name": "slow", "environment": {"id": environment},
            "cluster": {"id": cluster}, "principals": [{"id": "<default>"}],
            "throughput": {"ingress_byte_rate": "5", "egress_byte_rate": "5"}}});
        let (deleted_cluster, deleted_environment) = make_deleted(&rig, &environment).await;
        let provider = make_provider(&rig, "https://127.0.0.1:1/keys").await;
        let pool = make_pool(&rig, &provider, "true").await;
        let quotas = "/kafka-quotas/v1/client-quotas";
        let quota = rig.call("POST", quotas, body).await.expect(202).text("/id");
        let (ip_group, ip_filter) = make_filters(&rig).await;
        let (integration, subscription) = make_notifications(&rig).await;
        let mapping = make_mapping(&rig).await;
        let domain = format!("{}.example", rig.first.organization_id);
        let body = json!({"issuer": "https://127.0.0.1:1/id", "client_id": domain,
            "domains": [domain]});
        rig.call("PATCH", "/weir/v1/sso-connection", body).await.expect(200);
        let finding = make_finding(&rig).await;
        // An address belongs to one person of the whole installation.
        let body = json!({"email": format!("invited@{}", rig.first.organization_id)});
        let invited = rig.call("POST", "/iam/v2/invitations", body).await.expect(201);
        let (invitation, person) = (invited.text("/id"), invited.text("/user/id"));
        let member = GroupMember {
            id: "m".to_owned(),
            instance_id: None,
            client_id: "app".to_owned(),
            assignment: vec![("t".to_owned(), 0)],
        };
        let group = GroupInfo {
            id: "g".to_owned(),
            state: "Stable".to_owned(),
            members: vec![member],
            ..GroupInfo::default()
        };
        let offset = GroupOffset { topic: "t".to_owned(), partition: 0, committed: 1, end: 2 };
        rig.cell.put_group(group, vec![offset]);
        Self {
            rig,
            environment,
            cluster,
            deleted_cluster,
            deleted_environment,
            registry,
            account,
            ip_group,
            ip_filter,
            invitation,
            person,
            binding,
            key,
            quota,
            provider,
            pool,
            mapping,
            integration,
            subscription,
            finding,
        }
    }

    fn crn(rig: &Rig, below: &str) -> String {
        format!("crn://confluent.cloud/organization={}{below}", rig.first.organization_id)
    }

    async fn everybody(&self) -> Vec<Who> {
        let rig = &self.rig;
        let body = json!({"display_name": "other"});
        let other = rig.call("POST", "/org/v2/environments", body).await.expect(201).text("/id");
        let spec = json!({"spec": {"display_name": "other", "cloud": "AWS", "region": "us-east-2",
            "environment": {"id": other}}});
        let theirs = rig.call("POST", "/cmk/v2/clusters", spec).await.expect(202).text("/id");
        let (environment, cluster) = (&self.environment, &self.cluster);
        let here = format!("/environment={environment}");
        let in_cluster = |tail: &str| format!("{here}/cloud-cluster={cluster}{tail}");
        let topic = |name: &str| in_cluster(&format!("/kafka={cluster}/topic={name}"));
        let mut everybody = Vec::new();
        for (name, role, below, kafka) in [
            ("stranger", "", String::new(), &theirs),
            ("no role", "", String::new(), cluster),
            (
                "other cluster",
                "CloudClusterAdmin",
                format!("/environment={other}/cloud-cluster={theirs}"),
                cluster,
            ),
            ("other environment", "EnvironmentAdmin", format!("/environment={other}"), cluster),
            ("cluster", "CloudClusterAdmin", in_cluster(""), cluster),
            ("environment", "EnvironmentAdmin", here.clone(), cluster),
            ("organization", "OrganizationAdmin", String::new(), cluster),
            ("Operator", "Operator", in_cluster(""), cluster),
            ("MetricsViewer", "MetricsViewer", in_cluster(""), cluster),
            ("BillingAdmin", "BillingAdmin", String::new(), cluster),
            ("AccountAdmin", "AccountAdmin", String::new(), cluster),
            ("NetworkAdmin", "NetworkAdmin", String::new(), cluster),
            ("DataDiscovery", "DataDiscovery", String::new(), cluster),
            ("DataSteward", "DataSteward", String::new(), cluster),
            ("ResourceKeyAdmin", "ResourceKeyAdmin", String::new(), cluster),
            ("ResourceOwner", "ResourceOwner", topic("t"), cluster),
            ("DeveloperRead", "DeveloperRead", topic("*"), cluster),
            ("DeveloperWrite", "DeveloperWrite", topic("t*"), cluster),
            ("DeveloperManage", "DeveloperManage", topic("t"), cluster),
            ("other topic", "ResourceOwner", topic("other*"), cluster),
        ] {
            let account = make_account(rig, name).await;
            if !role.is_empty() {
                make_binding(rig, &account, role, &Self::crn(rig, &below)).await;
            }
            let kafka = Some(make_key(rig, &account, kafka).await);
            // A stranger has nothing but a key of a cluster of their own.
            let cloud = match name {
                "stranger" => kafka.clone(),
                _ => Some(make_key(rig, &account, "cloud").await),
            };
            everybody.push(Who { name, cloud, kafka });
        }
        everybody
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        let document: Value = serde_json::from_str(&api::openapi()).unwrap();
        let mut found = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                found.push(self.operation(path, method, operation));
            }
        }
        found.sort_by(|a, b| (a.is_kafka, &a.id).cmp(&(b.is_kafka, &b.id)));
        found
    }

    /// The id of what a path is about.
    fn own(&self, path: &str) -> &str {
        match path.split('/').nth(3).unwrap_or_default() {
            "environments" => &self.environment,
            "deleted-clusters" => &self.deleted_cluster,
            "deleted-environments" => &self.deleted_environment,
            "service-accounts" => &self.account,
            "role-bindings" => &self.binding,
            "api-keys" => &self.key,
            "ip-groups" => &self.ip_group,
            "ip-filters" => &self.ip_filter,
            "invitations" => &self.invitation,
            "client-quotas" => &self.quota,
            "identity-providers" if path.ends_with("/identity-pools/{id}") => &self.pool,
            "identity-providers" => &self.provider,
            "sso" => &self.mapping,
            "integrations" => &self.integration,
            "subscriptions" => &self.subscription,
            "security-findings" => &self.finding,
            "notification-types" => "cluster-ready",
            "applied-quotas" => "kafka.max_acls.per_cluster",
            "scopes" => "KAFKA_CLUSTER",
            "users" => &self.person,
            "organizations" => &self.rig.first.organization_id,
            _ if path.starts_with("/srcm/") => &self.registry,
            _ => &self.cluster,
        }
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Operation {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let is_kafka = path.starts_with("/kafka/v3/");
        let own = self.own(path);
        let mut path = path.to_owned();
        for (name, value) in [
            ("{id}", own),
            ("{cluster_id}", &self.cluster),
            ("{provider_id}", &self.provider),
            ("{topic_name}", "t"),
            ("{name}", "retention.ms"),
            ("{partition_id}", "0"),
            ("{broker_id}", "0"),
            ("{consumer_group_id}", "g"),
            ("{consumer_id}", "m"),
            ("{role_name}", "EnvironmentAdmin"),
            ("{dataset}", "cloud"),
            ("{user_code}", "BCDF-GHJK"),
        ] {
            path = path.replace(name, value);
        }
        assert!(!path.contains('{'), "{path}: say what stands there");
        let organization = Self::crn(&self.rig, "");
        let scope = Self::crn(&self.rig, &format!("/environment={}", self.environment));
        path.push('?');
        for parameter in operation["parameters"].as_array().unwrap_or(&Vec::new()) {
            let value = match (parameter["in"].as_str(), parameter["name"].as_str().unwrap()) {
                (Some("query"), "environment") => self.environment.as_str(),
                (Some("query"), "crn_pattern") => &scope,
                (Some("query"), "spec.cluster") => &self.cluster,
                (Some("query"), "scope") if path.starts_with("/service-quota/") => "KAFKA_CLUSTER",
                (Some("query"), "scope") => &organization,
                (Some("query"), "kafka_cluster") => &self.cluster,
                (Some("query"), "dry_run") => "true",
                (Some("query"), "resource_type") => "TOPIC",
                (Some("query"), "pattern_type") => "LITERAL",
                (Some("query"), "operation") => "READ",
                (Some("query"), "permission") => "ALLOW",
                (Some("query"), "resource.kafka.id") => &self.cluster,
                _ => continue,
            };
            let _ = write!(path, "{}={value}&", parameter["name"].as_str().unwrap());
        }
        let body = match operation.get("requestBody") {
            Some(_) => self.body(&id),
            None => Value::Null,
        };
        let security = operation.get("security").and_then(Value::as_array);
        let (is_open, is_session) =
            (security.is_none(), security.is_some_and(|all| only_sessions(all)));
        let method = method.to_uppercase();
        Operation { id, method, path, body, is_kafka, is_open, is_session }
    }

    fn body(&self, operation: &str) -> Value {
        let here = json!({"id": self.environment});
        let acl = json!({"resource_type": "TOPIC", "resource_name": "t", "pattern_type": "LITERAL",
            "principal": "User:sa-nobody", "host": "*", "operation": "READ", "permission": "ALLOW"});
        match operation {
            "create_environment" => json!({"display_name": "new"}),
            "update_environment" | "update_service_account" => json!({"display_name": "newer"}),
            "update_organization" => json!({"display_name": "newer"}),
            "create_group_mapping" => json!({"display_name": "new", "description": "",
                "filter": "true"}),
            "update_group_mapping" => json!({"display_name": "newer"}),
            "update_sso_connection" => json!({"scopes": ["groups"]}),
            "create_sso_sign_in" => json!({"email": "nobody@localhost"}),
            "create_sso_session" => json!({"state": "none", "code": "none"}),
            "update_audit_settings" => json!({"retention_days": 30}),
            "update_user" => json!({"full_name": "Newer"}),
            "create_invitation" => json!({"email": "fresh@localhost"}),
            "create_membership" => json!({"token": "i-none.x", "password": "a long password"}),
            "create_second_factor" => json!({"password": "x"}),
            "update_second_factor" => json!({"code": "000000"}),
            "delete_second_factor" => json!({"password": "x", "code": "000000"}),
            "update_device_code" => json!({"approve": true}),
            "create_device_session" => json!({"device_code": "none"}),
            "update_password" => json!({"old_password": "x", "new_password": "a long password"}),
            "create_cluster" => json!({"spec": {"display_name": "new", "cloud": "AWS",
                "region": "us-east-2", "environment": here}}),
            "update_cluster" => json!({"spec": {"display_name": "new", "environment": here}}),
            "create_service_account" => json!({"display_name": "fresh"}),
            "create_role_binding" => json!({"principal": format!("User:{}", self.account),
                "role_name": "EnvironmentAdmin",
                "crn_pattern": Self::crn(&self.rig, &format!("/environment={}", self.environment))}),
            "create_api_key" => json!({"spec": {"owner": {"id": self.account},
                "resource": {"id": self.cluster}}}),
            "update_api_key" => json!({"spec": {"display_name": "newer"}}),
            "create_client_quota" => json!({"spec": {"display_name": "new", "environment": here,
                "cluster": {"id": self.cluster}, "principals": [{"id": self.account}],
                "throughput": {"ingress_byte_rate": "5", "egress_byte_rate": "5"}}}),
            "update_client_quota" => json!({"spec": {"display_name": "newer"}}),
            "create_identity_provider" => json!({"display_name": "new", "description": "",
                "issuer": "https://new", "jwks_uri": "https://127.0.0.1:1/keys"}),
            "update_identity_provider" => json!({"display_name": "newer"}),
            "update_identity_provider_jwks" => json!({"spec": {"jwks_status": "REFRESHED"}}),
            "create_identity_pool" => json!({"display_name": "new", "description": "",
                "identity_claim": "claims.sub", "filter": "true"}),
            "update_identity_pool" => json!({"display_name": "newer"}),
            "create_access_token_of_pool" => json!({}),
            "create_ip_group" => json!({"group_name": "new", "cidr_blocks": ["0.0.0.0/0"]}),
            "update_ip_group" => json!({"group_name": "newer"}),
            "create_ip_filter" => json!({"filter_name": "new", "resource_group": "management",
                "ip_groups": [{"id": self.ip_group}]}),
            "update_ip_filter" => json!({"filter_name": "newer"}),
            "create_acl" => acl,
            "create_acls" => json!({"data": [acl]}),
            "create_topic" => json!({"topic_name": "fresh", "validate_only": true}),
            "update_topic" => json!({"partitions_count": 3}),
            "update_topic_config" => json!({"value": "5"}),
            "alter_topic_configs" => {
                json!({"data": [{"name": "retention.ms", "value": "5"}], "validate_only": true})
            }
            "create_session" => json!({"email": self.rig.secrets.login_email,
                "password": self.rig.secrets.login_password}),
            "read_metrics" => json!({"aggregations": [{"metric": RECEIVED}], "granularity": "ALL",
                "intervals": ["PT1H/now"], "filter": self.of_cluster()}),
            "list_metric_attributes" => json!({"metric": RECEIVED, "group_by": ["metric.topic"],
                "filter": self.of_cluster()}),
            "create_record" => json!({"value": {"type": "STRING", "data": "x"}}),
            other => self.body_of_notifications(other),
        }
    }

    fn body_of_notifications(&self, operation: &str) -> Value {
        match operation {
            "create_notification_integration" => json!({"display_name": "new",
                "target": {"kind": "Slack", "webhook_url": "https://hooks.example.com/new"}}),
            "update_notification_integration" => json!({"display_name": "newer"}),
            "create_notification_test" => json!({"id": self.integration}),
            "create_notification_subscription" => {
                json!({"integrations": [{"id": self.integration}],
                "notification_type": {"id": "cluster-deleted"}})
            }
            "update_notification_subscription" => json!({"current_state": "DISABLED"}),
            "update_security_finding" => json!({"state": "ACKNOWLEDGED"}),
            other => panic!("{other}: say what its body is"),
        }
    }

    fn of_cluster(&self) -> Value {
        json!({"op": "EQ", "field": "resource.kafka.id", "value": self.cluster})
    }

    /// What stands for the organisation in answers: ids that no other one has.
    pub(crate) fn ids(&self) -> Vec<&str> {
        vec![
            &self.rig.first.organization_id,
            &self.rig.first.user_id,
            &self.environment,
            &self.cluster,
            &self.deleted_cluster,
            &self.deleted_environment,
            &self.registry,
            &self.account,
            &self.ip_group,
            &self.ip_filter,
            &self.invitation,
            &self.person,
            &self.binding,
            &self.key,
            &self.quota,
            &self.provider,
            &self.pool,
            &self.mapping,
            &self.integration,
            &self.subscription,
            &self.finding,
        ]
    }

    /// What `who` is answered, as status. The topic is there again each time.
    async fn ask(&self, operation: &Operation, who: &Who) -> u16 {
        if operation.is_kafka {
            let topics = format!("/kafka/v3/clusters/{}/topics", self.cluster);
            let admin = self.rig.kafka();
            let _ = admin.call("DELETE", &format!("{topics}/t"), Value::Null).await;
            admin
                .call("POST", &topics, json!({"topic_name": "t", "partitions_count": 1}))
                .await
                .expect(201);
        }
        let auth = if operation.is_kafka { &who.kafka } else { &who.cloud };
        let mut request = operation.request(auth.as_ref());
        if operation.id == "create_membership" {
            // A link opens once: everybody gets one.
            let email = json!({"email": format!("{}@walk", self.rig.clock.wall_us())});
            let invited = self.rig.call("POST", "/iam/v2/invitations", email).await.expect(201);
            let body = json!({"token": invited.text("/link"), "password": "a long password"});
            *request.body_mut() = Body::from(body.to_string());
        }
        self.rig.status_of(request).await
    }
}

#[tokio::test]
async fn every_operation_answers_everybody_as_agreed() {
    let world = World::in_rig(Rig::with_undo(DAY).await).await;
    let everybody = world.everybody().await;
    let nobody = Who { name: "nobody", cloud: None, kafka: None };
    let mut text = format!("{:32} {:>8}", "", nobody.name);
    for who in &everybody {
        let _ = write!(text, " {:>17}", who.name);
    }
    for operation in world.operations() {
        let _ = write!(text, "\n{:32}", operation.id);
        let anonymous = world.ask(&operation, &nobody).await;
        assert_eq!(anonymous == 401, !operation.is_open, "{} is not guarded", operation.id);
        let _ = write!(text, " {anonymous:>8}");
        for who in &everybody {
            let status = world.ask(&operation, who).await;
            assert!(status < 500, "{} by {}: {status}", operation.id, who.name);
            if who.name == "stranger" && !operation.is_open {
                assert_eq!(status, 401, "{} lets a stranger in", operation.id);
            }
            if operation.is_session {
                assert_eq!(status, 401, "{} lets a key in", operation.id);
            } else if operation.id == "create_device_session" {
                assert_eq!(status, 400, "there is no such device");
            } else if operation.id == "create_sso_sign_in" {
                assert_eq!(status, 404, "there is no such provider");
            } else if operation.id == "create_sso_session" {
                assert_eq!(status, 403, "nobody left");
            } else if operation.id == "create_access_token_of_pool" {
                assert_eq!(status, 415, "it takes a form");
            } else if who.name == "organization" {
                assert!(status < 300, "{} {}: {status}", operation.id, operation.path);
            }
            let _ = write!(text, " {status:>17}");
        }
    }
    text.push('\n');
    insta::assert_snapshot!(text);
}
