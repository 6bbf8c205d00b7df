//! The limits that there are, and what is used of them.

use serde_json::json;

use crate::rig::{Rig, Transcript};

#[tokio::test]
async fn service_quotas_have_their_public_shape_and_count() {
    let rig = Rig::settled().await;
    let (environment, cluster) = (&rig.first.environment_id, &rig.first.cluster_id);
    let spec = json!({"spec": {"display_name": "slow", "environment": {"id": environment},
        "cluster": {"id": cluster}, "principals": [{"id": "<default>"}],
        "throughput": {"ingress_byte_rate": "5", "egress_byte_rate": "5"}}});
    rig.call("POST", "/kafka-quotas/v1/client-quotas", spec).await.expect(202);
    let here = format!("environment={environment}&kafka_cluster={cluster}");
    let path = "/service-quota/v1/applied-quotas";
    let mut seen = Transcript::default();
    seen.add("cluster", &rig.get(&format!("{path}?scope=KAFKA_CLUSTER&{here}")).await);
    seen.add("person", &rig.get(&format!("{path}?scope=USER_ACCOUNT")).await);
    let one = format!("{path}/kafka.max_client_quotas.per_cluster?{here}");
    assert_eq!(rig.get(&one).await.expect(200).body["usage"], 1);
    seen.add("unknown", &rig.get(&format!("{path}/kafka.max_moons?{here}")).await);
    seen.add("scope without limits", &rig.get(&format!("{path}?scope=NETWORK")).await);
    seen.add("which cluster", &rig.get(&format!("{path}?scope=KAFKA_CLUSTER")).await);
    seen.add("scopes", &rig.get("/service-quota/v1/scopes").await);
    rig.get("/service-quota/v1/scopes/KAFKA_CLUSTER").await.expect(200);
    rig.get("/service-quota/v1/scopes/NETWORK").await.expect(404);
    insta::assert_snapshot!(seen.0);
}
