//! Who may do what: the snapshot that the control plane publishes.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use common_types::TenantId;
use common_types::access::{AccessSnapshot, KeyEntry};
use common_types::acl::{Acl, AclRules, Operation, ResourceType};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Cell;

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
    /// Where the client is; nowhere when the control plane asks for the owner of the key.
    pub(super) address: Option<IpAddr>,
}

impl Session {
    fn new(key: &str, entry: &KeyEntry, revision: u64) -> Self {
        Self {
            key: key.to_owned(),
            principal: format!("User:{}", entry.principal),
            tenant: entry.tenant,
            cluster_admin: entry.cluster_admin,
            revision,
            address: None,
        }
    }

    /// The same for a client that is there.
    pub(crate) fn at(self, address: IpAddr) -> Self {
        Self { address: Some(address), ..self }
    }
}

/// The snapshot in force, ready for decisions.
#[derive(Debug, Default)]
pub(super) struct Access {
    snapshot: Arc<AccessSnapshot>,
    rules: HashMap<TenantId, Arc<AclRules>>,
}

impl Access {
    /// Makes rules of lists and of what roles grant; those of `before` stay where nothing changed.
    fn new(snapshot: Arc<AccessSnapshot>, before: &Self) -> Self {
        let mut rules = HashMap::new();
        for tenant in snapshot.acls.keys().chain(snapshot.granted.keys()) {
            let same = snapshot.acls.get(tenant) == before.snapshot.acls.get(tenant)
                && snapshot.granted.get(tenant) == before.snapshot.granted.get(tenant);
            let kept = before.rules.get(tenant).filter(|_| same).cloned();
            let make = || {
                let lists =
                    snapshot.acls.get(tenant).into_iter().chain(snapshot.granted.get(tenant));
                Arc::new(AclRules::new(lists.flatten()))
            };
            rules.entry(*tenant).or_insert_with(|| kept.unwrap_or_else(make));
        }
        Self { snapshot, rules }
    }

    /// Whether a role of the session's owner administers the cluster now. None: the key is gone.
    fn administers(&self, session: &Session) -> Option<bool> {
        if self.snapshot.revision == session.revision {
            return Some(session.cluster_admin);
        }
        let entry = self.snapshot.keys.get(&session.key);
        entry.filter(|entry| entry.tenant == session.tenant).map(|entry| entry.cluster_admin)
    }
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
            if new.revision >= current.snapshot.revision {
                Arc::new(Access::new(Arc::clone(&new), current))
            } else {
                Arc::clone(current)
            }
        });
        if new.revision >= old.snapshot.revision {
            self.forget_quotas(&new);
        }
        old.snapshot.revision.max(new.revision)
    }

    /// The snapshot in force.
    pub(super) fn snapshot(&self) -> Arc<AccessSnapshot> {
        Arc::clone(&self.access.load().snapshot)
    }

    /// Whether anybody has said who may do what.
    #[must_use]
    pub fn has_access(&self) -> bool {
        !self.access.load().snapshot.peppers.is_empty()
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
        let access = Arc::clone(&self.access.load().snapshot);
        let entry = access.keys.get(key).ok_or(AccessError::Denied)?;
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
        let access = Arc::clone(&self.access.load().snapshot);
        let entry = access.keys.get(key).filter(|entry| entry.tenant == tenant)?;
        Some(Session::new(key, entry, access.revision))
    }

    /// Brings a session up to date with the snapshot in force. False: the key is gone.
    pub fn refresh(&self, session: &mut Session) -> bool {
        let access = self.access.load();
        let Some(administers) = access.administers(session) else { return false };
        session.cluster_admin = administers;
        session.revision = access.snapshot.revision;
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
        let Some(role) = access.administers(session) else { return false };
        match access.rules.get(&session.tenant) {
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
        let Some(role) = access.administers(session) else { return false };
        match access.rules.get(&session.tenant) {
            Some(rules) => rules.permits_any(role, &session.principal, operation, resource),
            None => role,
        }
    }

    /// Whether a role of the session's owner administers the cluster: who may always see and change lists,
    /// so that a denial can be taken back.
    pub(crate) fn administers(&self, session: &Session) -> bool {
        self.access.load().administers(session) == Some(true)
    }

    /// Whose a key is, if it is there.
    pub(super) fn tenant_of_key(&self, key: &str) -> Option<TenantId> {
        self.access.load().snapshot.keys.get(key).map(|entry| entry.tenant)
    }

    /// The access control lists of a tenant.
    pub(crate) fn acls(&self, tenant: TenantId) -> Vec<Acl> {
        self.access.load().snapshot.acls.get(&tenant).cloned().unwrap_or_default()
    }
}
