use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// Makes `//org/v2/…` and `/api/org/v2/…` the same as `/org/v2/…`: clients build such paths from a base
/// URL with a slash at its end, or put `/api` before every path.
pub(crate) fn normalize(mut request: Request) -> Request {
    let path = request.uri().path();
    let start = path.len() - path.trim_start_matches('/').len();
    let mut rest = &path[start.max(1) - 1..];
    if let Some(inner) = rest.strip_prefix("/api/") {
        rest = &rest[rest.len() - inner.trim_start_matches('/').len() - 1..];
    }
    if rest.len() == path.len() {
        return request;
    }
    let text = match request.uri().query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    if let Ok(path_and_query) = text.parse::<PathAndQuery>() {
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(path_and_query);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn prefixes_and_double_slashes_go() {
        for (given, expected) in [
            ("/org/v2/environments?page_size=1", "/org/v2/environments?page_size=1"),
            ("//org/v2/environments?a=/api/", "/org/v2/environments?a=/api/"),
            ("/api/org/v2/environments", "/org/v2/environments"),
            ("//api//org/v2/x", "/org/v2/x"),
            ("/", "/"),
            ("///", "/"),
            ("/apis/x", "/apis/x"),
        ] {
            let request = Request::builder().uri(given).body(Body::empty()).unwrap();
            assert_eq!(normalize(request).uri().to_string(), expected, "{given}");
        }
    }
}
