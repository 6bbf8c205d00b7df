//! Requests to the members of an etcd, with a token where it wants one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::{Certificate, Identity};
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::store::StoreError;

use crate::outcome::{Call, Said};
use crate::rpc::{Authenticate, Token};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a request may take. etcd itself gives up after about seven seconds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Servers close idle connections without a word; ours go first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Who we are to etcd, from the variables that `etcdctl` knows.
#[derive(Clone, Default)]
pub struct Login {
    /// Name and password.
    user: Option<(String, String)>,
    /// PEM of authorities to trust beside the system's.
    ca: Option<Vec<u8>>,
    /// PEM of a certificate and its key.
    identity: Option<Vec<u8>>,
}

/// Why etcd cannot be spoken to; nothing was sent yet.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// A variable that another one needs is missing.
    #[error("the environment sets {0} and not {1}")]
    Incomplete(&'static str, &'static str),
    /// A file cannot be read.
    #[error("the file {path} of {variable} cannot be read: {error}")]
    File {
        /// Who names it.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The HTTP client cannot be set up.
    #[error("HTTPS to etcd cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user.as_ref().map(|(name, _)| name)).finish()
    }
}

impl Login {
    /// Reads `ETCDCTL_USER` (a name, or `name:password`), `ETCDCTL_PASSWORD`, `ETCDCTL_CACERT`,
    /// `ETCDCTL_CERT` and `ETCDCTL_KEY`.
    ///
    /// # Errors
    /// When one of them is missing beside another, or its file cannot be read.
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Result<Self, LoginError> {
        let of = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let user = match (of("ETCDCTL_USER"), of("ETCDCTL_PASSWORD")) {
            (None, _) => None,
            (Some(name), Some(password)) => Some((name.clone(), password.clone())),
            (Some(both), None) => {
                let (name, password) = both
                    .split_once(':')
                    .ok_or(LoginError::Incomplete("ETCDCTL_USER", "ETCDCTL_PASSWORD"))?;
                Some((name.to_owned(), password.to_owned()))
            }
        };
        let file = |variable: &'static str| {
            let Some(path) = of(variable).map(PathBuf::from) else { return Ok(None) };
            let read = std::fs::read(&path);
            read.map(Some).map_err(|error| LoginError::File { variable, path, error })
        };
        let ca = file("ETCDCTL_CACERT")?;
        let identity = match (file("ETCDCTL_CERT")?, file("ETCDCTL_KEY")?) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some([certificate, b"\n".to_vec(), key].concat()),
            (Some(_), None) => {
                return Err(LoginError::Incomplete("ETCDCTL_CERT", "ETCDCTL_KEY"));
            }
            (None, Some(_)) => {
                return Err(LoginError::Incomplete("ETCDCTL_KEY", "ETCDCTL_CERT"));
            }
        };
        Ok(Self { user, ca, identity })
    }
}

#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    /// `http://host:port`, at least one.
    hosts: Vec<String>,
    /// The member that answered last.
    current: AtomicUsize,
    login: Login,
    token: Mutex<Option<String>>,
}

impl Client {
    pub(crate) fn new(hosts: Vec<String>, login: Login) -> Result<Self, LoginError> {
        // A second installation fails and changes nothing, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_nodelay(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")));
        if let Some(ca) = &login.ca {
            http = http.tls_certs_merge(Certificate::from_pem_bundle(ca)?);
        }
        if let Some(identity) = &login.identity {
            http = http.identity(Identity::from_pem(identity)?);
        }
        let (http, current, token) = (http.build()?, AtomicUsize::new(0), Mutex::new(None));
        Ok(Self { http, hosts, current, login, token })
    }

