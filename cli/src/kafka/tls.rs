use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::error::CliError;
use crate::files;

/// Where distributions keep the certificate authorities that they trust.
const SYSTEM_BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Trusts the given authority, or those of the system when none is given.
pub(super) fn client_config(ca: Option<&Path>) -> Result<Arc<ClientConfig>, CliError> {
    let path = ca.map(Path::to_owned).or_else(system_bundle).ok_or_else(|| {
        CliError::usage("tls.no_authority", "no certificate authority is known to trust")
            .suggest("Name a PEM file in WEIR_CA_CERT.")
    })?;
    let unreadable = |why: String| {
        let message = format!("cannot use the certificate authority {}: {why}", path.display());
        CliError::usage("tls.authority", message)
            .suggest("Name a readable PEM file in WEIR_CA_CERT.")
    };
    let pem = files::read(&path)?.ok_or_else(|| unreadable("there is no such file".to_owned()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|e| unreadable(e.to_string()))?;
        // A bundle of the system may hold what this library refuses; the rest still counts.
        if let Err(e) = roots.add(certificate)
            && ca.is_some()
        {
            return Err(unreadable(e.to_string()));
        }
    }
    if roots.is_empty() {
        return Err(unreadable("it holds no certificate".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| CliError::internal("tls.setup", e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn system_bundle() -> Option<PathBuf> {
    SYSTEM_BUNDLES.iter().map(PathBuf::from).find(|path| path.exists())
}
