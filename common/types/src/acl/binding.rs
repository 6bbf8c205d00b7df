use serde::{Deserialize, Serialize};

use super::{Operation, Pattern, Permission, ResourceType};
use crate::limits::ACL_TEXT_LENGTH_MAX;

/// The one name that a cluster has in access control lists.
pub const CLUSTER_NAME: &str = "kafka-cluster";

/// One access control list. Its members together are its identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Acl {
    /// What it is about.
    pub resource_type: ResourceType,
    /// Which one.
    pub resource_name: String,
    /// How the name is read.
    pub pattern: Pattern,
    /// Whom it is for: `User:sa-…`, or `User:*` for everybody.
    pub principal: String,
    /// From where: always `*`.
    pub host: String,
    /// What for.
    pub operation: Operation,
    /// What it says.
    pub permission: Permission,
}

/// Why there can be no such list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AclError {
    /// The name is missing, too long, or not to be read.
    #[error(
        "resource_name must have 1 to {ACL_TEXT_LENGTH_MAX} characters and no control characters"
    )]
    Name,
    /// A cluster has one name.
    #[error("the resource_name of a CLUSTER is {CLUSTER_NAME:?}, got {0:?}")]
    Cluster(String),
    /// It is for nobody.
    #[error("principal must be \"User:\" and an id, or \"User:*\", got {0:?}")]
    Principal(String),
    /// Brokers stand behind proxies: where a client comes from is no ground for a decision.
    #[error("host must be \"*\", got {0:?}; limit addresses with an IP filter")]
    Host(String),
}

impl Acl {
    /// Checks what the types alone do not say.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), AclError> {
        let readable = |text: &str| {
            let length = text.chars().count();
            (1..=ACL_TEXT_LENGTH_MAX).contains(&length) && !text.chars().any(char::is_control)
        };
        if !readable(&self.resource_name) {
            return Err(AclError::Name);
        }
        if self.resource_type == ResourceType::Cluster && self.resource_name != CLUSTER_NAME {
            return Err(AclError::Cluster(self.resource_name.clone()));
        }
        if !self.principal.strip_prefix("User:").is_some_and(readable) {
            return Err(AclError::Principal(self.principal.clone()));
        }
        if self.host != "*" {
            return Err(AclError::Host(self.host.clone()));
        }
        Ok(())
    }
}
