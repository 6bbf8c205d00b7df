use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HOST;

use super::HttpFailure;

/// Whether a Host header names this machine, with any port.
fn check_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => {
            return rest.split_once(']').is_some_and(|(name, port)| {
                name == "::1" && (port.is_empty() || port.starts_with(':'))
            });
        }
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost"
        || name == "127.0.0.1"
        || name == "weir.localhost"
        || name.ends_with(".weir.localhost")
}

/// The refusal of a request that was sent to another name.
pub(crate) fn host_failure(request: &Request) -> Option<HttpFailure> {
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let host = header.or_else(|| request.uri().authority().map(|name| name.as_str()));
    if host.is_some_and(check_host) {
        return None;
    }
    let host = host.unwrap_or("(none)");
    let detail = format!(
        "this listener answers to localhost, 127.0.0.1, [::1] and *.weir.localhost, not to host {host:?}"
    );
    Some(HttpFailure::http(StatusCode::MISDIRECTED_REQUEST, "host_not_allowed", detail))
}

#[cfg(test)]
mod tests {
    use super::check_host;

    #[test]
    fn only_names_of_this_machine_pass() {
        for good in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8080",
            "localhost.",
            "lkc-1.weir.localhost:9092",
            "weir.localhost",
        ] {
            assert!(check_host(good), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "[::2]",
            "[::1",
            "[::1]x",
            "evilweir.localhost",
            "0.0.0.0",
        ] {
            assert!(!check_host(bad), "{bad}");
        }
    }
}
