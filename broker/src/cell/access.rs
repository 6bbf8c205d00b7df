//! Who may do what: the snapshot that the control plane publishes.

use std::net::IpAddr;
use std::sync::Arc;

use common_types::TenantId;
use common_types::access::{AccessChange, AccessSnapshot, KeyEntry};
use common_types::acl::{Acl, Operation, ResourceType};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{Cell, TokenUse};
use crate::access::AccessBook;

/// An authenticated connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The key that was used.
    pub key: String,
    /// Its owner: `User:sa-…` or `User:u-…`.
    pub principal: String,
    /// The tenant that the key belongs to.
    pub tenant: TenantId,
    /// Whether a role of the owner administers the cluster.
    cluster_admin: bool,
    /// Revision of the snapshot that said so.
    revision: u64,
    /// The token that was shown in place of a key.
    pub(super) token: Option<Arc<TokenUse>>,
    /// Where the client is; nowhere when the control plane asks for the owner of the key.
    pub(super) address: Option<IpAddr>,
}

impl Session {
    pub(super) fn new(key: &str, entry: &KeyEntry, revision: u64) -> Self {
        Self {
            key: key.to_owned(),
            principal: format!("User:{}", entry.principal),
            tenant: entry.tenant,
            cluster_admin: entry.cluster_admin,
            revision,
            token: None,
            address: None,
        }
    }

    /// The same for somebody who showed a token.
    pub(super) fn with_token(self, token: Arc<TokenUse>) -> Self {
        Self { token: Some(token), ..self }
    }

    /// The key that was shown; empty when a token was.
    pub(super) fn shown_key(&self) -> String {
        if self.token.is_some() { String::new() } else { self.key.clone() }
    }

    /// Whether this is the same principal in the same cluster, who came in the same way.
    pub(crate) fn is_again(&self, other: &Self) -> bool {
        self.key == other.key && self.token.is_some() == other.token.is_some()
    }

    /// The same for a client that is there.
    pub(crate) fn at(self, address: IpAddr) -> Self {
        Self { address: Some(address), ..self }
    }
}

/// Whether a role of the session's owner administers the cluster now. None: the key is gone, or the pool lets in
/// others than when its token was shown.
pub(super) fn administers(access: &AccessBook, session: &Session) -> Option<bool> {
    if access.revision == session.revision {
        return Some(session.cluster_admin);
    }
    let on_terms = |token: &Arc<TokenUse>| {
        access.workloads.pools.get(&token.pool).is_some_and(|pool| pool.terms == token.terms)
    };
    let entry = access.key(&session.key).filter(|_| session.token.as_ref().is_none_or(on_terms));
    entry.filter(|entry| entry.tenant == session.tenant).map(|entry| entry.cluster_admin)
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
        let current = self.access.load_full();
        if snapshot.revision < current.revision {
            return current.revision;
        }
        self.put_access(current.replaced(snapshot))
    }

    /// Puts a change in force, unless something newer is. `None`: this is not the change behind what is in
    /// force, and a whole snapshot is needed.
    pub fn change_access(&self, change: AccessChange) -> Option<u64> {
        let current = self.access.load_full();
        if change.state.revision <= current.revision {
            return Some(current.revision);
        }
        Some(self.put_access(current.changed(change)?))
    }

    /// Puts a book in force. An older one is ignored. Returns the revision in force.
    pub(crate) fn put_access(&self, book: AccessBook) -> u64 {
        let new = Arc::new(book);
        let old = self.access.rcu(|current| {
            let newest = if new.revision >= current.revision { &new } else { current };
            Arc::clone(newest)
        });
        if new.revision >= old.revision {
            self.forget_quotas(&new);
        }
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
        let entry = access.key(key).ok_or(AccessError::Denied)?;
        let pepper = access.peppers.get(&entry.pepper_version).ok_or(AccessError::Denied)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&pepper.0).map_err(|_| AccessError::Denied)?;
        mac.update(secret);
        mac.verify_slice(&entry.verifier).map_err(|_| AccessError::Denied)?;
        if expected.is_some_and(|t| t != entry.tenant) {
            return Err(AccessError::OtherTenant);
        }
        Ok(Session::new(key, entry, access.revision))
    }

    /// A session of the owner of a key, for whoever has checked the key already.
    pub(crate) fn session_of(&self, tenant: TenantId, key: &str) -> Option<Session> {
        let access = self.access.load();
        let entry = access.key(key).filter(|entry| entry.tenant == tenant)?;
        Some(Session::new(key, entry, access.revision))
    }

    /// Brings a session up to date with the snapshot in force. False: the key is gone, or what a token was let in by.
    pub fn refresh(&self, session: &mut Session) -> bool {
        let access = self.access.load();
        let Some(administers) = administers(&access, session) else { return false };
        session.cluster_admin = administers;
        session.revision = access.revision;
        true
    }

    /// Whether a session may do something with a resource, by what is in force now: also while a request
    /// waits.
    pub(crate) fn permits(
        &self,
        session: &Session,
        operation: Operation,
        resource: ResourceType,
        name: &str,
    ) -> bool {
        let access = self.access.load();
        let Some(role) = administers(&access, session) else { return false };
        match access.tenant(session.tenant).and_then(|it| it.rules.as_ref()) {
            Some(rules) => rules.permits(role, &session.principal, operation, resource, name),
            None => role,
        }
    }

    /// Whether a session may do something with any resource of a type that might be there.
    pub(crate) fn permits_any(
        &self,
        session: &Session,
        operation: Operation,
        resource: ResourceType,
    ) -> bool {
        let access = self.access.load();
        let Some(role) = administers(&access, session) else { return false };
        match access.tenant(session.tenant).and_then(|it| it.rules.as_ref()) {
            Some(rules) => rules.permits_any(role, &session.principal, operation, resource),
            None => role,
        }
    }

    /// Whether a role of the session's owner administers the cluster: who may always see and change lists,
    /// so that a denial can be taken back.
    pub(crate) fn administers(&self, session: &Session) -> bool {
        administers(&self.access.load(), session) == Some(true)
    }

    /// Whose a key is, if it is there.
    pub(super) fn tenant_of_key(&self, key: &str) -> Option<TenantId> {
        self.access.load().key(key).map(|entry| entry.tenant)
    }

    /// The access control lists of a tenant.
    pub(crate) fn acls(&self, tenant: TenantId) -> Vec<Acl> {
        self.access.load().tenant(tenant).map(|it| it.acls.clone()).unwrap_or_default()
    }
}
