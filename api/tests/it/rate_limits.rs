//! Who asks too often is told how long to wait, and nobody else is.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::rig::{Reply, Rig};

fn number(headers: &HeaderMap, name: &str) -> u64 {
    headers[name].to_str().unwrap().parse().unwrap()
}

fn left(reply: &Reply) -> (u64, u64, u64) {
    let named = |name: &str| number(&reply.headers, &format!("x-ratelimit-{name}"));
    (named("limit"), named("remaining"), named("reset"))
}

#[tokio::test]
async fn whoever_asks_too_often_waits_and_nobody_else() {
    let rig = Rig::settled().await;
    let body = json!({"display_name": "other"});
    let other = rig.call("POST", "/iam/v2/service-accounts", body).await.expect(201).text("/id");
    let spec = json!({"spec": {"owner": {"id": other}}});
    let key = rig.call("POST", "/iam/v2/api-keys", spec).await.expect(202);
    let (key, secret) = (key.text("/id"), key.text("/spec/secret"));
    let path = "/org/v2/environments";
    // A write a second, and the clock of the rig moves a second with each.
    let first = rig.call("POST", path, json!({})).await.expect(400);
    assert_eq!(left(&first), (1000, 999, 1));
    // In one moment, until the reserve is used up.
    let mut burst = 0;
    let refused = loop {
        let reply = rig.call_at_once("POST", path, json!({})).await;
        if reply.status == 429 {
            break reply;
        }
        burst += 1;
        assert!(burst < 2000);
    };
    assert!((990..=1000).contains(&burst), "{burst}");
    assert_eq!(refused.text("/errors/0/code"), "rate_limit_exceeded");
    assert_eq!(left(&refused).1, 0);
    assert_eq!(number(&refused.headers, "retry-after"), 1);
    let looked = rig.call_at_once("GET", path, Value::Null).await.expect(200);
    assert!(left(&looked).1 > 1900, "another class");
    let theirs = rig.with_key(&key, &secret).call("POST", path, json!({})).await;
    assert_eq!(left(&theirs).1, 999, "another principal");
    rig.call("POST", path, json!({})).await.expect(400);

    let nobody = rig.with_key("K", "wrong").get(path).await.expect(401);
    assert!(!nobody.headers.contains_key("x-ratelimit-limit"), "nobody has nothing");
}
