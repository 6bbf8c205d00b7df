//! What brokers are told of each change is what they would be told of the whole.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use common_seams::{Rng, SeededRng};
use common_types::access::AccessSnapshot;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::rig::{Rig, at_an_address, basic};

/// What the walk has made and not removed.
#[derive(Default)]
struct Made {
    clusters: Vec<String>,
    accounts: Vec<String>,
    keys: Vec<String>,
    bindings: Vec<String>,
    quotas: Vec<String>,
}

fn place(rng: &SeededRng, from: &[String]) -> Option<usize> {
    (!from.is_empty()).then(|| usize::try_from(rng.below(from.len() as u64)).unwrap())
}

fn pick<'a>(rng: &SeededRng, from: &'a [String]) -> Option<&'a String> {
    place(rng, from).map(|at| &from[at])
}

fn take(rng: &SeededRng, from: &mut Vec<String>) -> Option<String> {
    place(rng, from).map(|at| from.swap_remove(at))
}

/// What is in force, without its revision.
fn in_force(rig: &Rig) -> AccessSnapshot {
    AccessSnapshot { revision: 0, ..rig.brokers.snapshot.lock().clone() }
}

async fn make(rig: &Rig, path: &str, body: Value) -> Option<String> {
    let reply = rig.call("POST", path, body).await;
    let status = reply.status.as_u16();
    assert!(status < 500, "{status} {}", reply.body);
    (status < 300).then(|| reply.text("/id"))
}

async fn remove(rig: &Rig, path: String) {
    let status = rig.call("DELETE", &path, Value::Null).await.status.as_u16();
    assert!(matches!(status, 200..300 | 404), "{status} {path}");
}

/// One change, whichever the seed says.
async fn step(rig: &Rig, rng: &SeededRng, made: &mut Made, number: usize) {
    let environment = rig.first.environment_id.clone();
    let cluster = pick(rng, &made.clusters).unwrap_or(&rig.first.cluster_id).clone();
    let account = pick(rng, &made.accounts).unwrap_or(&rig.first.user_id).clone();
    match rng.below(11) {
        0 => {
            let spec = json!({"display_name": format!("c{number}"), "availability": "SINGLE_ZONE",
                "cloud": "AWS", "region": "eu-west-1", "config": {"kind": "Basic"},
                "environment": {"id": environment}});
            made.clusters.extend(make(rig, "/cmk/v2/clusters", json!({"spec": spec})).await);
        }
        1 => {
            let body = json!({"display_name": format!("a{number}")});
            made.accounts.extend(make(rig, "/iam/v2/service-accounts", body).await);
        }
        2 | 3 => {
            let spec = json!({"display_name": "k", "owner": {"id": account},
                "resource": {"id": cluster}});
            made.keys.extend(make(rig, "/iam/v2/api-keys", json!({"spec": spec})).await);
        }
        4 | 5 => {
            let role = if rng.below(2) == 0 { "DeveloperRead" } else { "CloudClusterAdmin" };
            let org = &rig.first.organization_id;
            let all = format!("crn://confluent.cloud/organization={org}/environment={environment}");
            let of_cluster = format!("{all}/cloud-cluster={cluster}");
            let crn_pattern = match role {
                "DeveloperRead" => format!("{of_cluster}/kafka={cluster}/topic=t{number}"),
                _ => of_cluster,
            };
            let body = json!({"principal": format!("User:{account}"), "role_name": role,
                "crn_pattern": crn_pattern});
            made.bindings.extend(make(rig, "/iam/v2/role-bindings", body).await);
        }
        6 => {
            let spec = json!({"display_name": format!("q{number}"),
                "throughput": {"ingress_byte_rate": "10", "egress_byte_rate": "20"},
                "cluster": {"id": cluster}, "environment": {"id": environment},
                "principals": [{"id": account}]});
            let path = "/kafka-quotas/v1/client-quotas";
            made.quotas.extend(make(rig, path, json!({"spec": spec})).await);
        }
        7 => {
            if let Some(id) = take(rng, &mut made.keys) {
                remove(rig, format!("/iam/v2/api-keys/{id}")).await;
            }
        }
        8 => {
            if let Some(id) = take(rng, &mut made.bindings) {
                remove(rig, format!("/iam/v2/role-bindings/{id}")).await;
            }
        }
        9 => {
            if let Some(id) = take(rng, &mut made.quotas) {
                remove(rig, format!("/kafka-quotas/v1/client-quotas/{id}")).await;
            }
        }
        _ => {
            if rng.below(2) == 0 {
                if let Some(id) = take(rng, &mut made.clusters) {
                    remove(rig, format!("/cmk/v2/clusters/{id}?environment={environment}")).await;
                }
            } else if let Some(id) = take(rng, &mut made.accounts) {
                remove(rig, format!("/iam/v2/service-accounts/{id}")).await;
            }
        }
    }
}

