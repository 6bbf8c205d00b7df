//! Client quotas reach the brokers.

use common_types::quota::Throughput;
use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

const PATH: &str = "/kafka-quotas/v1/client-quotas";

fn wanted(rig: &Rig, principals: &[&str], ingress: &str, egress: &str) -> Value {
    let principals: Vec<_> = principals.iter().map(|id| json!({"id": id})).collect();
    json!({"spec": {
        "display_name": "slow",
        "description": "for the night",
        "throughput": {"ingress_byte_rate": ingress, "egress_byte_rate": egress},
        "cluster": {"id": rig.first.cluster_id, "environment": rig.first.environment_id},
        "principals": principals,
        "environment": {"id": rig.first.environment_id},
    }})
}

/// What brokers know of a principal.
fn in_force(rig: &Rig, principal: &str) -> Throughput {
    let snapshot = rig.brokers.snapshot.lock();
    let tenant = rig.first.cluster_id.parse().unwrap();
    snapshot.quotas.get(&tenant).map(|quotas| quotas.of(principal)).unwrap_or_default()
}

fn both(ingress: u64, egress: u64) -> Throughput {
    Throughput { ingress: Some(ingress), egress: Some(egress) }
}

async fn account(rig: &Rig, name: &str) -> String {
    let body = json!({"display_name": name});
    rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id")
}

#[tokio::test]
async fn quota_is_in_force_when_its_request_is_answered() {
    let rig = Rig::settled().await;
    let (one, two) = (account(&rig, "one").await, account(&rig, "two").await);
    let made = rig.call("POST", PATH, wanted(&rig, &[&one], "1000", "2000")).await.expect(202);
    assert_eq!(in_force(&rig, &one), both(1000, 2000));
    assert_eq!(in_force(&rig, &two), Throughput::default());
    let default = rig.call("POST", PATH, wanted(&rig, &["<default>"], "7", "8")).await.expect(202);
    assert_eq!((in_force(&rig, &one), in_force(&rig, &two)), (both(1000, 2000), both(7, 8)));

    let path = format!("{PATH}/{}", made.text("/id"));
    let body = json!({"spec": {"throughput": {"egress_byte_rate": "3000"}}});
    let dry = format!("{path}?dry_run=true");
    rig.call("PATCH", &dry, body.clone()).await.expect(200);
    assert_eq!(in_force(&rig, &one), both(1000, 2000), "a rehearsal");
    rig.call("PATCH", &path, body).await.expect(200);
    assert_eq!(in_force(&rig, &one), both(1000, 3000));
    let body = json!({"spec": {"principals": [{"id": one}, {"id": two}]}});
    rig.call("PATCH", &path, body).await.expect(200);
    assert_eq!(in_force(&rig, &two), both(1000, 3000));

    let gone = format!("/iam/v2/service-accounts/{two}");
    rig.call("DELETE", &gone, Value::Null).await.expect(204);
    assert_eq!(in_force(&rig, &two), both(7, 8), "as anybody");
    for id in [made.text("/id"), default.text("/id")] {
        rig.call("DELETE", &format!("{PATH}/{id}"), Value::Null).await.expect(204);
    }
    assert!(rig.brokers.snapshot.lock().quotas.is_empty());
}

#[tokio::test]
async fn quota_is_made_once_changed_on_terms_and_repaired() {
    let rig = Rig::settled().await;
    let one = account(&rig, "one").await;
    let dry = format!("{PATH}?dry_run=true");
    rig.call("POST", &dry, wanted(&rig, &[&one], "1", "1")).await.expect(200);
    assert_eq!(in_force(&rig, &one), Throughput::default());
    let made = rig.post_once("k", PATH, wanted(&rig, &[&one], "1", "1")).await.expect(202);
    let again = rig.post_once("k", PATH, wanted(&rig, &[&one], "1", "1")).await.expect(202);
    assert_eq!(made.body, again.body);
    let path = format!("{PATH}/{}", made.text("/id"));
    let tag = rig.get(&path).await.expect(200).headers["etag"].to_str().unwrap().to_owned();
    let admin = rig.with_key(&rig.auth.0, &rig.auth.1);
    let body = json!({"spec": {"display_name": "slower"}});
    admin.call_with(&[("if-match", &tag)], "PATCH", &path, body.clone()).await.expect(200);
    admin.call_with(&[("if-match", &tag)], "PATCH", &path, body).await.expect(412);
    admin.call_with(&[("if-match", &tag)], "DELETE", &path, Value::Null).await.expect(412);

    *rig.brokers.down.lock() = true;
    let late = rig.call("DELETE", &path, Value::Null).await.expect(503);
    assert_eq!(late.text("/errors/0/code"), "access_not_in_force");
    assert_eq!(in_force(&rig, &one), both(1, 1), "as long as brokers do not hear of it");
    *rig.brokers.down.lock() = false;
    rig.app.publish_access().await.unwrap();
    assert_eq!(in_force(&rig, &one), Throughput::default());
}

#[tokio::test]
async fn client_quotas_have_their_public_shape() {
    let rig = Rig::settled().await;
    let one = account(&rig, "one").await;
    let mut seen = Transcript::default();
    let made = rig.call("POST", PATH, wanted(&rig, &[&one, "<default>"], "5", "10")).await;
    seen.add("quota", &made);
    let taken = rig.call("POST", PATH, wanted(&rig, &[&one], "5", "5")).await;
    seen.add("principal taken", &taken);
    for (what, principals, ingress) in [
        ("no principal", &[][..], "5"),
        ("unknown principal", &["sa-none"][..], "5"),
        ("no principal at all", &["pool-1"][..], "5"),
        ("twice", &["<default>", "<default>"][..], "5"),
        ("no rate", &["<default>"][..], "0"),
        ("fraction", &["<default>"][..], "1.5"),
    ] {
        seen.add(what, &rig.call("POST", PATH, wanted(&rig, principals, ingress, "5")).await);
    }
    let mut elsewhere = wanted(&rig, &[&one], "5", "5");
    elsewhere["spec"]["cluster"] = json!({"id": "lkc-none"});
    seen.add("unknown cluster", &rig.call("POST", PATH, elsewhere).await);
    seen.add("nothing", &rig.call("POST", PATH, json!({})).await);
    let path = format!("{PATH}/{}", made.text("/id"));
    let moved = json!({"spec": {"cluster": {"id": "lkc-other"}}});
    seen.add("moved", &rig.call("PATCH", &path, moved).await);
    let (environment, cluster) = (&rig.first.environment_id, &rig.first.cluster_id);
    let list = format!("{PATH}?environment={environment}&spec.cluster={cluster}");
    seen.add("list", &rig.get(&list).await);
    seen.add("list of what", &rig.get(&format!("{PATH}?environment={environment}")).await);
    assert_eq!(rig.get(&path).await.body, made.body);
    insta::assert_snapshot!(seen.0);
}
