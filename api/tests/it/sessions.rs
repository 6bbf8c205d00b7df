use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::rig::{Reply, Rig};

/// Asks with a token, or with nothing.
pub(crate) async fn ask(
    rig: &Rig,
    token: Option<&str>,
    method: &str,
    path: &str,
    body: Value,
) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        request = request.header("content-type", "application/json");
        Body::from(body.to_string())
    };
    rig.send(request.body(body).unwrap()).await
}

pub(crate) async fn get(rig: &Rig, token: &str, path: &str) -> Reply {
    ask(rig, Some(token), "GET", path, Value::Null).await
}

pub(crate) async fn try_to_sign_in(rig: &Rig, email: &str, password: &str) -> Reply {
    let body = json!({"email": email, "password": password, "orgResourceId": ""});
    ask(rig, None, "POST", "/api/sessions", body).await
}

pub(crate) async fn sign_in(rig: &Rig) -> String {
    let (email, password) = (&rig.secrets.login_email, &rig.secrets.login_password);
    try_to_sign_in(rig, email, password).await.expect(200).text("/token")
}

pub(crate) async fn event_of(rig: &Rig, reply: &Reply) -> Value {
    rig.app.write_denials().await;
    let id = reply.headers["x-request-id"].to_str().unwrap();
    let found = rig.get(&format!("/weir/v1/audit-events?request_id={id}")).await.expect(200);
    found.body["data"][0].clone()
}

#[tokio::test]
async fn a_person_signs_in_and_is_who_they_are_until_they_sign_out() {
    let rig = Rig::settled().await;
    let realm = "/api/login/realm?email=a@b&client_id=x";
    let realm = ask(&rig, None, "GET", realm, Value::Null).await.expect(200);
    assert_eq!(realm.body, json!({"is_sso": false, "mfa_required": false, "realm": ""}));
    // As people type it.
    let made = try_to_sign_in(&rig, " Admin@LocalHost ", &rig.secrets.login_password).await;
    let made = made.expect(200);
    let token = made.text("/token");
    assert_eq!(made.text("/user/resource_id"), rig.first.user_id);
    assert_eq!(made.text("/organization/resource_id"), rig.first.organization_id);
    assert_eq!(made.text("/refresh_token"), "", "a token of another form breaks command lines");
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let now = 1_700_000_000;
    assert!((now + 8 * 3600..now + 8 * 3600 + 60).contains(&claims["exp"].as_i64().unwrap()));

    let me = get(&rig, &token, "/api/me").await.expect(200);
    assert_eq!(me.text("/user/email"), rig.secrets.login_email);
    assert_eq!(me.body["accounts"][0]["id"], json!(rig.first.environment_id));
    let named = json!({"display_name": "by a person"});
    let path = "/api/org/v2/environments";
    let change = ask(&rig, Some(&token), "POST", path, named).await.expect(201);
    let event = event_of(&rig, &change).await;
    let who = &event["data"]["authenticationInfo"];
    assert_eq!(who["principalResourceId"], json!(rig.first.user_id));
    assert_eq!(who["metadata"]["mechanism"], "HTTP_BEARER");

    ask(&rig, Some(&token), "DELETE", "/api/sessions", Value::Null).await.expect(204);
    for path in ["/me", "/org/v2/environments"] {
        let refused = get(&rig, &token, path).await.expect(401);
        assert!(!event_of(&rig, &refused).await.to_string().contains(&token));
    }
    ask(&rig, Some(&token), "DELETE", "/api/sessions", Value::Null).await.expect(401);
}

#[tokio::test]
async fn sign_ins_are_in_the_log_without_secrets_and_strangers_learn_nothing() {
    let rig = Rig::settled().await;
    let email = rig.secrets.login_email.clone();
    let made = try_to_sign_in(&rig, &email, &rig.secrets.login_password).await.expect(200);
    let event = event_of(&rig, &made).await;
    assert_eq!(event["data"]["methodName"], "CreateSession");
    assert_eq!(event["data"]["result"]["status"], "SUCCESS");
    assert_eq!(event["data"]["authenticationInfo"]["metadata"]["mechanism"], "PASSWORD");
    assert!(!event.to_string().contains(&made.text("/token")));
    assert!(!event.to_string().contains(&rig.secrets.login_password));

    let wrong = try_to_sign_in(&rig, &email, "not-the-password").await.expect(403);
    let unknown = try_to_sign_in(&rig, "nobody@localhost", "not-the-password").await.expect(403);
    assert_eq!(wrong.detail(), unknown.detail());
    assert_eq!(wrong.text("/errors/0/code"), unknown.text("/errors/0/code"));
    for (reply, name) in [(&wrong, rig.first.user_id.as_str()), (&unknown, "")] {
        let event = event_of(&rig, reply).await;
        assert_eq!(event["type"], "io.confluent.cloud/authentication");
        assert_eq!(event["data"]["result"]["status"], "DENIED");
        assert!(event["subject"].as_str().unwrap().ends_with(name), "{event}");
        assert!(!event.to_string().contains("not-the-password"));
    }
    let elsewhere = json!({"email": email, "password": rig.secrets.login_password,
        "orgResourceId": "another"});
    ask(&rig, None, "POST", "/sessions", elsewhere).await.expect(403);
    ask(&rig, None, "POST", "/sessions", json!({"email": email})).await.expect(400);
    let long = json!({"email": email, "password": "x".repeat(2000)});
    ask(&rig, None, "POST", "/sessions", long).await.expect(422);
}

