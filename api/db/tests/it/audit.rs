//! The event of a change is one transaction with it, on both stores.

use api_app::model::{
    ApiKey, AuditEvent, AuditKind, AuditResult, AuditService, AuditSettings, ClientQuota, Cluster,
    DesiredTopic, Environment, FindingRule, IpFilter, IpGroup, KeyScope, OperationGroup, Phase,
    RoleBinding, ServiceAccount,
};
use api_app::{
    AuditFilter, AuditTopicRepo as _, Cursor, Deletion, IpGuard, Kept, OrgScope, Repo, RepoError,
    SecurityRepo, Slice, SystemWide, Terms, Trail,
};
use api_db::Store;
use common_types::acl::{Acl, AclFilter, Operation, Pattern, Permission, ResourceType};
use common_types::quota::{RateChange, Throughput, ThroughputChange};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};
use crate::notifications::{integration, subscription};
use crate::security::seen;
use crate::workloads::{pool, provider};

on_both!(
    nothing_is_changed_when_its_event_cannot_be_kept,
    events_read_back_newest_first,
    events_go_by_the_settings_of_their_organisation,
    events_are_due_for_the_topic_that_an_organisation_wants,
);

const DAY_US: i64 = 86_400_000_000;

fn event(id: &str, at_us: i64) -> AuditEvent {
    AuditEvent {
        id: id.to_owned(),
        organization_id: "o".to_owned(),
        created_us: at_us,
        kind: AuditKind::Request,
        service: AuditService::Cloud,
        method: "CreateEnvironment".to_owned(),
        subject: format!("crn://o/environment={id}"),
        resource_type: "environment".to_owned(),
        resource_name: id.to_owned(),
        operation: "create".to_owned(),
        principal: "User:sa-1".to_owned(),
        key_id: "KEY".to_owned(),
        mechanism: "HTTP_BASIC".to_owned(),
        identity: "repo:o/r".to_owned(),
        address: "192.0.2.1".to_owned(),
        request: "POST /org/v2/environments".to_owned(),
        result: AuditResult::Success,
        error_code: String::new(),
    }
}

/// The changes of the port that requests make, in an order in which each one finds what it needs.
const CHANGES: [&str; 42] = [
    "insert_environment",
    "update_environment",
    "insert_cluster",
    "insert_desired_topic",
    "delete_desired_topic",
    "update_cluster",
    "insert_acls",
    "delete_acls",
    "insert_client_quota",
    "update_client_quota",
    "delete_client_quota",
    "alter_client_quotas",
    "insert_service_account",
    "update_service_account",
    "insert_api_key",
    "update_api_key",
    "delete_api_key",
    "insert_role_binding",
    "delete_role_binding",
    "delete_service_account",
    "insert_ip_group",
    "update_ip_group",
    "insert_ip_filter",
    "update_ip_filter",
    "delete_ip_filter",
    "delete_ip_group",
    "insert_identity_provider",
    "update_identity_provider",
    "keep_identity_keys",
    "insert_identity_pool",
    "update_identity_pool",
    "delete_identity_pool",
    "delete_identity_provider",
    "insert_notification_integration",
    "update_notification_integration",
    "insert_notification_subscription",
    "update_notification_subscription",
    "delete_notification_subscription",
    "delete_notification_integration",
    "update_security_finding",
    "delete_cluster",
    "delete_environment",
];

struct Rows {
    environment: Environment,
    cluster: Cluster,
    topic: DesiredTopic,
    account: ServiceAccount,
    key: ApiKey,
    binding: RoleBinding,
    group: IpGroup,
    filter: IpFilter,
}

