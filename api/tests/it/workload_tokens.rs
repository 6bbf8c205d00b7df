//! Tokens of workloads: which are taken, and what they open.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_seams::Clock as _;
use ring::hmac;
use serde_json::{Value, json};

use crate::rig::Rig;
use crate::workloads::{
    FILTER, PROVIDERS, Signer, Workload, bearer, claims, exchange, form, make_pool, send_form,
    signed_part,
};

async fn bind(rig: &Rig, pool: &str, role: &str, below: &str) -> String {
    let crn = format!("crn://confluent.cloud/organization={}{below}", rig.first.organization_id);
    let body = json!({"principal": format!("User:{pool}"), "role_name": role, "crn_pattern": crn});
    rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201).text("/id")
}

/// The newest events of the log.
async fn audited(rig: &Rig) -> Vec<Value> {
    rig.app.write_denials().await;
    let log = rig.get("/weir/v1/audit-events").await.expect(200);
    log.body["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_workload_works_with_the_roles_of_its_pool() {
    let rig = Rig::settled().await;
    let workload = Workload::new(&rig).await;
    let environment = format!("/org/v2/environments/{}", rig.first.environment_id);
    for (signer, kid) in [(&workload.rsa, "rsa"), (&workload.ec, "ec")] {
        let reply = exchange(&rig, &workload.pool, &signer.token(kid, &claims(&rig))).await;
        let reply = reply.expect(200);
        assert_eq!(reply.text("/token_type"), "Bearer");
        let kind = "urn:ietf:params:oauth:token-type:access_token";
        assert_eq!(reply.text("/issued_token_type"), kind);
        assert_eq!(reply.body["expires_in"], 900);
        assert_eq!(reply.headers["cache-control"], "no-store");
        let access = reply.text("/access_token");
        let name = json!({"display_name": kid});
        // No role: no right, and nothing is known.
        bearer(&rig, &access, "GET", &environment, Value::Null).await.expect(404);
        let below = format!("/environment={}", rig.first.environment_id);
        let binding = bind(&rig, &workload.pool, "EnvironmentAdmin", &below).await;
        bearer(&rig, &access, "GET", &environment, Value::Null).await.expect(200);
        bearer(&rig, &access, "PATCH", &environment, name.clone()).await.expect(200);
        bearer(&rig, &access, "POST", "/org/v2/environments", name.clone()).await.expect(403);
        let path = format!("/iam/v2/role-bindings/{binding}");
        rig.call("DELETE", &path, Value::Null).await.expect(200);
        bearer(&rig, &access, "GET", &environment, Value::Null).await.expect(404);
    }
}

#[tokio::test]
async fn who_of_the_pool_it_was_is_in_the_log() {
    let rig = Rig::settled().await;
    let workload = Workload::new(&rig).await;
    let below = format!("/environment={}", rig.first.environment_id);
    bind(&rig, &workload.pool, "EnvironmentAdmin", &below).await;
    let access = workload.access(&rig).await;
    let environment = format!("/org/v2/environments/{}", rig.first.environment_id);
    let name = json!({"display_name": "new"});
    bearer(&rig, &access, "PATCH", &environment, name.clone()).await.expect(200);
    bearer(&rig, &access, "POST", "/org/v2/environments", name).await.expect(403);
    let mut other = claims(&rig);
    other["sub"] = json!("repo:evil/app");
    exchange(&rig, &workload.pool, &workload.ec.token("ec", &other)).await.expect(400);
    let principal = format!("User:{}", workload.pool);
    let seen: Vec<_> = audited(&rig)
        .await
        .into_iter()
        .filter(|event| !event["data"]["authenticationInfo"]["identity"].is_null())
        .map(|event| {
            let data = &event["data"];
            let who = &data["authenticationInfo"];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&data["methodName"]),
                text(&who["principal"]),
                text(&who["identity"]),
                text(&who["metadata"]["mechanism"]),
                text(&data["result"]["status"]),
            )
        })
        .collect();
    let expected = |method: &str, who: &str, identity: &str, how: &str, result: &str| {
        [method, who, identity, how, result].map(str::to_owned).into()
    };
    let (exchanged, how) = ("CreateAccessTokenOfPool", "TOKEN_EXCHANGE");
    let mine = "repo:acme/app";
    let all: [(String, String, String, String, String); 4] = [
        expected(exchanged, "", "repo:evil/app", how, "DENIED"),
        expected("CreateEnvironment", &principal, mine, "HTTP_BEARER", "DENIED"),
        expected("UpdateEnvironment", &principal, mine, "HTTP_BEARER", "SUCCESS"),
        expected(exchanged, &principal, mine, how, "SUCCESS"),
    ];
    assert_eq!(seen, all);
}

