//! Identity providers and pools as objects.

use serde_json::{Value, json};

use crate::rig::{Rig, Transcript};
use crate::sessions::event_of;
use crate::workloads::{
    FILTER, ISSUER, PROVIDERS, Published, Signer, Workload, bearer, claims, exchange, make_provider,
};

#[tokio::test]
async fn providers_and_pools_have_their_public_shape() {
    let rig = Rig::new().await;
    let published = Published::new(vec![Signer::rsa().jwk("rsa"), Signer::ec().jwk("ec")]).await;
    let mut seen = Transcript::default();
    let body = json!({"display_name": "ci", "description": "builds", "issuer": ISSUER,
        "jwks_uri": published.uri, "identity_claim": "claims.sub"});
    let made = rig.call("POST", PROVIDERS, body.clone()).await;
    let one = format!("{PROVIDERS}/{}", made.text("/id"));
    seen.add("create a provider", &made);
    seen.add("create it again", &rig.call("POST", PROVIDERS, body).await);
    seen.add("read it", &rig.get(&one).await);
    seen.add("list", &rig.get(PROVIDERS).await);
    let body = json!({"display_name": "builds"});
    seen.add("rename it", &rig.call("PATCH", &one, body).await);
    let body = json!({"spec": {"jwks_status": "REFRESHED"}});
    seen.add("read its keys", &rig.call("PATCH", &format!("{one}/jwks"), body).await);
    let body = json!({"spec": {"jwks_status": "OK"}});
    seen.add("another status", &rig.call("PATCH", &format!("{one}/jwks"), body).await);
    let pools = format!("{one}/identity-pools");
    let body = json!({"display_name": "deployers", "description": "may deploy",
        "identity_claim": "claims.sub", "filter": FILTER});
    let pool = rig.call("POST", &pools, body).await;
    seen.add("create a pool", &pool);
    let pool = format!("{pools}/{}", pool.text("/id"));
    seen.add("read it", &rig.get(&pool).await);
    seen.add("list", &rig.get(&pools).await);
    let body = json!({"filter": "claims.aud == 'weir'"});
    seen.add("change its filter", &rig.call("PATCH", &pool, body).await);
    seen.add("delete it", &rig.call("DELETE", &pool, Value::Null).await);
    seen.add("delete the provider", &rig.call("DELETE", &one, Value::Null).await);
    seen.add("read it", &rig.get(&one).await);
    insta::assert_snapshot!(seen.0.replace(&published.uri, "<where keys are>"));
}

#[tokio::test]
async fn bad_values_are_refused() {
    let rig = Rig::new().await;
    let good = json!({"display_name": "ci", "description": "", "issuer": ISSUER,
        "jwks_uri": "https://127.0.0.1:1/keys"});
    for (member, value, status) in [
        ("display_name", json!(null), 400),
        ("display_name", json!(" "), 400),
        ("display_name", json!("x".repeat(65)), 422),
        ("issuer", json!(null), 400),
        ("jwks_uri", json!(null), 400),
        ("jwks_uri", json!("http://keys.example.com/"), 422),
        ("jwks_uri", json!("https://169.254.169.254/latest"), 422),
        ("jwks_uri", json!("https://10.0.0.1/keys"), 422),
        ("jwks_uri", json!("file:///etc/passwd"), 422),
        ("identity_claim", json!("sub"), 422),
    ] {
        let mut body = good.clone();
        body[member] = value.clone();
        let reply = rig.call("POST", PROVIDERS, body).await;
        assert_eq!(reply.status, status, "{member} {value}: {}", reply.body);
        assert_eq!(reply.text("/errors/0/source/pointer"), format!("/{member}"));
    }
    // Nobody answers there now: it is made all the same, and has no keys.
    let made = rig.call("POST", PROVIDERS, good).await.expect(201);
    assert_eq!(made.body["keys"], json!([]));
    let pools = format!("{PROVIDERS}/{}/identity-pools", made.text("/id"));
    let good = json!({"display_name": "p", "identity_claim": "claims.sub", "filter": "true"});
    for (member, value, status) in [
        ("display_name", json!(null), 400),
        ("filter", json!(null), 400),
        ("filter", json!("claims.sub =="), 422),
        ("filter", json!(format!("claims.sub == '{}'", "x".repeat(300))), 422),
        ("filter", json!("claims.sub.matches('(a{999}){999}')"), 422),
        ("identity_claim", json!(null), 400),
        ("identity_claim", json!("claims."), 422),
    ] {
        let mut body = good.clone();
        body[member] = value.clone();
        let reply = rig.call("POST", &pools, body).await;
        assert_eq!(reply.status, status, "{member} {value}: {}", reply.body);
        assert_eq!(reply.text("/errors/0/source/pointer"), format!("/{member}"));
    }
    let made = rig.call("POST", &pools, good.clone()).await.expect(201);
    let event = event_of(&rig, &made).await;
    let named = event["data"]["resourceName"].as_str().unwrap();
    assert!(named.ends_with(&made.text("/id")), "{named} is not the pool");
    let nobody = format!("{pools}?assigned_resource_owner=sa-nobody");
    rig.call("POST", &nobody, good.clone()).await.expect(400);
    rig.call("POST", &format!("{PROVIDERS}/op-none/identity-pools"), good).await.expect(404);
}

#[tokio::test]
async fn only_so_many_are_made() {
    let rig = Rig::new().await;
    for number in 0..20 {
        let body = json!({"display_name": format!("ci {number}"), "issuer": ISSUER,
            "jwks_uri": "https://127.0.0.1:1/keys"});
        rig.call("POST", PROVIDERS, body).await.expect(201);
    }
    let body = json!({"display_name": "one more", "issuer": ISSUER,
        "jwks_uri": "https://127.0.0.1:1/keys"});
    let refused = rig.call("POST", PROVIDERS, body).await.expect(402);
    assert_eq!(refused.text("/errors/0/code"), "quota_exceeded");
}