impl Rows {
    fn new() -> Self {
        let dice = Dice::new(5);
        let environment = dice.environment();
        let cluster = dice.cluster(&environment.id, Phase::Provisioning);
        let account = dice.service_account();
        Self {
            topic: DesiredTopic { failure: None, ..dice.topic(&cluster.id) },
            key: dice.api_key(&account.id, KeyScope::Cloud),
            binding: dice.role_binding(),
            group: IpGroup {
                id: "ipg-1".to_owned(),
                organization_id: "o".to_owned(),
                group_name: "g".to_owned(),
                cidr_blocks: vec!["192.0.2.0/24".to_owned()],
                created_us: 1,
                updated_us: 1,
            },
            filter: IpFilter {
                id: "ipf-1".to_owned(),
                organization_id: "o".to_owned(),
                filter_name: "f".to_owned(),
                resource_group: "management".to_owned(),
                resource_scope: "o".to_owned(),
                operation_groups: vec![OperationGroup::Management],
                ip_group_ids: vec!["ipg-1".to_owned()],
                created_us: 1,
                updated_us: 1,
            },
            environment,
            cluster,
            account,
        }
    }

    fn quota(&self) -> ClientQuota {
        ClientQuota {
            id: "cq-1".to_owned(),
            organization_id: "o".to_owned(),
            environment_id: self.environment.id.clone(),
            cluster_id: self.cluster.id.clone(),
            display_name: "slow".to_owned(),
            description: String::new(),
            principals: vec!["<default>".to_owned()],
            throughput: Throughput { ingress: Some(1), egress: None },
            created_us: 1,
            updated_us: 1,
        }
    }

    fn acl(&self) -> Acl {
        Acl {
            principal: format!("User:{}", self.account.id),
            host: "*".to_owned(),
            resource_type: ResourceType::Topic,
            resource_name: "t".to_owned(),
            pattern: Pattern::Literal,
            operation: Operation::Read,
            permission: Permission::Allow,
        }
    }

    async fn change(&self, store: &Store, name: &str) -> Result<bool, RepoError> {
        let done = |()| true;
        let plain = Terms::default();
        let registry = "lsrc-1".to_owned();
        let (environment, cluster) = (self.environment.clone(), self.cluster.clone());
        let (account, key) = (self.account.clone(), self.key.clone());
        match name {
            "insert_environment" => {
                store.insert_environment(org(), environment, plain).await.map(done)
            }
            "update_environment" => {
                let generation = environment.generation + 1;
                let row = Environment { generation, ..environment };
                store.update_environment(org(), row, registry, false).await.map(done)
            }
            "delete_environment" => {
                store.delete_environment(org(), environment.id, None, Deletion::at(9)).await
            }
            "insert_cluster" => {
                store.insert_cluster(org(), cluster, registry, plain).await.map(done)
            }
            "update_cluster" => {
                let generation = cluster.generation + 1;
                store.update_cluster(org(), Cluster { generation, ..cluster }).await.map(done)
            }
            "delete_cluster" => {
                store.delete_cluster(org(), cluster.id, None, Deletion::at(9)).await
            }
            "insert_desired_topic" => {
                let kept = store.insert_desired_topic(org(), self.topic.clone()).await;
                kept.map(|kept| kept == Kept::Desired)
            }
            "delete_desired_topic" => {
                store.delete_desired_topic(org(), cluster.id, self.topic.name.clone()).await
            }
            "insert_client_quota" => store.insert_client_quota(org(), self.quota(), plain).await,
            "update_client_quota" => {
                store.update_client_quota(org(), self.quota(), 1, false).await.map(done)
            }
            "delete_client_quota" => store.delete_client_quota(org(), self.quota().id, 1).await,
            "alter_client_quotas" => {
                let (principal, rate) = ("<default>".to_owned(), RateChange::Set(2));
                let change = ThroughputChange { principal, ingress: rate, egress: rate };
                let changes = vec![(change, self.quota())];
                store.alter_client_quotas(org(), cluster.id, changes, false).await
            }
            "insert_acls" => store.insert_acls(org(), cluster.id, vec![self.acl()], 9, 1).await,
            "delete_acls" => {
                let gone = store.delete_acls(org(), cluster.id, vec![AclFilter::default()]).await;
                gone.map(|gone| gone == [vec![self.acl()]])
            }
            _ => self.change_identity(store, name, account, key).await,
        }
    }