#[tokio::test]
async fn tokens_that_are_not_right_are_refused() {
    let rig = Rig::new().await;
    let workload = Workload::new(&rig).await;
    let (rsa, ec) = (&workload.rsa, &workload.ec);
    let with = |member: &str, value: Value| {
        let mut claims = claims(&rig);
        claims[member] = value;
        claims
    };
    let good = claims(&rig);
    let now = rig.clock.wall_us() / 1_000_000;
    let none = signed_part(&json!({"alg": "none", "kid": "rsa"}), &good);
    // The public key, which anybody knows, as a shared secret.
    let public = workload.published.keys.lock()["keys"][0]["n"].as_str().unwrap().to_owned();
    let confused = signed_part(&json!({"alg": "HS256", "kid": "rsa"}), &good);
    let tag =
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes()), confused.as_bytes());
    let confused = format!("{confused}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
    let (signed, signature) = ec.token("ec", &good).rsplit_once('.').map(own).unwrap();
    let other =
        signed_part(&json!({"alg": "ES256", "kid": "ec"}), &with("sub", json!("repo:acme/x")));
    for (token, why) in [
        (ec.token("ec", &with("aud", json!("other"))), "filter"),
        (ec.token("ec", &with("aud", Value::Null)), "(aud)"),
        (ec.token("ec", &with("iss", json!("https://evil.example.com"))), "(iss)"),
        (ec.token("ec", &with("exp", json!(now - 61))), "expired"),
        (ec.token("ec", &with("exp", Value::Null)), "no time"),
        (ec.token("ec", &with("nbf", json!(now + 120))), "(nbf)"),
        (ec.token("ec", &with("sub", json!("repo:evil/app"))), "filter"),
        (ec.token("ec", &with("sub", Value::Null)), "claims.sub"),
        (format!("{none}."), "algorithm"),
        (confused, "algorithm"),
        (ec.token("rsa", &good), "does not sign"),
        (rsa.token("ec", &good), "signature"),
        (Signer::ec().token("ec", &good), "signature"),
        (ec.token("gone", &good), "(kid)"),
        (format!("{other}.{signature}"), "signature"),
        (format!("{signed}."), "signature"),
        ("x".to_owned(), "no signed JSON Web Token"),
    ] {
        let refused = exchange(&rig, &workload.pool, &token).await.expect(400);
        assert_eq!(refused.text("/errors/0/code"), "invalid_grant", "{why}");
        assert!(refused.detail().contains(why), "{why}: {}", refused.detail());
    }
    exchange(&rig, &workload.pool, &ec.token("ec", &good)).await.expect(200);
    exchange(&rig, "pool-none", &ec.token("ec", &good)).await.expect(400);
}

fn own((left, right): (&str, &str)) -> (String, String) {
    (left.to_owned(), right.to_owned())
}

