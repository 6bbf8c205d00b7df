use serde::{Deserialize, Serialize};

use super::{Acl, Operation, Pattern, Permission, ResourceType};

/// Which access control lists are meant. What is absent means any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclFilter {
    /// Only about these.
    pub resource_type: Option<ResourceType>,
    /// Only about this one; how it is compared is `pattern`'s to say.
    pub resource_name: Option<String>,
    /// How names are read and compared.
    pub pattern: PatternFilter,
    /// Only for this one.
    pub principal: Option<String>,
    /// Only from here.
    pub host: Option<String>,
    /// Only for this.
    pub operation: Option<Operation>,
    /// Only these.
    pub permission: Option<Permission>,
}

/// How the names of lists are compared with the name that is looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PatternFilter {
    /// Lists with this very name, however it is read.
    #[default]
    Any,
    /// Lists that a resource of this name is decided by.
    Match,
    /// Lists with this very name that is read so.
    Only(Pattern),
}

impl AclFilter {
    /// Whether a list is meant.
    #[must_use]
    pub fn matches(&self, acl: &Acl) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, there: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == there)
        }
        is(self.resource_type.as_ref(), &acl.resource_type)
            && is(self.principal.as_ref(), &acl.principal)
            && is(self.host.as_ref(), &acl.host)
            && is(self.operation.as_ref(), &acl.operation)
            && is(self.permission.as_ref(), &acl.permission)
            && self.names(acl)
    }

    fn names(&self, acl: &Acl) -> bool {
        if matches!(self.pattern, PatternFilter::Only(pattern) if pattern != acl.pattern) {
            return false;
        }
        let Some(name) = &self.resource_name else { return true };
        match (self.pattern, acl.pattern) {
            (PatternFilter::Match, Pattern::Literal) => {
                acl.resource_name == *name || acl.resource_name == "*"
            }
            (PatternFilter::Match, Pattern::Prefixed) => name.starts_with(&acl.resource_name),
            (PatternFilter::Any | PatternFilter::Only(_), _) => acl.resource_name == *name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(pattern: Pattern, name: &str) -> Acl {
        Acl {
            resource_type: ResourceType::Topic,
            resource_name: name.to_owned(),
            pattern,
            principal: "User:sa-1".to_owned(),
            host: "*".to_owned(),
            operation: Operation::Read,
            permission: Permission::Allow,
        }
    }

    #[test]
    fn patterns_are_compared_as_kafka_does() {
        let lists = [
            acl(Pattern::Literal, "*"),
            acl(Pattern::Literal, "orders"),
            acl(Pattern::Prefixed, "ord"),
            acl(Pattern::Prefixed, "orders"),
        ];
        let found = |pattern, name: Option<&str>| {
            let filter = AclFilter {
                pattern,
                resource_name: name.map(str::to_owned),
                ..AclFilter::default()
            };
            lists.iter().map(|acl| u8::from(filter.matches(acl))).collect::<Vec<_>>()
        };
        assert_eq!(found(PatternFilter::Any, None), [1, 1, 1, 1]);
        assert_eq!(found(PatternFilter::Any, Some("orders")), [0, 1, 0, 1]);
        assert_eq!(found(PatternFilter::Match, Some("orders")), [1, 1, 1, 1]);
        assert_eq!(found(PatternFilter::Match, Some("ordinal")), [1, 0, 1, 0]);
        assert_eq!(found(PatternFilter::Only(Pattern::Literal), Some("*")), [1, 0, 0, 0]);
        assert_eq!(found(PatternFilter::Only(Pattern::Prefixed), None), [0, 0, 1, 1]);
        assert_eq!(found(PatternFilter::Only(Pattern::Prefixed), Some("ord")), [0, 0, 1, 0]);
    }

    #[test]
    fn every_member_narrows_a_search() {
        let there = acl(Pattern::Literal, "orders");
        let all = AclFilter::default();
        assert!(all.matches(&there));
        for other in [
            AclFilter { resource_type: Some(ResourceType::Group), ..all.clone() },
            AclFilter { principal: Some("User:*".to_owned()), ..all.clone() },
            AclFilter { host: Some("10.0.0.1".to_owned()), ..all.clone() },
            AclFilter { operation: Some(Operation::All), ..all.clone() },
            AclFilter { permission: Some(Permission::Deny), ..all },
        ] {
            assert!(!other.matches(&there), "{other:?}");
        }
    }
}