    async fn change_identity(
        &self,
        store: &Store,
        name: &str,
        account: ServiceAccount,
        key: ApiKey,
    ) -> Result<bool, RepoError> {
        let done = |()| true;
        let plain = Terms::default();
        let (group, filter) = (self.group.clone(), self.filter.clone());
        let guard = IpGuard { address: Some([192, 0, 2, 1].into()), rehearsal: false };
        match name {
            "insert_service_account" => {
                store.insert_service_account(org(), account, plain).await.map(done)
            }
            "update_service_account" => {
                let before_us = account.updated_us;
                store.update_service_account(org(), account, before_us, false).await.map(done)
            }
            "delete_service_account" => store.delete_service_account(org(), account.id, None).await,
            "insert_api_key" => store.insert_api_key(org(), key, plain).await.map(done),
            "update_api_key" => {
                let before_us = key.updated_us;
                store.update_api_key(org(), key, before_us).await
            }
            "delete_api_key" => store.delete_api_key(org(), key.id, None).await,
            "insert_role_binding" => {
                store.insert_role_binding(org(), self.binding.clone(), plain).await.map(done)
            }
            "delete_role_binding" => {
                store.delete_role_binding(org(), self.binding.id.clone()).await
            }
            "insert_ip_group" => store.insert_ip_group(org(), group, plain).await.map(done),
            "update_ip_group" => store.update_ip_group(org(), group, 1, guard).await.map(done),
            "delete_ip_group" => store.delete_ip_group(org(), group.id, 1).await,
            "insert_ip_filter" => {
                store.insert_ip_filter(org(), filter, plain, guard).await.map(done)
            }
            "update_ip_filter" => store.update_ip_filter(org(), filter, 1, guard).await.map(done),
            "delete_ip_filter" => store.delete_ip_filter(org(), filter.id, 1, guard).await,
            _ => Self::change_workload(store, name).await,
        }
    }

    async fn change_workload(store: &Store, name: &str) -> Result<bool, RepoError> {
        let (done, plain) = (|()| true, Terms::default());
        let (row, pool) = (provider("op-1"), pool("pool-1", "op-1"));
        match name {
            "insert_identity_provider" => {
                store.insert_identity_provider(org(), row, 9, plain).await
            }
            "update_identity_provider" => {
                store.update_identity_provider(org(), row, 2, false).await.map(done)
            }
            "keep_identity_keys" => store.keep_identity_keys(org(), row, true).await,
            "delete_identity_provider" => store.delete_identity_provider(org(), row.id, 2).await,
            "insert_identity_pool" => store.insert_identity_pool(org(), pool, 9, plain).await,
            "update_identity_pool" => {
                store.update_identity_pool(org(), pool, 2, false).await.map(done)
            }
            "delete_identity_pool" => store.delete_identity_pool(org(), pool.id, 2).await,
            other => Self::change_notifications(store, other).await,
        }
    }
}

impl Rows {
    async fn change_notifications(store: &Store, name: &str) -> Result<bool, RepoError> {
        if name == "update_security_finding" {
            let (row, notice) = seen(FindingRule::OldKey, "a", 3);
            let found = vec![(row.clone(), notice)];
            store.settle_standing(SystemWide::Security, org(), found, 3).await?;
            return store.update_security_finding(org(), row, 3).await;
        }
        let (done, plain) = (|()| true, Terms::default());
        let (target, row) = (integration("int-1"), subscription("sub-1", &["int-1"]));
        match name {
            "insert_notification_integration" => {
                store.insert_notification_integration(org(), target, 9, plain).await
            }
            "update_notification_integration" => {
                store.update_notification_integration(org(), target, 2, false).await.map(done)
            }
            "delete_notification_integration" => {
                store.delete_notification_integration(org(), target.id, 2).await
            }
            "insert_notification_subscription" => {
                store.insert_notification_subscription(org(), row, 9, plain).await
            }
            "update_notification_subscription" => {
                store.update_notification_subscription(org(), row, 2, false).await.map(done)
            }
            "delete_notification_subscription" => {
                store.delete_notification_subscription(org(), row.id, 2).await
            }
            other => panic!("{other}: say how it is asked for"),
        }
    }
}

