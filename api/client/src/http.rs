use std::time::Duration;

use crate::ClientError;

/// How often a GET is sent in total when the server is busy or away.
pub const GET_ATTEMPTS_MAX: u32 = 4;
/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to reach a server.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long one request may take.
    pub timeout: Duration,
    /// PEM of a certificate authority to trust beside those of the system.
    pub ca_pem: Option<Vec<u8>>,
    /// Sent as `User-Agent`.
    pub user_agent: String,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            ca_pem: None,
            user_agent: concat!("weir/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Makes an HTTP client with time-outs and our TLS provider.
///
/// # Errors
/// When the certificate authority cannot be read or TLS cannot be set up.
pub fn http_client(options: &HttpOptions) -> Result<reqwest::Client, ClientError> {
    // A second installation fails and changes nothing, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .timeout(options.timeout)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(&options.user_agent);
    if let Some(pem) = &options.ca_pem {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(setup)?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(setup)
}

fn setup(error: reqwest::Error) -> ClientError {
    ClientError::Setup(innermost(&error))
}

/// The innermost cause of an error: "connection refused", not "error sending request".
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