    /// Sends a request, under a token if etcd has given one. A token that is refused is renewed once.
    pub(crate) async fn call<A: DeserializeOwned>(
        &self,
        call: Call<'_>,
        path: &str,
        request: &impl Serialize,
    ) -> Result<A, StoreError> {
        let body = serde_json::to_vec(request).map_err(|e| call.denied(&e.to_string()))?;
        let mut renewed = false;
        if self.login.user.is_some() && self.token.lock().is_none() {
            self.renew(call).await?;
            renewed = true;
        }
        loop {
            let token = self.token.lock().clone();
            match self.send(call, path, body.clone(), token).await? {
                Ok(reply) => return parse(call, &reply),
                Err(said) if said.wants_token() && self.login.user.is_some() && !renewed => {
                    self.renew(call).await?;
                    renewed = true;
                }
                Err(said) => return Err(said.outcome(call)),
            }
        }
    }

    async fn renew(&self, call: Call<'_>) -> Result<(), StoreError> {
        let Some((name, password)) = &self.login.user else { return Ok(()) };
        let body = serde_json::to_vec(&Authenticate { name, password });
        let body = body.map_err(|e| call.denied(&e.to_string()))?;
        let answer = self.send(call, "/v3/auth/authenticate", body, None).await?;
        let reply = answer.map_err(|said| said.outcome(call))?;
        *self.token.lock() = Some(parse::<Token>(call, &reply)?.token);
        Ok(())
    }

    /// Sends a request to the first member that takes a connection.
    async fn send(
        &self,
        call: Call<'_>,
        path: &str,
        body: Vec<u8>,
        token: Option<String>,
    ) -> Result<Result<Vec<u8>, Said>, StoreError> {
        let mut refused = None;
        for _ in 0..self.hosts.len() {
            let at = self.current.load(Ordering::Relaxed) % self.hosts.len();
            let mut request = self.http.post(format!("{}{path}", self.hosts[at]));
            request = request.header("Content-Type", "application/json").body(body.clone());
            if let Some(token) = &token {
                request = request.header("Authorization", token);
            }
            let reply = match request.send().await {
                Ok(reply) => reply,
                Err(e) => {
                    self.leave(at);
                    let never_sent = e.is_connect();
                    let error = call.unknown(&causes(&e));
                    if never_sent {
                        refused = Some(error);
                        continue;
                    }
                    return Err(error);
                }
            };
            let status = reply.status();
            let bytes = reply.bytes().await.map_err(|e| call.unknown(&causes(&e)))?;
            if status.is_success() {
                return Ok(Ok(bytes.into()));
            }
            let said = Said::read(status.as_u16(), &bytes);
            if said.is_away() {
                self.leave(at);
            }
            return Ok(Err(said));
        }
        Err(refused.unwrap_or_else(|| call.denied("no host is named")))
    }

    /// Turns to the next member, unless somebody has already.
    fn leave(&self, at: usize) {
        let next = (at + 1) % self.hosts.len();
        let swap = (Ordering::Relaxed, Ordering::Relaxed);
        let _ = self.current.compare_exchange(at, next, swap.0, swap.1);
    }
}

fn parse<A: DeserializeOwned>(call: Call<'_>, reply: &[u8]) -> Result<A, StoreError> {
    // Whatever it was, it may have been done.
    serde_json::from_slice(reply).map_err(|e| call.unknown(&format!("a malformed reply: {e}")))
}

/// An error of the HTTP client says little without what caused it.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Login, LoginError> {
        let owned = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Login::from_environment(&owned.collect())
    }

    #[test]
    fn logins_are_those_of_etcdctl() {
        assert_eq!(read(&[]).unwrap().user, None);
        let user = Some(("me".to_owned(), "a:b".to_owned()));
        assert_eq!(read(&[("ETCDCTL_USER", "me:a:b")]).unwrap().user, user);
        let two = [("ETCDCTL_USER", "me"), ("ETCDCTL_PASSWORD", "a:b")];
        assert_eq!(read(&two).unwrap().user, user);
        assert!(!format!("{:?}", read(&two).unwrap()).contains("a:b"));
        assert!(matches!(read(&two[..1]), Err(LoginError::Incomplete(..))));
        assert!(matches!(read(&[("ETCDCTL_CACERT", "/none")]), Err(LoginError::File { .. })));
    }
}