async fn nothing_is_changed_when_its_event_cannot_be_kept(backend: Backend) {
    let store = backend.open().await;
    let rows = Rows::new();
    store.insert_audit_events(SystemWide::Audit, vec![event("taken", 1)]).await.unwrap();
    for name in CHANGES {
        let refused = Trail::new(event("taken", 2), true);
        let answer = refused.follow(rows.change(&store, name)).await;
        assert!(matches!(answer, Err(RepoError::Unavailable(_))), "{name}: {answer:?}");
        // It finds everything as it was, so nothing of the refused one is there.
        let carried = Trail::new(event(name, 3), true);
        assert_eq!(carried.follow(rows.change(&store, name)).await, Ok(true), "{name}");
        let filter = AuditFilter { request_id: Some(name.to_owned()), ..AuditFilter::default() };
        let found = store
            .audit_events(OrgScope::of("o"), filter, Slice { after: None, limit: 9 })
            .await
            .unwrap();
        assert_eq!(found, [event(name, 3)], "{name}");
    }
}

async fn events_read_back_newest_first(backend: Backend) {
    let store = backend.open().await;
    let stranger = AuditEvent { organization_id: "p".to_owned(), ..event("x", 5) };
    let denied = AuditEvent {
        kind: AuditKind::Authorization,
        service: AuditService::Kafka,
        result: AuditResult::Denied,
        principal: "User:sa-2".to_owned(),
        error_code: "forbidden_access".to_owned(),
        ..event("d", 5)
    };
    let all = vec![event("a", 1), event("b", 5), denied.clone(), stranger, event("c", 9)];
    store.insert_audit_events(SystemWide::Audit, all).await.unwrap();
    let again = AuditEvent { method: "other".to_owned(), ..event("a", 1) };
    store.insert_audit_events(SystemWide::Audit, vec![again]).await.unwrap();
    let list = async |filter: AuditFilter, after: Option<(i64, &str)>| {
        let after = after.map(|(created_us, id)| Cursor { created_us, id: id.to_owned() });
        let found =
            store.audit_events(OrgScope::of("o"), filter, Slice { after, limit: 3 }).await.unwrap();
        found.into_iter().map(|event| event.id).collect::<Vec<_>>()
    };
    assert_eq!(list(AuditFilter::default(), None).await, ["c", "d", "b"]);
    assert_eq!(list(AuditFilter::default(), Some((5, "d"))).await, ["b", "a"]);
    assert_eq!(
        list(AuditFilter { from_us: Some(5), ..AuditFilter::default() }, None).await,
        ["c", "d", "b"]
    );
    assert_eq!(
        list(AuditFilter { until_us: Some(5), ..AuditFilter::default() }, None).await,
        ["a"]
    );
    let denials = AuditFilter { result: Some(AuditResult::Denied), ..AuditFilter::default() };
    let slice = Slice { after: None, limit: 9 };
    assert_eq!(store.audit_events(OrgScope::of("o"), denials, slice).await.unwrap(), [denied]);
    let theirs = AuditFilter { principal: Some("User:sa-2".to_owned()), ..AuditFilter::default() };
    assert_eq!(list(theirs, None).await, ["d"]);
    for (resource, expected) in [("b", "b"), ("crn://o/environment=b", "b")] {
        let filter = AuditFilter { resource: Some(resource.to_owned()), ..AuditFilter::default() };
        assert_eq!(list(filter, None).await, [expected]);
    }
    let below = AuditFilter { resource: Some("crn://o".to_owned()), ..AuditFilter::default() };
    assert_eq!(list(below, None).await.len(), 3);
    store
        .end_audit_event(SystemWide::Audit, "a".to_owned(), AuditResult::Failure, "gone".to_owned())
        .await
        .unwrap();
    let failed = AuditFilter { result: Some(AuditResult::Failure), ..AuditFilter::default() };
    assert_eq!(list(failed, None).await, ["a"]);
}