#[tokio::test]
async fn a_form_that_is_none_of_an_exchange_is_refused() {
    let rig = Rig::new().await;
    let workload = Workload::new(&rig).await;
    let token = workload.ec.token("ec", &claims(&rig));
    let good = form(&workload.pool, &token);
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:saml2"),
        ("requested_token_type", ""),
        ("identity_pool_id", ""),
        ("subject_token", ""),
        ("expires_in", "0"),
        ("expires_in", "901"),
        ("expires_in", "-1"),
    ] {
        let mut fields: Vec<_> = good.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.iter_mut().filter(|(field, _)| *field == name).for_each(|field| field.1 = value);
        let refused = send_form(&rig, &fields).await.expect(400);
        assert_eq!(refused.text("/errors/0/code"), "invalid_request", "{name}");
        assert_eq!(refused.text("/errors/0/source/parameter"), name);
    }
    rig.call("POST", "/sts/v1/oauth2/token", json!({})).await.expect(415);
    let short: Vec<_> = good.iter().filter(|field| field.0 != "expires_in").cloned().collect();
    let mut fields: Vec<_> = short.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(send_form(&rig, &fields).await.expect(200).body["expires_in"], 900);
    fields.push(("expires_in", "60"));
    let access = send_form(&rig, &fields).await.expect(200).text("/access_token");
    bearer(&rig, &access, "GET", "/org/v2/environments", Value::Null).await.expect(200);
    rig.clock.advance(Duration::from_secs(60));
    bearer(&rig, &access, "GET", "/org/v2/environments", Value::Null).await.expect(401);
}

#[tokio::test]
async fn a_rotated_key_is_found_and_strangers_cannot_make_us_ask_often() {
    let rig = Rig::new().await;
    let workload = Workload::new(&rig).await;
    let (published, next) = (&workload.published, Signer::ec());
    assert_eq!(published.reads(), 1, "when the provider was made");
    let token = next.token("next", &claims(&rig));
    exchange(&rig, &workload.pool, &token).await.expect(400);
    assert_eq!(published.reads(), 2, "nobody knows the key");
    *published.keys.lock() = json!({"keys": [next.jwk("next")]});
    for _ in 0..5 {
        exchange(&rig, &workload.pool, &token).await.expect(400);
    }
    assert_eq!(published.reads(), 2, "not more often than every 30 seconds");
    rig.clock.advance(Duration::from_secs(30));
    exchange(&rig, &workload.pool, &token).await.expect(200);
    assert_eq!(published.reads(), 3);
    // The key that was taken away signs nothing any more.
    let old = workload.ec.token("ec", &claims(&rig));
    exchange(&rig, &workload.pool, &old).await.expect(400);
    // One that is taken away in silence is found out within the hour.
    *published.keys.lock() = json!({"keys": [workload.ec.jwk("ec")]});
    rig.clock.advance(Duration::from_secs(3600));
    exchange(&rig, &workload.pool, &next.token("next", &claims(&rig))).await.expect(400);
    exchange(&rig, &workload.pool, &workload.ec.token("ec", &claims(&rig))).await.expect(200);
}

#[tokio::test]
async fn keys_that_cannot_be_read_again_are_believed_for_a_day() {
    let rig = Rig::new().await;
    let workload = Workload::new(&rig).await;
    *workload.published.keys.lock() = json!("away");
    rig.clock.advance(Duration::from_secs(23 * 3600));
    let token = workload.ec.token("ec", &claims(&rig));
    exchange(&rig, &workload.pool, &token).await.expect(200);
    rig.clock.advance(Duration::from_secs(3600));
    let token = workload.ec.token("ec", &claims(&rig));
    exchange(&rig, &workload.pool, &token).await.expect(400);
}

