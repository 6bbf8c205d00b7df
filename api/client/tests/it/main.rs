//! The client against a server that misbehaves in known ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use api_client::{Client, ClientError, Credentials, GET_ATTEMPTS_MAX, HttpOptions, Options, Path};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};

type Count = Arc<AtomicU32>;

async fn serve(router: Router) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("the listener is bound");
    let endpoint = format!("http://{address}");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let credentials = Some(Credentials::Key { key: "KEY".to_owned(), secret: "s".to_owned() });
    Client::new(Options { endpoint, credentials, http: HttpOptions::default() })
        .expect("the endpoint is a URL")
}

fn busy() -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let body = json!({"errors": [{"detail": "busy"}]}).to_string();
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")], body)
}

#[tokio::test]
async fn a_busy_server_is_asked_again_within_the_bound() {
    let count = Count::default();
    let route = get(|State(count): State<Count>| async move {
        count.fetch_add(1, Ordering::SeqCst);
        busy()
    });
    let client = serve(Router::new().route("/x", route).with_state(Arc::clone(&count))).await;
    let error = client.get(&Path::new("/x")).await.unwrap_err();
    assert_eq!(error.to_string(), "busy");
    assert_eq!(count.load(Ordering::SeqCst), GET_ATTEMPTS_MAX);
}

#[tokio::test]
async fn a_post_is_sent_once() {
    let count = Count::default();
    let route = post(|State(count): State<Count>| async move {
        count.fetch_add(1, Ordering::SeqCst);
        busy()
    });
    let client = serve(Router::new().route("/x", route).with_state(Arc::clone(&count))).await;
    client.post(&Path::new("/x"), &json!({})).await.unwrap_err();
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn every_page_of_a_list_is_read() {
    async fn page(Query(query): Query<Vec<(String, String)>>) -> axum::Json<Value> {
        let token = query.iter().find(|(name, _)| name == "page_token").map(|(_, v)| v.as_str());
        let (entry, next) = match token {
            None => (1, Some("b")),
            Some("b") => (2, Some("c/d")),
            Some(_) => (3, None),
        };
        let mut list = json!({"kind": "L", "metadata": {}, "data": [entry]});
        if let Some(next) = next {
            list["metadata"]["next"] = json!(format!("http://x/l?page_token={next}"));
        }
        axum::Json(list)
    }
    let client = serve(Router::new().route("/l", get(page))).await;
    let list = client.list(&Path::new("/l").query("page_size", "1")).await.unwrap();
    assert_eq!(list, json!({"kind": "L", "metadata": {}, "data": [1, 2, 3]}));
}

#[tokio::test]
async fn credentials_go_as_basic_and_empty_answers_are_null() {
    let route = get(|headers: HeaderMap| async move {
        let sent = headers.get("authorization").and_then(|v| v.to_str().ok());
        if sent == Some("Basic S0VZOnM=") { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN }
    });
    let client = serve(Router::new().route("/x", route)).await;
    assert_eq!(client.get(&Path::new("/x")).await.unwrap(), Value::Null);
}

#[tokio::test]
async fn a_page_of_html_is_named_as_such() {
    let client = serve(Router::new().route("/x", get(|| async { "<html>" }))).await;
    let error = client.get(&Path::new("/x")).await.unwrap_err();
    assert!(matches!(error, ClientError::NotJson { status: 200, .. }), "{error}");
}

#[tokio::test]
async fn nobody_listening_fails_at_once_and_says_where() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let http = HttpOptions { timeout: Duration::from_secs(5), ..HttpOptions::default() };
    let options = Options { endpoint: endpoint.clone(), credentials: None, http };
    let error = Client::new(options).unwrap().get(&Path::new("/x")).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&endpoint), "{error}");
}