#[tokio::test]
async fn a_rehearsal_makes_nothing_and_asks_nobody() {
    let rig = Rig::new().await;
    let published = Published::new(vec![Signer::ec().jwk("ec")]).await;
    let body = json!({"display_name": "ci", "issuer": ISSUER, "jwks_uri": published.uri});
    rig.call("POST", &format!("{PROVIDERS}?dry_run=true"), body).await.expect(200);
    assert_eq!(published.reads(), 0);
    assert_eq!(rig.get(PROVIDERS).await.body["data"], json!([]));
}

#[tokio::test]
async fn its_owner_governs_a_pool_and_nothing_else() {
    let rig = Rig::settled().await;
    let account = json!({"display_name": "owner"});
    let account = rig.call("POST", "/iam/v2/service-accounts", account).await.text("/id");
    let key = json!({"spec": {"owner": {"id": account}, "resource": {"id": "cloud"}}});
    let key = rig.call("POST", "/iam/v2/api-keys", key).await.expect(202);
    let owner_key = (key.text("/id"), key.text("/spec/secret"));
    let owner = rig.with_key(&owner_key.0, &owner_key.1);
    let workload = Workload::new(&rig).await;
    let theirs = format!("{}/{}", workload.pools(), workload.pool);
    let body = json!({"display_name": "own", "identity_claim": "claims.sub", "filter": "true"});
    let path = format!("{}?assigned_resource_owner={account}", workload.pools());
    owner.call("POST", &path, body.clone()).await.expect(403);
    let own = rig.call("POST", &path, body.clone()).await.expect(201).text("/id");
    let path = format!("{}/{own}", workload.pools());
    assert_eq!(owner.get(&workload.pools()).await.expect(200).names("id"), [own]);
    owner.call("PATCH", &path, json!({"description": "mine"})).await.expect(200);
    owner.call("DELETE", &path, Value::Null).await.expect(204);
    owner.get(&theirs).await.expect(404);
    owner.call("PATCH", &theirs, json!({"filter": "true"})).await.expect(404);
    owner.call("DELETE", &theirs, Value::Null).await.expect(404);
    owner.get(&format!("{PROVIDERS}/{}", workload.provider)).await.expect(404);
    assert_eq!(owner.get(PROVIDERS).await.expect(200).body["data"], json!([]));
}

#[tokio::test]
async fn what_another_organization_has_is_not_there() {
    let (one, two) = Rig::two_organizations().await;
    let theirs = Workload::new(&two).await;
    let provider = format!("{PROVIDERS}/{}", theirs.provider);
    let pool = format!("{}/{}", theirs.pools(), theirs.pool);
    for path in [&provider, &pool, &theirs.pools()] {
        one.get(path).await.expect(404);
    }
    for path in [&provider, &pool, &format!("{provider}/jwks")] {
        one.call("PATCH", path, json!({})).await.expect(404);
    }
    one.call("DELETE", &pool, Value::Null).await.expect(404);
    one.call("DELETE", &provider, Value::Null).await.expect(404);
    let ours = Workload::new(&one).await;
    // Through a provider of ours theirs is not reached either.
    one.get(&format!("{}/{}", ours.pools(), theirs.pool)).await.expect(404);
    let crn = format!("crn://confluent.cloud/organization={}", one.first.organization_id);
    let body = json!({"principal": format!("User:{}", theirs.pool), "role_name": "AccountAdmin",
        "crn_pattern": crn});
    one.call("POST", "/iam/v2/role-bindings", body).await.expect(422);
    // The same issuer is known to both, each with keys of its own.
    let token = ours.ec.token("ec", &claims(&one));
    exchange(&one, &ours.pool, &token).await.expect(200);
    let refused = exchange(&one, &theirs.pool, &token).await.expect(400);
    assert!(refused.detail().contains("signature"), "{}", refused.detail());
    let access = theirs.access(&two).await;
    let seen = bearer(&one, &access, "GET", "/org/v2/environments", Value::Null).await.expect(200);
    assert_eq!(seen.body["data"], json!([]), "and is nobody in ours");
    let path = format!("/org/v2/environments/{}", one.first.environment_id);
    bearer(&one, &access, "GET", &path, Value::Null).await.expect(404);
}

#[tokio::test]
async fn keys_are_read_from_where_they_are_now() {
    let rig = Rig::new().await;
    let (first, second) = (Signer::ec(), Signer::ec());
    let (from, to) =
        (Published::new(vec![first.jwk("a")]).await, Published::new(vec![second.jwk("b")]).await);
    let provider = make_provider(&rig, &from.uri).await;
    let path = format!("{PROVIDERS}/{provider}");
    assert_eq!(rig.get(&path).await.text("/keys/0/kid"), "a");
    let body = json!({"jwks_uri": to.uri});
    let changed = rig.call("PATCH", &path, body).await.expect(200);
    assert_eq!((changed.text("/keys/0/kid").as_str(), from.reads(), to.reads()), ("b", 1, 1));
    *to.keys.lock() = json!({"keys": []});
    let jwks = rig.call("PATCH", &format!("{path}/jwks"), json!({})).await.expect(200);
    assert_eq!(jwks.text("/status/jwks_status"), "ERROR_FETCHING_JWKS");
    assert_eq!(rig.get(&path).await.text("/keys/0/kid"), "b", "those from before stay");
    assert_eq!(to.reads(), 2);
    rig.call("PATCH", &format!("{path}/jwks"), json!({})).await.expect(200);
    assert_eq!(to.reads(), 2, "not again within five seconds");
}