#[tokio::test]
async fn access_ends_with_what_it_was_given_for() {
    let rig = Rig::settled().await;
    let workload = Workload::new(&rig).await;
    let (pool, provider) = (
        format!("{}/{}", workload.pools(), workload.pool),
        format!("{PROVIDERS}/{}", workload.provider),
    );
    let status = async |access: &str| {
        bearer(&rig, access, "GET", "/org/v2/environments", Value::Null).await.status.as_u16()
    };
    let access = workload.access(&rig).await;
    rig.call("PATCH", &pool, json!({"description": "text"})).await.expect(200);
    rig.call("PATCH", &provider, json!({"display_name": "other"})).await.expect(200);
    assert_eq!(status(&access).await, 200, "names decide nothing");
    for (path, body, back) in [
        (&pool, json!({"filter": "claims.aud == 'weir'"}), json!({"filter": FILTER})),
        (&provider, json!({"issuer": "https://b"}), json!({"issuer": crate::workloads::ISSUER})),
    ] {
        let access = workload.access(&rig).await;
        rig.call("PATCH", path, body).await.expect(200);
        assert_eq!(status(&access).await, 401);
        rig.call("PATCH", path, back).await.expect(200);
    }
    let access = workload.access(&rig).await;
    rig.clock.advance(Duration::from_secs(890));
    assert_eq!(status(&access).await, 200);
    rig.clock.advance(Duration::from_secs(10));
    assert_eq!(status(&access).await, 401, "over");
    let access = workload.access(&rig).await;
    bind(&rig, &workload.pool, "AccountAdmin", "").await;
    rig.call("DELETE", &pool, Value::Null).await.expect(204);
    assert_eq!(status(&access).await, 401, "its pool is gone");
    let crn = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let bound = rig.get(&format!("/iam/v2/role-bindings?crn_pattern={crn}")).await;
    let gone = format!("User:{}", workload.pool);
    assert!(!bound.names("principal").contains(&gone), "and so are its roles");
    let again = make_pool(&rig, &workload.provider, FILTER).await;
    let workload = Workload { pool: again, ..workload };
    let access = workload.access(&rig).await;
    rig.call("DELETE", &provider, Value::Null).await.expect(204);
    assert_eq!(status(&access).await, 401, "its provider is gone");
}

#[tokio::test]
async fn a_pool_is_no_person_and_makes_no_key_for_itself() {
    let rig = Rig::settled().await;
    let workload = Workload::new(&rig).await;
    bind(&rig, &workload.pool, "OrganizationAdmin", "").await;
    let access = workload.access(&rig).await;
    for owner in [json!({"id": workload.pool}), Value::Null] {
        let body = json!({"spec": {"owner": owner, "resource": {"id": "cloud"}}});
        bearer(&rig, &access, "POST", "/iam/v2/api-keys", body).await.expect(422);
    }
    let body = json!({"old_password": "x", "new_password": "a long password"});
    bearer(&rig, &access, "POST", "/weir/v1/password", body).await.expect(401);
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    let body = json!({"topic_name": "t", "partitions_count": 1});
    bearer(&rig, &access, "POST", &topics, body).await.expect(201);
    let body = json!({"value": {"type": "STRING", "data": "x"}});
    bearer(&rig, &access, "POST", &format!("{topics}/t/records"), body).await.expect(200);
    assert_eq!(rig.cell.records("t").len(), 1);
    // A token that somebody changed is nobody's.
    let (signed, _) = access.rsplit_once('.').unwrap();
    for bad in [format!("{signed}."), format!("{access}A"), format!("{signed}.AAAA")] {
        bearer(&rig, &bad, "GET", "/org/v2/environments", Value::Null).await.expect(401);
    }
}