#[tokio::test]
async fn every_change_leaves_brokers_with_what_the_whole_would() {
    let (rig, other) = Rig::two_organizations().await;
    for seed in 0..3 {
        let rng = SeededRng::new(seed);
        let mut made = Made::default();
        for number in 0..60 {
            step(&rig, &rng, &mut made, number + 100 * usize::try_from(seed).unwrap()).await;
            let told = in_force(&rig);
            rig.app.publish_access().await.unwrap();
            assert_eq!(told, in_force(&rig), "seed {seed}, change {number}");
        }
        rig.settle().await;
    }
    let changes = rig.brokers.changes.load(Ordering::Relaxed);
    assert!(changes > 60, "most changes do not need the whole: {changes}");
    let tenant = other.first.cluster_id.parse().unwrap();
    assert!(in_force(&rig).keys.values().any(|key| key.tenant == tenant));
}

#[tokio::test]
async fn change_that_brokers_missed_comes_with_the_next_one() {
    let rig = Rig::settled().await;
    let spec = json!({"display_name": "k", "owner": {"id": rig.first.user_id},
        "resource": {"id": rig.first.cluster_id}});
    let key = make(&rig, "/iam/v2/api-keys", json!({"spec": spec})).await.unwrap();
    *rig.brokers.down.lock() = true;
    let gone = format!("/iam/v2/api-keys/{key}");
    rig.call("DELETE", &gone, Value::Null).await.expect(503);
    *rig.brokers.down.lock() = false;
    assert!(rig.brokers.snapshot.lock().keys.contains_key(&key), "brokers did not hear of it");
    let spec = json!({"display_name": "other", "availability": "SINGLE_ZONE", "cloud": "AWS",
        "region": "eu-west-1", "config": {"kind": "Basic"},
        "environment": {"id": rig.first.environment_id}});
    make(&rig, "/cmk/v2/clusters", json!({"spec": spec})).await.unwrap();
    assert!(!rig.brokers.snapshot.lock().keys.contains_key(&key));
}

#[tokio::test]
async fn change_comes_to_its_end_when_its_client_goes_away() {
    let rig = Rig::settled().await;
    let spec = json!({"display_name": "k", "owner": {"id": rig.first.user_id},
        "resource": {"id": rig.first.cluster_id}});
    let key = make(&rig, "/iam/v2/api-keys", json!({"spec": spec})).await.unwrap();
    let mut request = Request::builder()
        .method("DELETE")
        .uri(format!("/iam/v2/api-keys/{key}"))
        .header("host", "localhost:8080")
        .header("authorization", basic(&rig.auth.0, &rig.auth.1))
        .body(Body::empty())
        .unwrap();
    at_an_address(&mut request);
    let mut asked = Box::pin(rig.router.clone().oneshot(request));
    assert!(futures_util::poll!(&mut asked).is_pending());
    drop(asked);
    for _ in 0..2000 {
        if !rig.brokers.snapshot.lock().keys.contains_key(&key) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the key is in force for ever");
}
