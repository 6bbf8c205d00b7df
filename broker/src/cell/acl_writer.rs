//! Changes of access control lists and client quotas. They belong to the control plane: the broker passes
//! them on, and says that they are done when they are in force.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use common_types::TenantId;
use common_types::acl::{Acl, AclFilter};
use common_types::quota::ThroughputChange;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Cell, Session};

/// What is to change. Doing it again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AclChange {
    /// These are to be there: all or none.
    Create {
        /// Whose.
        tenant: TenantId,
        /// Which.
        acls: Vec<Acl>,
        /// Who asks.
        #[serde(default)]
        by: Asker,
    },
    /// What any of these means is to be gone.
    Delete {
        /// Whose.
        tenant: TenantId,
        /// Which.
        filters: Vec<AclFilter>,
        /// Who asks.
        #[serde(default)]
        by: Asker,
    },
}

/// What principals may use from now on: all of it or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaChange {
    /// Whose.
    pub tenant: TenantId,
    /// Of whom.
    pub changes: Vec<ThroughputChange>,
    /// Only whether it could be done.
    pub validate_only: bool,
    /// Who asks.
    pub by: Asker,
}

/// A client that asks for a change, for the audit log. Empty when a broker of an earlier version passes it on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asker {
    /// `User:sa-…`.
    pub principal: String,
    /// The key that was used; empty when a token was.
    pub key: String,
    /// Who of an identity pool it is, where a token was shown.
    #[serde(default)]
    pub identity: String,
    /// From where.
    pub address: Option<IpAddr>,
}

impl Asker {
    pub(crate) fn of(session: &Session) -> Self {
        Self {
            principal: session.principal.clone(),
            key: session.shown_key(),
            identity: session.token.as_ref().map(|it| it.identity.clone()).unwrap_or_default(),
            address: session.address,
        }
    }
}

/// What went, by filter; nothing for lists that were made.
pub type AclChanged = Vec<Vec<Acl>>;

/// Why nothing is known to have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AclRefusal {
    /// The control plane does not answer, or its change is not in force yet. It may be tried again.
    #[error("the control plane does not answer: {0}")]
    Away(String),
    /// It says no.
    #[error("{0}")]
    Refused(String),
}

/// Whoever keeps access control lists and client quotas.
pub trait AclWriter: fmt::Debug + Send + Sync {
    /// Makes a change. It is in force at the brokers that answer when this is `Ok`.
    fn change(&self, change: AclChange) -> BoxFuture<'_, Result<AclChanged, AclRefusal>>;

    /// The same for client quotas.
    fn change_quotas(&self, change: QuotaChange) -> BoxFuture<'_, Result<(), AclRefusal>>;
}

impl Cell {
    /// From now on, changes go to `writer`. The first one that is named stays.
    pub fn pass_acl_changes_to(&self, writer: Arc<dyn AclWriter>) {
        // A second one would be a fault of the binary that nobody could act on.
        let _ = self.acl_writer.set(writer);
    }

    pub(crate) async fn change_acls(&self, change: AclChange) -> Result<AclChanged, AclRefusal> {
        match self.acl_writer.get() {
            Some(writer) => writer.change(change).await,
            None => Err(none_yet()),
        }
    }

    pub(crate) async fn change_quotas(&self, change: QuotaChange) -> Result<(), AclRefusal> {
        match self.acl_writer.get() {
            Some(writer) => writer.change_quotas(change).await,
            None => Err(none_yet()),
        }
    }
}

fn none_yet() -> AclRefusal {
    AclRefusal::Away("none is known here yet".to_owned())
}