#[tokio::test]
async fn brokers_know_a_pool_as_long_as_it_may_see_the_cluster() {
    let rig = Rig::settled().await;
    let workload = Workload::new(&rig).await;
    let key = format!("{}/{}", workload.pool, rig.first.cluster_id);
    let known = || rig.brokers.snapshot.lock().keys.get(&key).cloned();
    assert_eq!(known(), None, "no role, no way in");
    let cluster =
        format!("/environment={}/cloud-cluster={}", rig.first.environment_id, rig.first.cluster_id);
    let topic = format!("{cluster}/kafka={}/topic=orders", rig.first.cluster_id);
    bind(&rig, &workload.pool, "DeveloperRead", &topic).await;
    let entry = known().unwrap();
    assert_eq!((entry.principal.as_str(), entry.cluster_admin), (workload.pool.as_str(), false));
    let snapshot = rig.brokers.snapshot.lock().clone();
    assert!(!snapshot.peppers.contains_key(&entry.pepper_version), "no secret opens it");
    let principal = format!("User:{}", workload.pool);
    let lists = snapshot.granted.get(&entry.tenant).unwrap();
    assert!(lists.iter().any(|acl| acl.principal == principal && acl.resource_name == "orders"));
    let admin = bind(&rig, &workload.pool, "CloudClusterAdmin", &cluster).await;
    assert!(known().unwrap().cluster_admin);
    let path = format!("/iam/v2/role-bindings/{admin}");
    rig.call("DELETE", &path, Value::Null).await.expect(200);
    assert!(!known().unwrap().cluster_admin);
    let pool = format!("{}/{}", workload.pools(), workload.pool);
    rig.call("DELETE", &pool, Value::Null).await.expect(204);
    assert_eq!(known(), None);
}

#[tokio::test]
async fn a_cluster_takes_the_token_of_the_provider_itself() {
    let (rig, two) = Rig::two_organizations().await;
    let workload = Workload::new(&rig).await;
    let theirs = Workload::new(&two).await;
    let acls = format!("/kafka/v3/clusters/{}/acls", rig.first.cluster_id);
    let ask = async |pool: &str, token: &str| {
        let request = Request::builder()
            .uri(&acls)
            .header("host", "localhost")
            .header("confluent-identity-pool-id", pool)
            .header("authorization", format!("Bearer {token}"));
        rig.send(request.body(Body::empty()).unwrap()).await
    };
    let token = workload.ec.token("ec", &claims(&rig));
    ask(&workload.pool, &token).await.expect(404);
    let cluster =
        format!("/environment={}/cloud-cluster={}", rig.first.environment_id, rig.first.cluster_id);
    bind(&rig, &workload.pool, "CloudClusterAdmin", &cluster).await;
    ask(&workload.pool, &token).await.expect(200);
    let mut other = claims(&rig);
    other["sub"] = json!("repo:evil/app");
    for (pool, token) in [
        (workload.pool.as_str(), workload.ec.token("ec", &other)),
        (workload.pool.as_str(), theirs.ec.token("ec", &claims(&rig))),
        (theirs.pool.as_str(), token.clone()),
        ("pool-none", token.clone()),
        ("", token.clone()),
    ] {
        let refused = ask(pool, &token).await.expect(401);
        assert_eq!(refused.body["error_code"], 40101, "{pool}");
    }
    let foreign = theirs.ec.token("ec", &claims(&rig));
    ask(&theirs.pool, &foreign).await.expect(404);
    let path = format!("{PROVIDERS}/{}", workload.provider);
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    ask(&workload.pool, &token).await.expect(401);
}

#[tokio::test]
async fn brokers_are_told_whose_tokens_to_take() {
    let rig = Rig::settled().await;
    let workload = Workload::new(&rig).await;
    let told = || rig.brokers.snapshot.lock().workloads.clone();
    assert!(told().is_empty(), "a pool without a role lets nobody in");
    let below =
        format!("/environment={}/cloud-cluster={}", rig.first.environment_id, rig.first.cluster_id);
    let binding = bind(&rig, &workload.pool, "CloudClusterAdmin", &below).await;
    let pool = told().pools[&workload.pool].clone();
    assert_eq!((pool.filter.as_str(), pool.identity_claim.as_str()), (FILTER, "claims.sub"));
    assert_eq!(pool.provider, workload.provider);
    let kids = || -> Vec<String> {
        told().providers[&workload.provider].keys.iter().map(|key| key.kid.clone()).collect()
    };
    assert_eq!(kids(), ["rsa", "ec"]);
    // What is told of one cluster leaves it as it is.
    let spec =
        json!({"owner": {"id": rig.first.user_id}, "resource": {"id": rig.first.cluster_id}});
    rig.call("POST", "/iam/v2/api-keys", json!({"spec": spec})).await.expect(202);
    assert_eq!(told().pools[&workload.pool], pool);
    let path = format!("{}/{}", workload.pools(), workload.pool);
    rig.call("PATCH", &path, json!({"filter": "true"})).await.expect(200);
    let changed = told().pools[&workload.pool].clone();
    assert!(changed.filter == "true" && changed.terms != pool.terms);
    let rehearsed = json!({"filter": "false"});
    rig.call("PATCH", &format!("{path}?dry_run=true"), rehearsed).await.expect(200);
    assert_eq!(told().pools[&workload.pool], changed);
    let issuer = json!({"issuer": "https://elsewhere.example.com"});
    rig.call("PATCH", &format!("{PROVIDERS}/{}", workload.provider), issuer).await.expect(200);
    assert_eq!(told().providers[&workload.provider].issuer, "https://elsewhere.example.com");
    assert_ne!(told().pools[&workload.pool].terms, changed.terms);
    let path = format!("/iam/v2/role-bindings/{binding}");
    rig.call("DELETE", &path, Value::Null).await.expect(200);
    assert!(told().is_empty());
}

