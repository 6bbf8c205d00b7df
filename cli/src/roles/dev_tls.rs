//! A certificate authority for one machine, and the server certificate that it signs.
//!
//! The authority lives as long as the folder, so that a client trusts it once. The server
//! certificate is made anew when it is near its end or when the names change, also while the server
//! runs: new connections get the new one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use common_seams::Clock;
use parking_lot::RwLock;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::error::CliError;
use crate::files;

const FOLDER: &str = "tls";
const CA_CERT: &str = "ca.pem";
const CA_KEY: &str = "ca-key.pem";
const SERVER_CERT: &str = "server.pem";
const SERVER_KEY: &str = "server-key.pem";
const SERVER_STATE: &str = "server.json";
/// Names that a local client may use.
const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "::1", "*.weir.localhost"];

const DAY_S: i64 = 24 * 60 * 60;
const CA_DAYS: i64 = 3650;
const SERVER_DAYS: i64 = 397;
/// A server certificate with less than this left is made anew.
const RENEW_DAYS: i64 = 60;
/// How often a running server looks whether that is so.
const RENEW_LOOK: Duration = Duration::from_secs(12 * 60 * 60);
/// Clocks of clients may be behind ours.
const BACKDATE_DAYS: i64 = 1;

/// What a TLS listener needs, and what a client must trust.
#[derive(Debug, Clone)]
pub(super) struct DevTls {
    pub(super) ca_path: PathBuf,
    pub(super) server: Arc<ServerConfig>,
    folder: PathBuf,
    names: Vec<String>,
    current: Arc<Current>,
}

/// The certificate that new connections get.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read()))
    }
}

/// When and for whom the server certificate was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ServerState {
    not_after_s: i64,
    names: Vec<String>,
}

/// Reads or makes authority and certificate; `extra` are names beside the local ones.
pub(super) fn ensure(
    folder: &Path,
    clock: &dyn Clock,
    extra: &[String],
) -> Result<DevTls, CliError> {
    let folder = folder.join(FOLDER);
    files::make_private_folder(&folder)?;
    let names: Vec<String> =
        NAMES.iter().map(|n| (*n).to_owned()).chain(extra.iter().cloned()).collect();
    make_due(&folder, clock, &names)?;
    let current = Arc::new(Current(RwLock::new(Arc::new(certified(&folder)?))));
    let server = server_config(Arc::clone(&current))?;
    Ok(DevTls { ca_path: folder.join(CA_CERT), server, folder, names, current })
}

impl DevTls {
    /// Makes a new certificate when the present one is near its end, until cancelled.
    pub(super) async fn keep_renewed(self, clock: Arc<dyn Clock>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(RENEW_LOOK)).await.is_some() {
            if let Err(error) = self.renew(&*clock) {
                tracing::error!(%error, "the TLS certificate was not renewed; it is tried again");
            }
        }
    }

    fn renew(&self, clock: &dyn Clock) -> Result<(), CliError> {
        if make_due(&self.folder, clock, &self.names)? {
            *self.current.0.write() = Arc::new(certified(&self.folder)?);
        }
        Ok(())
    }
}

/// Makes the certificate if it is due, and says whether it was.
fn make_due(folder: &Path, clock: &dyn Clock, names: &[String]) -> Result<bool, CliError> {
    let now_s = clock.wall_ms() / 1000;
    let key = ensure_authority(folder, now_s)?;
    let due = needs_certificate(folder, now_s, names)?;
    if due {
        issue(folder, key, now_s, names.to_vec())?;
    }
    Ok(due)
}

/// The authority's key; with its certificate when the folder has none.
fn ensure_authority(folder: &Path, now_s: i64) -> Result<KeyPair, CliError> {
    let (key_path, cert_path) = (folder.join(CA_KEY), folder.join(CA_CERT));
    let stored = files::read(&key_path)?;
    let key = match &stored {
        Some(pem) => KeyPair::from_pem(&String::from_utf8_lossy(pem))
            .map_err(|e| corrupt(&key_path, &e.to_string()))?,
        None => KeyPair::generate().map_err(failed)?,
    };
    if stored.is_some() && cert_path.exists() {
        return Ok(key);
    }
    let mut params = authority(now_s)?;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let cert = params.self_signed(&key).map_err(failed)?;
    // Key before certificate: a certificate without its key could sign nothing.
    files::write_atomically(&key_path, key.serialize_pem().as_bytes(), files::PRIVATE)?;
    files::write_atomically(&cert_path, cert.pem().as_bytes(), files::PUBLIC)?;
    Ok(key)
}

/// The authority's name and limits. They are the same at every start: only so does a certificate
/// that is made later match the authority that clients trust.
fn authority(now_s: i64) -> Result<CertificateParams, CliError> {
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, "Weir development CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = at(now_s - BACKDATE_DAYS * DAY_S)?;
    params.not_after = at(now_s + CA_DAYS * DAY_S)?;
    Ok(params)
}

fn needs_certificate(folder: &Path, now_s: i64, names: &[String]) -> Result<bool, CliError> {
    let whole = folder.join(SERVER_CERT).exists() && folder.join(SERVER_KEY).exists();
    let state = files::read(&folder.join(SERVER_STATE))?;
    // The certificate can always be made anew, so an unreadable state is no error.
    let state: Option<ServerState> = state.and_then(|text| serde_json::from_slice(&text).ok());
    Ok(match state {
        Some(state) if whole && state.names == *names => {
            state.not_after_s - now_s < RENEW_DAYS * DAY_S
        }
        Some(_) | None => true,
    })
}

