//! Who may do what: the snapshot that the control plane publishes.

use std::sync::Arc;

use common_types::TenantId;
use common_types::access::AccessSnapshot;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Cell;

/// An authenticated connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The key that was used.
    pub key: String,
    /// Its owner: `sa-…` or `u-…`.
    pub principal: String,
    /// The tenant that the key belongs to.
    pub tenant: TenantId,
    /// Whether the owner administers the cluster.
    pub cluster_admin: bool,
    /// Revision of the snapshot that said so.
    pub revision: u64,
}

/// Why a key is refused. The text goes to the client and does not say which of the two was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Unknown key or wrong secret.
    #[error("authentication failed: API key or secret is wrong, or the key was deleted")]
    Denied,
    /// The key belongs to another cluster than the server name.
    #[error("authentication failed: this API key belongs to another cluster than the host name")]
    OtherTenant,
}

impl Cell {
    /// Puts a snapshot in force. An older revision is ignored. Returns the revision in force.
    pub fn publish_access(&self, snapshot: AccessSnapshot) -> u64 {
        let new = Arc::new(snapshot);
        let old = self.access.rcu(|current| {
            if new.revision >= current.revision { Arc::clone(&new) } else { Arc::clone(current) }
        });
        old.revision.max(new.revision)
    }

    /// Whether anybody has said who may do what.
    #[must_use]
    pub fn has_access(&self) -> bool {
        !self.access.load().peppers.is_empty()
    }

    /// Checks a key; `expected` is the tenant that the server name asks for, if it names one.
    ///
    /// # Errors
    /// When the key is unknown, the secret is wrong, or the tenants differ.
    pub fn authenticate(
        &self,
        key: &str,
        secret: &[u8],
        expected: Option<TenantId>,
    ) -> Result<Session, AccessError> {
        let access = self.access.load();
        let entry = access.keys.get(key).ok_or(AccessError::Denied)?;
        let pepper = access.peppers.get(&entry.pepper_version).ok_or(AccessError::Denied)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&pepper.0).map_err(|_| AccessError::Denied)?;
        mac.update(secret);
        mac.verify_slice(&entry.verifier).map_err(|_| AccessError::Denied)?;
        if expected.is_some_and(|t| t != entry.tenant) {
            return Err(AccessError::OtherTenant);
        }
        Ok(Session {
            key: key.to_owned(),
            principal: entry.principal.clone(),
            tenant: entry.tenant,
            cluster_admin: entry.cluster_admin,
            revision: access.revision,
        })
    }

    /// Brings a session up to date with the snapshot in force. False: the key is gone.
    pub fn refresh(&self, session: &mut Session) -> bool {
        let access = self.access.load();
        if access.revision == session.revision {
            return true;
        }
        match access.keys.get(&session.key) {
            Some(entry) if entry.tenant == session.tenant => {
                session.cluster_admin = entry.cluster_admin;
                session.revision = access.revision;
                true
            }
            _ => false,
        }
    }
}