async fn events_go_by_the_settings_of_their_organisation(backend: Backend) {
    let store = backend.open().await;
    let rows = Dice::new(3).first_rows();
    let id = rows.organization.id.clone();
    let org = || OrgScope::of(&id);
    store.bootstrap(SystemWide::Installation, rows).await.unwrap();
    let at = |name: &str, us| AuditEvent { organization_id: id.clone(), ..event(name, us) };
    store
        .insert_audit_events(SystemWide::Audit, vec![at("old", 0), at("new", 300 * DAY_US)])
        .await
        .unwrap();
    assert_eq!(store.audit_settings(org()).await.unwrap(), None);
    let now_us = 366 * DAY_US;
    let mut kept =
        AuditSettings { legal_hold: true, updated_us: 7, ..AuditSettings::of(id.clone()) };
    assert_eq!(store.update_audit_settings(org(), kept.clone(), 0).await, Ok(true));
    assert_eq!(store.update_audit_settings(org(), kept.clone(), 0).await, Ok(false), "it is there");
    assert_eq!(store.expire_audit_events(SystemWide::Housekeeping, now_us).await, Ok(0), "held");
    kept.legal_hold = false;
    assert_eq!(
        store.update_audit_settings(org(), kept.clone(), 6).await,
        Ok(false),
        "changed since"
    );
    assert_eq!(store.update_audit_settings(org(), kept.clone(), 7).await, Ok(true));
    let read = store.audit_settings(org()).await.unwrap();
    assert_eq!(read.as_ref(), Some(&kept));
    assert_eq!(
        store.expire_audit_events(SystemWide::Housekeeping, now_us).await,
        Ok(1),
        "the old one"
    );
    kept.retention_days = 30;
    assert_eq!(store.update_audit_settings(org(), kept, 7).await, Ok(true));
    assert_eq!(
        store.expire_audit_events(SystemWide::Housekeeping, now_us).await,
        Ok(1),
        "and the new one"
    );
}

async fn events_are_due_for_the_topic_that_an_organisation_wants(backend: Backend) {
    let store = backend.open().await;
    let (reach, org) = (SystemWide::Audit, || OrgScope::of("o"));
    let write = async |events: Vec<AuditEvent>| {
        store.insert_audit_events(reach, events).await.unwrap();
    };
    let due = async |now_us| {
        let due = store.audit_topic_due(reach, org(), now_us, 9).await.unwrap();
        due.into_iter().map(|due| (due.event.id, due.due_us)).collect::<Vec<_>>()
    };
    let of = |id: &str, due_us: i64| (id.to_owned(), due_us);
    write(vec![event("nobody wants", 1)]).await;
    let mut wanted = AuditSettings {
        topic_cluster_id: "lkc-1".to_owned(),
        updated_us: 7,
        ..AuditSettings::of("o".to_owned())
    };
    assert_eq!(store.update_audit_settings(org(), wanted.clone(), 0).await, Ok(true));
    let topics = store.audit_topics(reach).await.unwrap();
    assert_eq!((topics.len(), topics[0].cluster_id.as_str()), (1, "lkc-1"));
    assert_eq!(due(i64::MAX).await, [], "what was before stays where it is");
    let begun = AuditEvent { result: AuditResult::Pending, ..event("begun", 2) };
    let stranger = AuditEvent { organization_id: "p".to_owned(), ..event("x", 5) };
    write(vec![event("b", 5), begun, stranger, event("a", 3)]).await;
    assert_eq!(due(4).await, [of("a", 3)], "not before its time");
    let late_us = 120_000_002;
    assert_eq!(due(late_us).await, [of("a", 3), of("b", 5), of("begun", late_us)]);
    // Its end comes while it is being written as it was before: it is due anew.
    let (begun, succeeded) = ("begun".to_owned(), AuditResult::Success);
    store.end_audit_event(reach, begun, succeeded, String::new()).await.unwrap();
    let written = vec![of("a", 3), of("begun", late_us)];
    store.audit_topic_written(reach, org(), written).await.unwrap();
    assert_eq!(due(5).await, [of("begun", 2), of("b", 5)]);
    let theirs = store.audit_topic_due(reach, OrgScope::of("p"), i64::MAX, 9).await.unwrap();
    assert_eq!(theirs, []);
    wanted.topic_cluster_id = String::new();
    assert_eq!(store.update_audit_settings(org(), wanted, 7).await, Ok(true));
    assert_eq!(due(i64::MAX).await, []);
    assert_eq!(store.audit_topics(reach).await, Ok(Vec::new()));
}
