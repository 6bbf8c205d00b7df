use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use api_app::Cidr;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{RequestBuilder, Response};
use url::{Host, Url};

use crate::is_public;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The client cannot be made.
#[derive(Debug)]
pub struct SetupError(reqwest::Error);

impl std::fmt::Display for SetupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an HTTP client cannot be made: {}", innermost(&self.0))
    }
}

impl std::error::Error for SetupError {}

/// A client of what the operator named, wherever that is.
pub(crate) fn plain_client(patience: Duration) -> Result<reqwest::Client, SetupError> {
    // A second installation fails and changes nothing, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(patience)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(SetupError)
}

/// Why an address was not asked, or did not answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It may not be asked.
    Refused(String),
    /// It did not answer in time, or not at all.
    Unreachable(String),
}

/// Asks addresses that users gave: over HTTPS on the public internet, and in networks that the operator allows.
#[derive(Debug, Clone)]
pub(crate) struct Outward {
    http: reqwest::Client,
    networks: Networks,
    /// What is said of an address in another network.
    not_allowed: &'static str,
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

impl std::fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("leads to an address that may not be asked")
    }
}

impl std::error::Error for NotAllowed {}

impl Outward {
    /// Asks the public internet and these networks. Without TLS it asks only a loopback address that is in one of
    /// them.
    pub(crate) fn new(networks: Vec<Cidr>, not_allowed: &'static str) -> Result<Self, SetupError> {
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
        Ok(Self { http, networks, not_allowed })
    }

    /// The address, if it may be asked as far as that shows without asking.
    pub(crate) fn checked(&self, address: &str) -> Result<Url, Trouble> {
        let refused = |why: &str| Err(Trouble::Refused(why.to_owned()));
        let Ok(url) = Url::parse(address) else { return refused("is no URL") };
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
            return refused(self.not_allowed);
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if address.is_some_and(|address| address.is_loopback()) => Ok(url),
            _ => refused("must begin with https://"),
        }
    }

    /// Asks, in the way that `how` makes of the client and the address.
    pub(crate) async fn ask(
        &self,
        address: &str,
        how: impl FnOnce(&reqwest::Client, Url) -> RequestBuilder,
    ) -> Result<Response, Trouble> {
        let url = self.checked(address)?;
        how(&self.http, url).send().await.map_err(|error| self.trouble(&error))
    }

    /// What a failure of the client means.
    pub(crate) fn trouble(&self, error: &reqwest::Error) -> Trouble {
        if is_refusal(error) {
            return Trouble::Refused(self.not_allowed.to_owned());
        }
        let why =
            if error.is_timeout() { "no answer in time".to_owned() } else { innermost(error) };
        Trouble::Unreachable(why)
    }
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