fn issue(folder: &Path, ca_key: KeyPair, now_s: i64, names: Vec<String>) -> Result<(), CliError> {
    let not_after_s = now_s + SERVER_DAYS * DAY_S;
    let mut params = CertificateParams::new(names.clone()).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, "Weir");
    params.not_before = at(now_s - BACKDATE_DAYS * DAY_S)?;
    params.not_after = at(not_after_s)?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let issuer = Issuer::new(authority(now_s)?, ca_key);
    let key = KeyPair::generate().map_err(failed)?;
    let cert = params.signed_by(&key, &issuer).map_err(failed)?;
    let state = serde_json::to_string(&ServerState { not_after_s, names })
        .map_err(|e| CliError::internal("tls.state", e.to_string()))?;
    // The state goes last: without it all three are made anew.
    let state_path = folder.join(SERVER_STATE);
    if state_path.exists() {
        std::fs::remove_file(&state_path)
            .map_err(|e| files::io_error("delete", &state_path, &e))?;
    }
    let private = key.serialize_pem();
    files::write_atomically(&folder.join(SERVER_KEY), private.as_bytes(), files::PRIVATE)?;
    files::write_atomically(&folder.join(SERVER_CERT), cert.pem().as_bytes(), files::PUBLIC)?;
    files::write_atomically(&state_path, state.as_bytes(), files::PUBLIC)
}

fn certified(folder: &Path) -> Result<CertifiedKey, CliError> {
    let (cert_path, key_path) = (folder.join(SERVER_CERT), folder.join(SERVER_KEY));
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&cert_path).and_then(Iterator::collect);
    let chain = chain.map_err(|e| corrupt(&cert_path, &e.to_string()))?;
    let key =
        PrivateKeyDer::from_pem_file(&key_path).map_err(|e| corrupt(&key_path, &e.to_string()))?;
    CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider())
        .map_err(|e| corrupt(&cert_path, &e.to_string()))
}

fn server_config(current: Arc<Current>) -> Result<Arc<ServerConfig>, CliError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| CliError::internal("tls.setup", e.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(current);
    Ok(Arc::new(config))
}

fn at(seconds: i64) -> Result<OffsetDateTime, CliError> {
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|e| {
        CliError::internal("tls.clock", format!("the clock is out of range: {e}"))
            .suggest("Set the clock of this machine.")
    })
}

fn failed(error: rcgen::Error) -> CliError {
    CliError::internal("tls.certificate", format!("cannot make a certificate: {error}"))
}

fn corrupt(path: &Path, why: &str) -> CliError {
    let shown = path.display();
    let folder = path.parent().unwrap_or(path).display();
    CliError::internal("tls.corrupt", format!("{shown} is corrupt: {why}"))
        .suggest(format!("Move the folder away, `mv {folder} {folder}.old`: a new authority is made, which clients must trust."))
}

#[cfg(test)]
mod tests {
    use common_seams::ManualClock;

    use super::*;

    const START_MS: i64 = 1_800_000_000_000;

    fn read(folder: &Path, name: &str) -> Vec<u8> {
        std::fs::read(folder.join(FOLDER).join(name)).unwrap()
    }

    #[test]
    fn the_authority_stays_while_certificates_are_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at_ms(START_MS);
        ensure(folder.path(), &clock, &[]).unwrap();
        let (authority, first) = (read(folder.path(), CA_CERT), read(folder.path(), SERVER_CERT));
        ensure(folder.path(), &clock, &[]).unwrap();
        assert_eq!(read(folder.path(), SERVER_CERT), first);

        clock.advance(Duration::from_secs(340 * 86_400));
        ensure(folder.path(), &clock, &[]).unwrap();
        assert_eq!(read(folder.path(), CA_CERT), authority);
        let second = read(folder.path(), SERVER_CERT);
        assert_ne!(second, first);

        ensure(folder.path(), &clock, &["weir.example".to_owned()]).unwrap();
        assert_ne!(read(folder.path(), SERVER_CERT), second);
    }

    #[test]
    fn a_running_server_gets_the_new_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at_ms(START_MS);
        let tls = ensure(folder.path(), &clock, &[]).unwrap();
        let served = || tls.current.0.read().cert.clone();
        let first = served();
        tls.renew(&clock).unwrap();
        assert_eq!(served(), first);
        clock.advance(Duration::from_secs(340 * 86_400));
        tls.renew(&clock).unwrap();
        assert_ne!(served(), first);
    }

    #[test]
    fn a_cut_key_is_named_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at_ms(START_MS);
        ensure(folder.path(), &clock, &[]).unwrap();
        std::fs::write(folder.path().join(FOLDER).join(CA_KEY), "-----BEGIN").unwrap();
        let error = ensure(folder.path(), &clock, &[]).unwrap_err();
        assert!(error.message.contains("ca-key.pem is corrupt"), "{error}");
        assert!(error.suggestions[0].contains("mv "), "{:?}", error.suggestions);
    }
}
