use common_errors::{Error, ErrorKind};

use crate::model::{
    ApiKey, AuditSettings, ClientQuota, Cluster, Deleted, Environment, GroupMapping, IdentityPool,
    IdentityProvider, Invitation, IpFilter, IpGroup, NotificationIntegration,
    NotificationSubscription, Organization, RoleBinding, SecurityFinding, ServiceAccount,
    SsoConnection, User,
};

/// Something with a version, which every change of what is wanted of it raises. What passes write, a phase
/// for example, does not.
pub trait Versioned {
    /// The version.
    fn version(&self) -> i64;
}

/// On which terms something is to be changed or deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Only when it has one of these versions.
    pub only_at: Option<Vec<i64>>,
    /// Nothing is changed: only what would be refused shows.
    pub dry_run: bool,
}

impl Change {
    /// Refuses when the condition does not hold.
    pub(crate) fn check(&self, row: &impl Versioned) -> Result<(), Error> {
        match &self.only_at {
            Some(versions) if !versions.contains(&row.version()) => Err(Error::new(
                ErrorKind::Precondition,
                "precondition_failed",
                "the object is not as If-Match says: somebody changed it; read it again",
            )
            .at("If-Match")),
            Some(_) | None => Ok(()),
        }
    }

    /// The version that the store has to find: the one that was checked, where there is a condition.
    pub(crate) fn exactly(&self, row: &impl Versioned) -> Option<i64> {
        self.only_at.as_ref().map(|_| row.version())
    }
}

impl Versioned for Environment {
    fn version(&self) -> i64 {
        self.generation
    }
}

impl Versioned for Cluster {
    fn version(&self) -> i64 {
        self.generation
    }
}

impl Versioned for ServiceAccount {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for ApiKey {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for Invitation {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for ClientQuota {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for IpFilter {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for IpGroup {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for RoleBinding {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for Organization {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for AuditSettings {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for User {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for IdentityProvider {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for IdentityPool {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for NotificationIntegration {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for NotificationSubscription {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for SsoConnection {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for SecurityFinding {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for GroupMapping {
    fn version(&self) -> i64 {
        self.updated_us
    }
}

impl Versioned for Deleted {
    fn version(&self) -> i64 {
        self.created_us
    }
}
