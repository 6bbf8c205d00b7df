use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::Rig;

#[tokio::test]
async fn kinds_without_effect_have_empty_lists_and_are_never_made() {
    let rig = Rig::settled().await;
    let page = include_str!("../../../docs/reference/not-yet.md");
    for path in api::unfinished_paths() {
        assert!(page.contains(&format!("`{path}`")), "docs/reference/not-yet.md lacks {path}");
        let scoped = format!("{path}?environment={}", rig.first.environment_id);
        let list = rig.get(&scoped).await.expect(200);
        assert_eq!(list.body["data"], json!([]), "{path}");
        assert!(list.text("/kind").ends_with("List") && list.body["metadata"]["next"].is_null());
        let hidden = rig.get(&format!("{path}?environment=env-none")).await;
        assert!([200, 404].contains(&hidden.status.as_u16()), "{path}");
        let made = rig.call("POST", path, json!({"spec": {}})).await;
        assert!([405, 501].contains(&made.status.as_u16()), "{path}: {}", made.body);
        rig.get(&format!("{path}/x-1")).await.expect(404);
        rig.call("DELETE", &format!("{path}/x-1"), Value::Null).await.expect(404);
        for method in ["GET", "POST"] {
            let request = Request::builder().method(method).uri(path).header("host", "localhost");
            let status = rig.status_of(request.body(Body::empty()).unwrap()).await;
            assert!(status == 401 || (method == "POST" && status == 405), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn lists_of_a_cluster_without_effect_are_empty() {
    let rig = Rig::settled().await;
    let page = include_str!("../../../docs/reference/not-yet.md");
    for tail in api::unfinished_kafka_paths() {
        assert!(page.contains(&format!("`{tail}`")), "docs/reference/not-yet.md lacks {tail}");
        let path = format!("/kafka/v3/clusters/{}{tail}", rig.first.cluster_id);
        let list = rig.kafka().get(&path).await.expect(200);
        assert_eq!(
            (&list.body["data"], &list.body["metadata"]["next"]),
            (&json!([]), &Value::Null)
        );
        assert!(list.text("/kind").ends_with("List"));
        let made = rig.kafka().call("POST", &path, json!({})).await;
        assert!([405, 501].contains(&made.status.as_u16()), "{path}: {}", made.body);
        rig.get(&path).await.expect(401);
    }
}
