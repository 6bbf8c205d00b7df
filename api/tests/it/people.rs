//! People are invited, join, change their password, and go.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::{Reply, Rig, Transcript};
use crate::sessions::{ask, event_of, get, sign_in, try_to_sign_in};

const PASSWORD: &str = "a password of hers";

async fn invite(rig: &Rig, email: &str) -> Reply {
    rig.call("POST", "/iam/v2/invitations", json!({"email": email})).await.expect(201)
}

async fn join(rig: &Rig, link: &str, password: &str) -> Reply {
    let body = json!({"token": link, "password": password, "full_name": "Ada"});
    ask(rig, None, "POST", "/weir/v1/memberships", body).await
}

async fn bind(rig: &Rig, user: &str, role: &str) {
    let scope = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let body =
        json!({"principal": format!("User:{user}"), "role_name": role, "crn_pattern": scope});
    rig.call("POST", "/iam/v2/role-bindings", body).await.expect(201);
}

#[tokio::test]
async fn invitations_have_their_public_shape() {
    let rig = Rig::settled().await;
    let mut seen = Transcript::default();
    let made = invite(&rig, " Ada@Example.com ").await;
    let (link, path) = (made.text("/link"), format!("/iam/v2/invitations/{}", made.text("/id")));
    seen.add("get", &rig.get(&path).await);
    let again = rig.call("POST", "/iam/v2/invitations", json!({"email": "ada@example.com"})).await;
    seen.add("create again", &again);
    for body in [
        json!({}),
        json!({"email": "nobody"}),
        json!({"email": "x".repeat(250) + "@long"}),
        json!({"email": "a@b", "auth_type": "AUTH_TYPE_SSO"}),
    ] {
        seen.add("bad", &rig.call("POST", "/iam/v2/invitations", body).await);
    }
    let dry = json!({"email": "dry@localhost"});
    seen.add("dry run", &rig.call("POST", "/iam/v2/invitations?dry_run=true", dry).await);
    seen.add("list", &rig.get("/iam/v2/invitations").await);
    assert!(!seen.0.contains(&link), "shown once");
    insta::assert_snapshot!(seen.0);

    let (user, creator) = (made.text("/user/id"), rig.first.user_id.clone());
    for (query, found) in [
        ("email=ADA@example.com".to_owned(), 1),
        ("email=other@example.com".to_owned(), 0),
        (format!("user={user}&creator={creator}&status=INVITE_STATUS_SENT"), 1),
        ("creator=u-other".to_owned(), 0),
        ("status=INVITE_STATUS_STAGED".to_owned(), 0),
        ("status=INVITE_STATUS_ACCEPTED".to_owned(), 0),
    ] {
        let list = rig.get(&format!("/iam/v2/invitations?{query}")).await.expect(200);
        assert_eq!(list.names("id").len(), found, "{query}");
    }
    rig.get("/iam/v2/invitations?status=SENT").await.expect(400);
    rig.clock.advance(Duration::from_secs(72 * 3600));
    assert_eq!(rig.get(&path).await.text("/status"), "INVITE_STATUS_EXPIRED");
    let expired = rig.get("/iam/v2/invitations?status=INVITE_STATUS_EXPIRED").await;
    assert_eq!(expired.names("id").len(), 1);
    join(&rig, &link, PASSWORD).await.expect(403);
}

