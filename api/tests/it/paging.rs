use serde_json::{Value, json};

use crate::rig::Rig;

/// Follows `next` as clients do: by its token alone.
async fn next(rig: &Rig, path: &str, page: &Value) -> Option<Value> {
    let url = page["metadata"].get("next")?.as_str().expect("next is never null").to_owned();
    let token = url.split_once("page_token=").unwrap().1.split('&').next().unwrap().to_owned();
    assert!(!token.is_empty() && token.len() <= 255);
    Some(rig.get(&format!("{path}&page_token={token}")).await.expect(200).body)
}

#[tokio::test]
async fn pages_are_stable_while_rows_come_and_go() {
    let rig = Rig::settled().await;
    let mut made = Vec::new();
    for n in 0..25 {
        let body = json!({"display_name": format!("e{n:02}")});
        made.push(rig.call("POST", "/org/v2/environments", body).await.expect(201).text("/id"));
    }
    let path = "/org/v2/environments?page_size=10";
    let first = rig.get(path).await.expect(200).body;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    let gone = format!("/org/v2/environments/{}", made[3]);
    rig.call("DELETE", &gone, Value::Null).await.expect(204);
    rig.call("POST", "/org/v2/environments", json!({"display_name": "late"})).await.expect(201);
    let second = next(&rig, path, &first).await.unwrap();
    let third = next(&rig, path, &second).await.unwrap();
    assert!(next(&rig, path, &third).await.is_none(), "the last page names no next");
    let names: Vec<&str> = [&first, &second, &third]
        .into_iter()
        .flat_map(|page| page["data"].as_array().unwrap())
        .map(|row| row["display_name"].as_str().unwrap())
        .collect();
    let mut expected = vec!["default".to_owned()];
    expected.extend((0..25).map(|n| format!("e{n:02}")));
    expected.push("late".to_owned());
    assert_eq!(names, expected);
}

#[tokio::test]
async fn sizes_are_clamped_and_bad_tokens_refused() {
    let rig = Rig::settled().await;
    for n in 0..12 {
        let body = json!({"display_name": format!("e{n}")});
        rig.call("POST", "/org/v2/environments", body).await.expect(201);
    }
    let count = async |query: &str| {
        let page = rig.get(&format!("/org/v2/environments?{query}")).await.expect(200);
        page.body["data"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 10);
    assert_eq!(count("page_size=1000000").await, 13);
    assert_eq!(count("page_size=0").await, 1);
    assert_eq!(count("page_size=-5&page_token=").await, 1);
    for query in ["page_size=ten", "page_token=garbage", "page_token=%F0%9F%98%80"] {
        let reply = rig.get(&format!("/org/v2/environments?{query}")).await.expect(400);
        assert_eq!(reply.text("/errors/0/code"), "invalid_filter");
        let name = query.split('=').next().unwrap();
        assert_eq!(reply.text("/errors/0/source/parameter"), name);
    }
}
