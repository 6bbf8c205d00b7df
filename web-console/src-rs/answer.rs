use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use crate::assets::{self, Asset, BUILT};

/// Where pages of the console begin. What is below is a page, too: the console itself knows which.
const PAGES: [&str; 10] = [
    "/home",
    "/sign-in",
    "/invite",
    "/sso",
    "/device",
    "/environments",
    "/access",
    "/api-keys",
    "/audit",
    "/settings",
];

/// Nothing from elsewhere, and no script in a page. Styles in a page are what its components position with.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// A name that changes with the file may be kept for a year; of all else the newest is asked for.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Answers what is the console's, and leaves everything else to `api`. Without a console in the binary that is
/// everything.
pub fn before(api: Router) -> Router {
    if BUILT { api.layer(from_fn(console)) } else { api }
}

async fn console(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let found = if reads { asset(request.uri().path(), request.headers()) } else { None };
    match found {
        Some(asset) => send(asset, request.headers(), request.method() == Method::HEAD),
        None => next.run(request).await,
    }
}

/// The file for a request. Pages are for those who say that they read HTML: `GET /` of a script stays the API's.
fn asset(path: &str, headers: &HeaderMap) -> Option<&'static Asset> {
    if path.starts_with("/assets/") {
        return assets::at(path);
    }
    if is_page(path) && says(headers, &ACCEPT, "text/html") {
        return assets::at("/index.html");
    }
    None
}

fn is_page(path: &str) -> bool {
    let below = |page: &str| {
        path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    path == "/" || PAGES.into_iter().any(below)
}

/// Whether a list in a header has an element, whatever its parameters, unless they are `q=0`.
fn says(headers: &HeaderMap, name: &axum::http::HeaderName, wanted: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .any(|element| {
            let (value, parameters) = element.split_once(';').unwrap_or((element, ""));
            let refused = ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&parameters.trim());
            value.trim().eq_ignore_ascii_case(wanted) && !refused
        })
}

fn send(asset: &'static Asset, headers: &HeaderMap, head_only: bool) -> Response {
    let packed = [("br", asset.brotli), ("gzip", asset.gzip)];
    let taken = packed.into_iter().find_map(|(name, bytes)| {
        Some((name, bytes?)).filter(|_| says(headers, &ACCEPT_ENCODING, name))
    });
    let bytes = taken.map_or(asset.plain, |(_, bytes)| bytes);
    let mut response = Response::new(if head_only { Body::empty() } else { Body::from(bytes) });
    let answer = response.headers_mut();
    let mut set = |name, value: &'static str| {
        answer.insert(name, axum::http::HeaderValue::from_static(value));
    };
    set(CONTENT_TYPE, asset.media_type());
    set(CACHE_CONTROL, if asset.is_hashed() { FOR_EVER } else { ASK_AGAIN });
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    set(VARY, "Accept, Accept-Encoding");
    if let Some((name, _)) = taken {
        set(CONTENT_ENCODING, name);
    }
    answer.insert(CONTENT_LENGTH, bytes.len().into());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the API serves, as it is described.
    const OPENAPI: &str = include_str!("../../openapi/openapi.json");
    const NOT_YET: &str = include_str!("../../docs/reference/not-yet.md");

    #[test]
    fn no_page_is_a_path_of_the_api() {
        let api: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let paths: Vec<&String> = api["paths"].as_object().unwrap().keys().collect();
        assert!(paths.len() > 50);
        for path in paths {
            assert!(!is_page(path) && !path.starts_with("/assets"), "{path}");
        }
        for page in PAGES {
            assert!(!NOT_YET.contains(&format!("`{page}/")), "{page}");
        }
    }

    #[test]
    fn pages_are_known_with_what_is_below_them() {
        for page in ["/", "/home", "/environments/env-1/clusters/lkc-1/topics/orders.v1"] {
            assert!(is_page(page), "{page}");
        }
        for other in ["/homes", "/cmk/v2/clusters", "/api/home", "//home", "/environments.json"] {
            assert!(!is_page(other), "{other}");
        }
    }

    #[test]
    fn lists_in_headers_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, "gzip;q=0, deflate, BR;q=0.5".parse().unwrap());
        assert!(says(&headers, &ACCEPT_ENCODING, "br"));
        assert!(!says(&headers, &ACCEPT_ENCODING, "gzip"));
        assert!(!says(&headers, &ACCEPT_ENCODING, "zstd"));
    }

    #[test]
    fn packed_files_go_to_those_who_take_them() {
        static ASSET: Asset = Asset {
            path: "/assets/a-12345678.js",
            plain: b"plain",
            brotli: Some(b"br"),
            gzip: None,
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, "gzip, br".parse().unwrap());
        let packed = send(&ASSET, &headers, false);
        assert_eq!(packed.headers()[CONTENT_ENCODING], "br");
        assert_eq!(packed.headers()[CONTENT_LENGTH], "2");
        assert_eq!(packed.headers()[CACHE_CONTROL], FOR_EVER);
        let plain = send(&ASSET, &HeaderMap::new(), true);
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(plain.headers()[CONTENT_LENGTH], "5");
    }

    #[tokio::test]
    async fn what_is_not_the_console_goes_on() {
        use axum::routing::any;
        use tower::ServiceExt as _;
        let api = Router::new().fallback(any(|| async { "api" }));
        let served = before(api);
        let ask = |method: &str, path: &str, accept: &str| {
            Request::builder()
                .method(method)
                .uri(path)
                .header(ACCEPT, accept)
                .body(Body::empty())
                .unwrap()
        };
        for request in [
            ask("GET", "/cmk/v2/clusters", "text/html"),
            ask("GET", "/", "application/json"),
            ask("POST", "/home", "text/html"),
            ask("GET", "/assets/none.js", "*/*"),
        ] {
            let name = format!("{} {}", request.method(), request.uri());
            let response = served.clone().oneshot(request).await.unwrap();
            assert!(!response.headers().contains_key(CONTENT_SECURITY_POLICY), "{name}");
        }
        let page = served.oneshot(ask("GET", "/home", "text/html,*/*;q=0.8")).await.unwrap();
        assert_eq!(page.headers().contains_key(CONTENT_SECURITY_POLICY), BUILT);
    }
}