#[tokio::test]
async fn whoever_accepts_is_a_person_with_the_roles_that_were_bound() {
    let rig = Rig::settled().await;
    let made = invite(&rig, "ada@example.com").await;
    let (link, user) = (made.text("/link"), made.text("/user/id"));
    bind(&rig, &user, "MetricsViewer").await;
    try_to_sign_in(&rig, "ada@example.com", PASSWORD).await.expect(403);
    join(&rig, &link, "short").await.expect(422);
    join(&rig, &link, "ADA@example.com").await.expect(422);
    join(&rig, &link[..link.len() - 1], PASSWORD).await.expect(403);

    let joined = join(&rig, &link, PASSWORD).await.expect(200);
    assert_eq!(joined.text("/user/resource_id"), user);
    let event = event_of(&rig, &joined).await;
    assert_eq!(event["data"]["methodName"], "CreateMembership");
    assert_eq!(event["data"]["result"]["status"], "SUCCESS");
    assert_eq!(event["data"]["authenticationInfo"]["principalResourceId"], json!(user));
    for secret in [PASSWORD, link.as_str(), &joined.text("/token")] {
        assert!(!event.to_string().contains(secret));
    }
    let environment = format!("/org/v2/environments/{}", rig.first.environment_id);
    get(&rig, &joined.text("/token"), &environment).await.expect(200);
    let refused = get(&rig, &joined.text("/token"), "/iam/v2/role-bindings").await;
    assert!(refused.status.as_u16() >= 400);

    let again = join(&rig, &link, "another password").await.expect(403);
    let event = event_of(&rig, &again).await;
    assert_eq!(event["type"], "io.confluent.cloud/authentication");
    assert_eq!(event["data"]["result"]["status"], "DENIED");
    try_to_sign_in(&rig, "Ada@example.com", PASSWORD).await.expect(200);
    let path = format!("/iam/v2/invitations/{}", made.text("/id"));
    let accepted = rig.get(&path).await.expect(200);
    assert_eq!(accepted.text("/status"), "INVITE_STATUS_ACCEPTED");
    assert!(accepted.text("/accepted_at").starts_with("2023-11-14T"));
    let read = rig.get(&format!("/iam/v2/users/{user}")).await.expect(200);
    assert_eq!(
        (read.text("/full_name"), read.text("/email").as_str()),
        ("Ada".to_owned(), "ada@example.com")
    );
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    try_to_sign_in(&rig, "ada@example.com", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn an_invitation_taken_back_leaves_nobody() {
    let rig = Rig::settled().await;
    let made = invite(&rig, "ada@example.com").await;
    let (link, user) = (made.text("/link"), made.text("/user/id"));
    bind(&rig, &user, "OrganizationAdmin").await;
    let path = format!("/iam/v2/invitations/{}", made.text("/id"));
    rig.call("DELETE", &format!("{path}?dry_run=true"), Value::Null).await.expect(204);
    rig.get(&path).await.expect(200);
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    rig.get(&path).await.expect(404);
    rig.get(&format!("/iam/v2/users/{user}")).await.expect(404);
    join(&rig, &link, PASSWORD).await.expect(403);
    let scope = format!("crn://confluent.cloud/organization={}", rig.first.organization_id);
    let bindings = rig.get(&format!("/iam/v2/role-bindings?crn_pattern={scope}")).await;
    assert!(!bindings.body.to_string().contains(&user));
    invite(&rig, "ada@example.com").await;
}

#[tokio::test]
async fn another_link_opens_in_place_of_the_one_before() {
    let rig = Rig::settled().await;
    let made = invite(&rig, "ada@example.com").await;
    let path = format!("/weir/v1/invitations/{}/link", made.text("/id"));
    rig.clock.advance(Duration::from_secs(72 * 3600));
    join(&rig, &made.text("/link"), PASSWORD).await.expect(403);
    let renewed = rig.call("POST", &path, Value::Null).await.expect(200);
    assert_eq!(renewed.text("/status"), "INVITE_STATUS_SENT");
    assert_eq!(renewed.text("/user/id"), made.text("/user/id"));
    let event = event_of(&rig, &renewed).await;
    assert_eq!(event["data"]["methodName"], "CreateInvitationLink");
    assert!(!event.to_string().contains(&renewed.text("/link")));
    join(&rig, &made.text("/link"), PASSWORD).await.expect(403);
    join(&rig, &renewed.text("/link"), PASSWORD).await.expect(200);
    let late = rig.call("POST", &path, Value::Null).await.expect(409);
    assert_eq!(late.text("/errors/0/code"), "invitation_accepted");
    rig.call("POST", "/weir/v1/invitations/i-none/link", Value::Null).await.expect(404);
}

#[tokio::test]
async fn tokens_that_are_tried_make_whoever_tries_wait() {
    let rig = Rig::settled().await;
    let made = invite(&rig, "ada@example.com").await;
    let wrong = format!("{}.{}", made.text("/id"), "A".repeat(43));
    for seconds in [0, 0, 0, 0, 0, 1, 2, 4, 8] {
        rig.clock.advance(Duration::from_secs(seconds));
        join(&rig, &wrong, PASSWORD).await.expect(403);
    }
    join(&rig, &made.text("/link"), PASSWORD).await.expect(429);
    rig.clock.advance(Duration::from_secs(60));
    join(&rig, &made.text("/link"), PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_person_who_is_deleted_is_out_at_once() {
    let rig = Rig::settled().await;
    let made = invite(&rig, "ada@example.com").await;
    let user = made.text("/user/id");
    bind(&rig, &user, "OrganizationAdmin").await;
    let token = join(&rig, &made.text("/link"), PASSWORD).await.expect(200).text("/token");
    let cluster = &rig.first.cluster_id;
    let body = json!({"spec": {"owner": {"id": user}, "resource": {"id": cluster}}});
    let key = rig.call("POST", "/iam/v2/api-keys", body).await.expect(202).text("/id");
    assert!(rig.brokers.snapshot.lock().keys.contains_key(&key));
    get(&rig, &token, "/me").await.expect(200);

    let path = format!("/iam/v2/users/{user}");
    rig.call("DELETE", &format!("{path}?dry_run=true"), Value::Null).await.expect(204);
    get(&rig, &token, "/me").await.expect(200);
    let gone = rig.call("DELETE", &path, Value::Null).await.expect(204);
    assert_eq!(event_of(&rig, &gone).await["data"]["methodName"], "DeleteUser");
    get(&rig, &token, "/me").await.expect(401);
    try_to_sign_in(&rig, "ada@example.com", PASSWORD).await.expect(403);
    assert!(!rig.brokers.snapshot.lock().keys.contains_key(&key));
    rig.get(&format!("/iam/v2/api-keys/{key}")).await.expect(404);
    rig.get(&format!("/iam/v2/invitations/{}", made.text("/id"))).await.expect(404);
    rig.call("DELETE", &path, Value::Null).await.expect(404);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let rig = Rig::settled().await;
    let first = format!("/iam/v2/users/{}", rig.first.user_id);
    let refused = rig.call("DELETE", &first, Value::Null).await.expect(409);
    assert_eq!(refused.text("/errors/0/code"), "last_administrator");
    let made = invite(&rig, "ada@example.com").await;
    bind(&rig, &made.text("/user/id"), "OrganizationAdmin").await;
    // Who did not join yet cannot help anybody.
    rig.call("DELETE", &first, Value::Null).await.expect(409);
    let token = join(&rig, &made.text("/link"), PASSWORD).await.expect(200).text("/token");
    ask(&rig, Some(&token), "DELETE", &first, Value::Null).await.expect(204);
    rig.get("/iam/v2/users").await.expect(401);
    let own = format!("/iam/v2/users/{}", made.text("/user/id"));
    ask(&rig, Some(&token), "DELETE", &own, Value::Null).await.expect(409);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let rig = Rig::settled().await;
    let (mine, elsewhere) = (sign_in(&rig).await, sign_in(&rig).await);
    let old = rig.secrets.login_password.clone();
    let change = async |old: &str, new: &str| {
        let body = json!({"old_password": old, "new_password": new});
        ask(&rig, Some(&mine), "POST", "/weir/v1/password", body).await
    };
    let wrong = change("not the password", PASSWORD).await.expect(403);
    assert_eq!(event_of(&rig, &wrong).await["data"]["result"]["status"], "DENIED");
    change(&old, "short").await.expect(422);
    change("", PASSWORD).await.expect(400);
    get(&rig, &elsewhere, "/me").await.expect(200);

    let changed = change(&old, PASSWORD).await.expect(204);
    let event = event_of(&rig, &changed).await;
    assert_eq!(event["data"]["methodName"], "UpdatePassword");
    assert!(!event.to_string().contains(PASSWORD) && !event.to_string().contains(&old));
    get(&rig, &mine, "/me").await.expect(200);
    get(&rig, &elsewhere, "/me").await.expect(401);
    let email = rig.secrets.login_email.clone();
    try_to_sign_in(&rig, &email, &old).await.expect(403);
    try_to_sign_in(&rig, &email, PASSWORD).await.expect(200);
    for _ in 0..6 {
        change("not the password", &old).await;
    }
    change(PASSWORD, &old).await.expect(429);
    rig.call("POST", "/weir/v1/password", json!({})).await.expect(401);
}

#[tokio::test]
async fn another_organization_sees_no_invitation_and_ip_filters_hold_for_joining() {
    let (ours, theirs) = Rig::two_organizations().await;
    let made = invite(&ours, "ada@example.com").await;
    let path = format!("/iam/v2/invitations/{}", made.text("/id"));
    theirs.get(&path).await.expect(404);
    theirs.call("DELETE", &path, Value::Null).await.expect(404);
    assert_eq!(theirs.get("/iam/v2/invitations").await.names("id"), [""; 0]);
    let user = format!("/iam/v2/users/{}", made.text("/user/id"));
    theirs.call("DELETE", &user, Value::Null).await.expect(404);
    ours.get(&user).await.expect(200);

    let group = json!({"group_name": "office", "cidr_blocks": ["192.0.2.0/24"]});
    let group = ours.call("POST", "/iam/v2/ip-groups", group).await.expect(201).text("/id");
    let filter = json!({"filter_name": "office", "resource_group": "management",
        "ip_groups": [{"id": group}]});
    ours.call("POST", "/iam/v2/ip-filters", filter).await.expect(201);
    let body = json!({"token": made.text("/link"), "password": PASSWORD});
    let mut request = axum::http::Request::builder()
        .method("POST")
        .uri("/weir/v1/memberships")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body.to_string()))
        .unwrap();
    let outside = std::net::SocketAddr::new("203.0.113.1".parse().unwrap(), 40_000);
    request.extensions_mut().insert(axum::extract::ConnectInfo(outside));
    ours.send(request).await.expect(401);
    join(&ours, &made.text("/link"), PASSWORD).await.expect(200);
}