#[tokio::test]
async fn brokers_get_new_keys_and_forget_those_that_cannot_be_read() {
    let rig = Rig::settled().await;
    let workload = Workload::new(&rig).await;
    bind(
        &rig,
        &workload.pool,
        "EnvironmentAdmin",
        &format!("/environment={}", rig.first.environment_id),
    )
    .await;
    let kids = || -> Vec<String> {
        let told = rig.brokers.snapshot.lock();
        told.workloads.providers[&workload.provider]
            .keys
            .iter()
            .map(|key| key.kid.clone())
            .collect()
    };
    let revision = || rig.brokers.snapshot.lock().revision;
    *workload.published.keys.lock() = json!({"keys": [workload.ec.jwk("new")]});
    let now = rig.clock.wall_us();
    // Young keys are not looked at, not even when a broker misses one; nor are those of nobody.
    rig.app.renew_old_keys(now).await.unwrap();
    assert_eq!((kids(), workload.published.reads()), (vec!["rsa".to_owned(), "ec".to_owned()], 1));
    rig.clock.advance(Duration::from_secs(31));
    for _ in 0..3 {
        rig.app.key_is_missing(&workload.pool);
        rig.app.key_is_missing("pool-none");
        rig.app.read_missing_keys().await.unwrap();
    }
    assert_eq!((kids(), workload.published.reads()), (vec!["new".to_owned()], 2));
    *workload.published.keys.lock() = json!({"keys": [workload.rsa.jwk("newer")]});
    let before = rig.clock.wall_us();
    rig.clock.advance(Duration::from_secs(60 * 60 + 1));
    rig.app.renew_old_keys(before).await.unwrap();
    assert_eq!(kids(), ["newer"]);
    // The same keys again are no news.
    let (before, told) = (rig.clock.wall_us(), revision());
    rig.clock.advance(Duration::from_secs(60 * 60 + 1));
    rig.app.renew_old_keys(before).await.unwrap();
    assert_eq!((kids(), revision()), (vec!["newer".to_owned()], told));
    let good = std::mem::replace(&mut *workload.published.keys.lock(), json!({}));
    let before = rig.clock.wall_us();
    rig.clock.advance(Duration::from_secs(23 * 60 * 60));
    rig.app.renew_old_keys(before).await.unwrap();
    assert_eq!((kids(), revision()), (vec!["newer".to_owned()], told));
    let before = rig.clock.wall_us();
    rig.clock.advance(Duration::from_secs(60 * 60 + 1));
    rig.app.renew_old_keys(before).await.unwrap();
    assert!(kids().is_empty(), "they could not be read for a day");
    *workload.published.keys.lock() = good;
    let before = rig.clock.wall_us();
    rig.clock.advance(Duration::from_secs(10 * 60));
    rig.app.renew_old_keys(before).await.unwrap();
    assert_eq!(kids(), ["newer"], "the same ones are believed again");
}
