use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::rig::{Reply, Rig, Transcript};

async fn raw(rig: &Rig, method: &str, path: &str, content_type: &str, body: &str) -> Reply {
    let kafka = path.starts_with("/kafka/");
    let (key, secret) = if kafka {
        (&rig.secrets.kafka_api_key, &rig.secrets.kafka_api_secret)
    } else {
        (&rig.secrets.api_key, &rig.secrets.api_secret)
    };
    let basic = STANDARD.encode(format!("{key}:{secret}"));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:8080")
        .header("authorization", format!("Basic {basic}"))
        .header("content-type", content_type)
        .body(Body::from(body.to_owned()))
        .unwrap();
    rig.send(request).await
}

#[tokio::test]
async fn every_failure_has_the_body_of_its_plane() {
    let rig = Rig::settled().await;
    let json = "application/json";
    let topics = format!("/kafka/v3/clusters/{}/topics", rig.first.cluster_id);
    let large = format!("{{\"display_name\": \"{}\"}}", "x".repeat(5000));
    let mut seen = Transcript::default();
    for (what, method, path, content_type, body) in [
        ("malformed", "POST", "/org/v2/environments", json, "{\"display_name\": "),
        ("trailing text", "POST", "/org/v2/environments", json, "{\"display_name\": \"x\"} y"),
        ("not an object", "POST", "/org/v2/environments", json, "[1]"),
        ("empty", "POST", "/org/v2/environments", json, ""),
        ("wrong type", "POST", "/org/v2/environments", json, "{\"display_name\": 1}"),
        ("NUL", "POST", "/org/v2/environments", json, "{\"display_name\": \"a\\u0000\"}"),
        (
            "control character",
            "POST",
            "/org/v2/environments",
            json,
            "{\"display_name\": \"a\\u0001\"}",
        ),
        ("wrong media type", "POST", "/org/v2/environments", "text/plain", "{}"),
        ("too large", "POST", "/org/v2/environments", json, large.as_str()),
        ("unknown route", "GET", "/org/v2/nothing", json, ""),
        ("unknown group", "GET", "/nothing/v1/x", json, ""),
        ("wrong method", "PUT", "/org/v2/environments", json, "{}"),
        ("kafka: malformed", "POST", topics.as_str(), json, "{"),
        ("kafka: wrong media type", "POST", topics.as_str(), "text/xml", "{}"),
        ("kafka: unknown route", "GET", "/kafka/v3/nothing", json, ""),
        ("kafka: wrong method", "PUT", topics.as_str(), json, "{}"),
    ] {
        seen.add(what, &raw(&rig, method, path, content_type, body).await);
    }
    insta::assert_snapshot!(seen.0);
}

#[tokio::test]
async fn panic_is_a_failure_like_others_and_the_next_request_works() {
    let rig = Rig::settled().await;
    let path = format!("/kafka/v3/clusters/{}/topics/panic", rig.first.cluster_id);
    let reply = rig.kafka().get(&path).await.expect(500);
    assert_eq!(reply.body["error_code"], 500);
    rig.get("/org/v2/environments").await.expect(200);
}

#[tokio::test]
async fn prefixed_and_doubled_paths_are_the_same() {
    let rig = Rig::settled().await;
    let plain = rig.get("/org/v2/environments").await.expect(200).body;
    for path in ["/api/org/v2/environments", "//org/v2/environments", "//api/org/v2/environments"] {
        assert_eq!(rig.get(path).await.expect(200).body, plain, "{path}");
    }
    rig.get("/api/org/v2/nothing").await.expect(404);
}

#[tokio::test]
async fn only_names_of_this_machine_are_served() {
    let rig = Rig::settled().await;
    for (host, status) in [
        ("localhost", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("lkc-1.weir.localhost", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
    ] {
        let request = Request::builder().uri("/healthz").header("host", host);
        let reply = rig.send(request.body(Body::empty()).unwrap()).await.expect(status);
        if status == 421 {
            assert!(reply.detail().contains("*.weir.localhost"), "{}", reply.detail());
        }
    }
    let request = Request::builder().uri("/readyz").header("host", "localhost");
    rig.send(request.body(Body::empty()).unwrap()).await.expect(200);
}

#[tokio::test]
async fn root_shows_addresses_to_browsers_and_programs() {
    let rig = Rig::settled().await;
    let json = rig.get("/").await.expect(200);
    assert_eq!(json.body["addresses"]["api"], "http://127.0.0.1:8080");
    let request = Request::builder()
        .uri("/")
        .header("host", "localhost")
        .header("accept", "text/html,application/xhtml+xml")
        .body(Body::empty())
        .unwrap();
    let response = tower::ServiceExt::oneshot(rig.router.clone(), request).await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let page = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains("weir topic create &lt;orders&gt;"), "{page}");
}

#[tokio::test]
async fn ids_and_bodies_from_strangers_do_not_reach_the_store_as_syntax() {
    let rig = Rig::settled().await;
    for id in ["%00", "env-1%27%20OR%201=1", "..%2F..", "%F0%9F%98%80", &"x".repeat(5000)] {
        let reply = rig.get(&format!("/org/v2/environments/{id}")).await;
        assert_eq!(reply.status, 404, "{id}: {}", reply.body);
        assert_ne!(reply.body, Value::Null);
    }
}

#[tokio::test]
async fn flags_are_true_or_false_and_nothing_else() {
    let rig = Rig::settled().await;
    for (value, status) in [("true", 200), ("false", 200), ("", 200), ("null", 400), ("1", 400)] {
        let reply = rig.get(&format!("/iam/v2/ip-filters?include_parent_scopes={value}")).await;
        let reply = reply.expect(status);
        if status == 400 {
            assert!(reply.detail().contains("include_parent_scopes must be true or false"));
        }
    }
}
