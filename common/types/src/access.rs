//! What brokers may serve: a revisioned snapshot that the control plane publishes.
//!
//! A broker keeps the last accepted snapshot and refuses an older revision. No snapshot: deny all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::TenantId;
use crate::acl::Acl;
use crate::identity::Workloads;
use crate::quota::Quotas;

/// Everything that a broker needs to decide who may do what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessSnapshot {
    /// Grows with every change of content.
    pub revision: u64,
    /// Keys of the verifiers, by version.
    pub peppers: BTreeMap<u32, Pepper>,
    /// Tenants that exist.
    pub tenants: BTreeSet<TenantId>,
    /// API keys that may authenticate to a broker, by key id.
    pub keys: BTreeMap<String, KeyEntry>,
    /// Access control lists, by tenant; tenants without any are left out.
    #[serde(default)]
    pub acls: BTreeMap<TenantId, Vec<Acl>>,
    /// What roles of those who have keys allow without administering the cluster, in the form of lists that
    /// nobody is shown; tenants without any are left out.
    #[serde(default)]
    pub granted: BTreeMap<TenantId, Vec<Acl>>,
    /// How fast principals may send and read, by tenant; tenants without any are left out.
    #[serde(default)]
    pub quotas: BTreeMap<TenantId, Quotas>,
    /// Whose tokens are taken. In a change it is empty and says nothing: what there was stays.
    #[serde(default, skip_serializing_if = "Workloads::is_empty")]
    pub workloads: Workloads,
}

/// What is new about some tenants, on top of the snapshot whose revision is one less. Whoever has another one
/// cannot use it and needs a whole snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessChange {
    /// All tenants that this speaks of. Of others it says nothing, so they keep what they have.
    pub about: BTreeSet<TenantId>,
    /// Everything that these tenants have now, and nothing of others; a tenant that is left out has nothing.
    /// Its revision is the one after the change.
    pub state: AccessSnapshot,
}

/// One API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// HMAC-SHA-256(pepper, secret).
    pub verifier: [u8; 32],
    /// Which pepper made the verifier.
    pub pepper_version: u32,
    /// The owner, without the `User:` prefix: `sa-…` or `u-…`.
    pub principal: String,
    /// The one logical cluster that this key belongs to.
    pub tenant: TenantId,
    /// Whether a role of the owner administers the cluster: it may do what no list denies. Without it,
    /// only what lists and [`AccessSnapshot::granted`] allow.
    pub cluster_admin: bool,
}

/// A key of verifiers. Redacted when printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pepper(pub [u8; 32]);

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(redacted)")
    }
}
