use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};

#[tokio::test]
async fn role_bindings_have_their_public_shape() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "app"});
    let account = rig.call("POST", "/iam/v2/service-accounts", body).await.text("/id");
    let org = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let environment = format!("{org}/environment={}", rig.first.environment_id);
    let cluster = format!("{environment}/cloud-cluster={}", rig.first.cluster_id);
    let bind = |principal: &str, role: &str, crn: &str| json!({"principal": principal, "role_name": role, "crn_pattern": crn});
    let principal = format!("User:{account}");
    let mut seen = Transcript::default();
    let path = "/iam/v2/role-bindings";
    let body = bind(&principal, "CloudClusterAdmin", &cluster);
    let made = rig.call("POST", path, body.clone()).await;
    seen.add("create", &made);
    seen.add("create again", &rig.call("POST", path, body).await);
    for (what, body) in [
        ("unknown role", bind(&principal, "SuperAdmin", &cluster)),
        ("role on another kind of scope", bind(&principal, "EnvironmentAdmin", &cluster)),
        (
            "scope of another organization",
            bind(&principal, "OrganizationAdmin", "crn://confluent.cloud/organization=x"),
        ),
        ("no such principal", bind("User:sa-none", "CloudClusterAdmin", &cluster)),
        ("no principal", json!({"role_name": "CloudClusterAdmin", "crn_pattern": cluster})),
        (
            "no such cluster",
            bind(&principal, "CloudClusterAdmin", &format!("{environment}/cloud-cluster=lkc-none")),
        ),
    ] {
        seen.add(what, &rig.call("POST", path, body).await);
    }
    seen.add("list at the cluster", &rig.get(&format!("{path}?crn_pattern={cluster}")).await);
    seen.add("list without a scope", &rig.get(path).await);
    let below = rig.get(&format!("{path}?crn_pattern={org}/*")).await.expect(200);
    assert_eq!(below.names("role_name"), ["OrganizationAdmin", "CloudClusterAdmin"]);
    let at = rig.get(&format!("{path}?crn_pattern={org}&role_name=OrganizationAdmin")).await;
    assert_eq!(at.names("principal"), [format!("User:{}", rig.first.user_id)]);
    let one = format!("{path}/{}", made.text("/id"));
    seen.add("delete", &rig.call("DELETE", &one, Value::Null).await);
    seen.add("get after delete", &rig.get(&one).await);
    insta::assert_snapshot!(seen.0);
}
