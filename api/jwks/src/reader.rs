use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use api_app::{Cidr, KeySetError, KeySets};
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::is_public;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest document, in bytes: the largest that are published have a few dozen KiB.
const DOCUMENT_MAX: usize = 256 * 1024;

/// The client cannot be made.
#[derive(Debug)]
pub struct SetupError(reqwest::Error);

impl std::fmt::Display for SetupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the client of key sets cannot be made: {}", innermost(&self.0))
    }
}

impl std::error::Error for SetupError {}

/// Reads key sets over HTTPS from the public internet, and from networks that the operator allows.
#[derive(Debug, Clone)]
pub struct HttpKeySets {
    http: reqwest::Client,
    networks: Networks,
}

/// Networks beside the public internet.
#[derive(Debug, Clone)]
struct Networks(Arc<[Cidr]>);

impl Networks {
    fn allow(&self, address: IpAddr) -> bool {
        is_public(address) || self.0.iter().any(|network| network.contains(address))
    }
}

/// Names of what is allowed alone: a connection is made to nothing else.
impl Resolve for Networks {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| networks.allow(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NotAllowed.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// A name leads to networks that may not be asked.
#[derive(Debug)]
struct NotAllowed;

const NOT_ALLOWED: &str = "leads to an address that is not public; the operator says with \
                           `weir up --jwks-networks` which others may be asked";

impl std::fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(NOT_ALLOWED)
    }
}

impl std::error::Error for NotAllowed {}

impl HttpKeySets {
    /// Reads from the public internet and from these networks. Without TLS it reads only from a loopback address
    /// that is in one of them.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(networks: Vec<Cidr>) -> Result<Self, SetupError> {
        // A second installation fails and changes nothing, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let networks = Networks(networks.into());
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // A proxy would resolve names for itself.
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(networks.clone()))
            .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(SetupError)?;
        Ok(Self { http, networks })
    }

    fn checked(&self, uri: &str) -> Result<Url, KeySetError> {
        let refused = |why: &str| Err(KeySetError::Refused(why.to_owned()));
        let Ok(url) = Url::parse(uri) else { return refused("is no URL") };
        if !url.username().is_empty() || url.password().is_some() {
            return refused("must hold no user and no password");
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return refused("names no host"),
        };
        // The resolver sees names alone.
        if address.is_some_and(|address| !self.networks.allow(address)) {
            return refused(NOT_ALLOWED);
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if address.is_some_and(|address| address.is_loopback()) => Ok(url),
            _ => refused("must begin with https://"),
        }
    }

    async fn get(&self, uri: &str) -> Result<Vec<u8>, KeySetError> {
        let url = self.checked(uri)?;
        let unreachable = |why: String| KeySetError::Unreachable(why);
        let mut answer = self.http.get(url).send().await.map_err(|error| failure(&error))?;
        if !answer.status().is_success() {
            let hint =
                if answer.status().is_redirection() { "; redirects are not followed" } else { "" };
            return Err(unreachable(format!("it answers {}{hint}", answer.status().as_u16())));
        }
        let mut document = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| failure(&error))? {
            if document.len() + piece.len() > DOCUMENT_MAX {
                return Err(unreachable(format!("it is larger than {DOCUMENT_MAX} bytes")));
            }
            document.extend_from_slice(&piece);
        }
        Ok(document)
    }
}

impl KeySets for HttpKeySets {
    fn check(&self, uri: &str) -> Result<(), KeySetError> {
        self.checked(uri).map(|_| ())
    }

    fn read<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Vec<u8>, KeySetError>> {
        Box::pin(self.get(uri))
    }
}

fn failure(error: &reqwest::Error) -> KeySetError {
    if is_refusal(error) {
        return KeySetError::Refused(NOT_ALLOWED.to_owned());
    }
    let why = if error.is_timeout() { "no answer in time".to_owned() } else { innermost(error) };
    KeySetError::Unreachable(why)
}

fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(next) = cause {
        if next.is::<NotAllowed>() {
            return true;
        }
        cause = next.source();
    }
    false
}

/// The innermost cause: "connection refused", not "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::http::header::LOCATION;
    use axum::routing::get;

    use super::*;

    const LOOPBACK: &str = "127.0.0.0/8";

    fn reader(networks: &[&str]) -> HttpKeySets {
        let networks = networks.iter().map(|text| text.parse().unwrap()).collect();
        HttpKeySets::new(networks).unwrap()
    }

    async fn served() -> String {
        let router = Router::new()
            .route("/keys", get(|| async { "{}" }))
            .route("/moved", get(|| async { (StatusCode::FOUND, [(LOCATION, "/keys")]) }))
            .route("/large", get(|| async { "x".repeat(DOCUMENT_MAX + 1) }))
            .route("/full", get(|| async { "x".repeat(DOCUMENT_MAX) }))
            .route("/slow", get(std::future::pending::<()>));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    #[test]
    fn only_https_to_what_may_be_asked_is_taken() {
        let open = reader(&[]);
        for good in
            ["https://keys.example.com/a?b=c", "https://8.8.8.8/keys", "https://[2606:4700::1]/"]
        {
            assert_eq!(open.check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "keys",
            "http://keys.example.com/",
            "http://127.0.0.1/keys",
            "https://127.0.0.1/keys",
            "https://2130706433/keys",
            "https://0x7f.1/keys",
            "https://[::1]/keys",
            "https://[::ffff:10.0.0.1]/keys",
            "https://169.254.169.254/latest/meta-data",
            "https://10.1.2.3/keys",
            "https://user@keys.example.com/",
            "https://:secret@keys.example.com/",
            "file:///etc/passwd",
            "ftp://keys.example.com/",
            "data:,{}",
        ] {
            assert!(matches!(open.check(bad), Err(KeySetError::Refused(_))), "{bad}");
        }
        let local = reader(&[LOOPBACK, "10.0.0.0/8"]);
        for good in ["http://127.0.0.1:1/keys", "https://10.1.2.3/keys"] {
            assert_eq!(local.check(good), Ok(()), "{good}");
        }
        for bad in ["http://10.1.2.3/keys", "https://192.168.0.1/keys", "http://localhost/keys"] {
            assert!(local.check(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_asked() {
        let refused = reader(&[]).read("https://localhost:1/keys").await;
        assert_eq!(refused, Err(KeySetError::Refused(NOT_ALLOWED.to_owned())));
        let asked = reader(&[LOOPBACK, "::1/128"]).read("https://localhost:1/keys").await;
        assert!(matches!(asked, Err(KeySetError::Unreachable(_))), "{asked:?}");
    }

    #[tokio::test]
    async fn a_small_document_is_read_and_nothing_else() {
        let (here, reader) = (served().await, reader(&[LOOPBACK]));
        assert_eq!(reader.read(&format!("{here}/keys")).await, Ok(b"{}".to_vec()));
        let full = reader.read(&format!("{here}/full")).await;
        assert_eq!(full.map(|document| document.len()), Ok(DOCUMENT_MAX));
        for (path, why) in [
            ("/moved", "it answers 302; redirects are not followed"),
            ("/none", "it answers 404"),
            ("/large", "it is larger than 262144 bytes"),
            ("/slow", "no answer in time"),
        ] {
            let refused = reader.read(&format!("{here}{path}")).await;
            assert_eq!(refused, Err(KeySetError::Unreachable(why.to_owned())), "{path}");
        }
    }
}