#[tokio::test]
async fn failures_in_a_row_make_even_the_right_password_wait() {
    let rig = Rig::settled().await;
    let email = rig.secrets.login_email.clone();
    for seconds in [0, 0, 0, 0, 0, 1, 2, 4, 8] {
        rig.clock.advance(Duration::from_secs(seconds));
        try_to_sign_in(&rig, &email, "wrong").await.expect(403);
    }
    let throttled = try_to_sign_in(&rig, &email, &rig.secrets.login_password).await.expect(429);
    let wait: u64 = throttled.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(wait, 15, "of 16 one has passed with the request itself");
    let event = event_of(&rig, &throttled).await;
    assert_eq!(event["type"], "io.confluent.cloud/authentication");
    assert_eq!(event["data"]["result"]["data"]["errorType"], "sign_in_throttled");
    try_to_sign_in(&rig, "other@localhost", "wrong").await.expect(403);
    rig.clock.advance(Duration::from_secs(wait));
    sign_in(&rig).await;
    try_to_sign_in(&rig, &email, "wrong").await.expect(403);
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    let rig = Rig::settled().await;
    let hours = |n: u64| Duration::from_secs(n * 3600);
    let (used, idle) = (sign_in(&rig).await, sign_in(&rig).await);
    for _ in 0..3 {
        rig.clock.advance(hours(1));
        get(&rig, &used, "/me").await.expect(200);
    }
    get(&rig, &idle, "/me").await.expect(401);
    for _ in 0..4 {
        rig.clock.advance(hours(1));
        get(&rig, &used, "/me").await.expect(200);
    }
    rig.clock.advance(hours(1));
    get(&rig, &used, "/me").await.expect(401);
}

#[tokio::test]
async fn roles_of_the_person_count_as_they_are_now() {
    let rig = Rig::settled().await;
    let token = sign_in(&rig).await;
    let (cluster, environment) = (&rig.first.cluster_id, &rig.first.environment_id);
    let topics = format!("/kafka/v3/clusters/{cluster}/topics");
    let topic = json!({"topic_name": "orders"});
    ask(&rig, Some(&token), "POST", &topics, topic).await.expect(201);
    get(&rig, &token, &format!("/org/v2/environments/{environment}")).await.expect(200);
    let data = ask(&rig, Some(&token), "POST", "/access_tokens", json!({})).await.expect(200);
    get(&rig, &data.text("/token"), &topics).await.expect(200);
    let groups = format!("/kafka/v3/clusters/{cluster}/consumer-groups");
    get(&rig, &token, &groups).await.expect(200);
    let key = format!("/iam/v2/api-keys/{}", rig.secrets.kafka_api_key);
    rig.call("DELETE", &key, Value::Null).await.expect(204);
    let refused = get(&rig, &token, &groups).await.expect(403);
    assert!(refused.text("/message").contains("make one"), "{}", refused.body);

    let scope = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let bindings = format!("/iam/v2/role-bindings?crn_pattern={scope}");
    let binding = rig.get(&bindings).await.expect(200).names("id").remove(0);
    let path = format!("/iam/v2/role-bindings/{binding}");
    rig.call("DELETE", &path, Value::Null).await;
    get(&rig, &token, &format!("/org/v2/environments/{environment}")).await.expect(404);
    get(&rig, &token, &topics).await.expect(404);
    get(&rig, &token, "/me").await.expect(200);
}

#[tokio::test]
async fn no_other_text_opens_anything() {
    let rig = Rig::settled().await;
    let token = sign_in(&rig).await;
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[2] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for other in [&parts.join("."), "a.b.c", "", &token[..token.len() - 1]] {
        get(&rig, other, "/org/v2/environments").await.expect(401);
        let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
        get(&rig, other, &topics).await.expect(401);
    }
    get(&rig, &token, "/me").await.expect(200);
    rig.get("/me").await.expect(401);
    rig.call("DELETE", "/sessions", Value::Null).await.expect(401);
    rig.call("POST", "/access_tokens", json!({})).await.expect(401);
}

#[tokio::test]
async fn a_session_opens_one_organization_from_where_it_may_be_asked() {
    let (ours, theirs) = Rig::two_organizations().await;
    let token = sign_in(&ours).await;
    let environment = format!("/org/v2/environments/{}", theirs.first.environment_id);
    get(&ours, &token, &environment).await.expect(404);
    let topics = format!("/kafka/v3/clusters/{}/topics", theirs.first.cluster_id);
    get(&ours, &token, &topics).await.expect(404);

    let group = json!({"group_name": "office", "cidr_blocks": ["192.0.2.0/24"]});
    let group = ours.call("POST", "/iam/v2/ip-groups", group).await.expect(201).text("/id");
    let filter = json!({"filter_name": "office", "resource_group": "management",
        "ip_groups": [{"id": group}]});
    ours.call("POST", "/iam/v2/ip-filters", filter).await.expect(201);
    get(&ours, &token, "/me").await.expect(200);
    let mut request = Request::builder()
        .uri("/me")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let outside = std::net::SocketAddr::new("203.0.113.1".parse().unwrap(), 40_000);
    request.extensions_mut().insert(axum::extract::ConnectInfo(outside));
    ours.send(request).await.expect(401);
}
