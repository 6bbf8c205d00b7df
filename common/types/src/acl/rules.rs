use std::collections::{BTreeMap, HashMap};

use super::{Acl, Operation, Pattern, Permission, ResourceType};

/// All access control lists of a tenant, in a form that decides quickly: a decision costs a few look-ups
/// and one for each length of a prefix, however many lists there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AclRules(HashMap<String, Principal>);

/// What the lists say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A list denies it.
    Denied,
    /// A list allows it, and none denies it.
    Allowed,
    /// No list speaks of it: a role may allow it.
    Silent,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Principal([Names; 4]);

/// Rules by name, for one principal and one type of resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Names {
    every: Rule,
    literal: HashMap<String, Rule>,
    /// By length of the prefix.
    prefixed: BTreeMap<usize, HashMap<String, Rule>>,
}

/// Operations, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Rule {
    allowed: u16,
    denied: u16,
}

/// Whom lists for everybody are for.
const EVERYBODY: &str = "User:*";

impl AclRules {
    /// The rules that these lists make.
    pub fn new<'a>(acls: impl IntoIterator<Item = &'a Acl>) -> Self {
        let mut principals: HashMap<String, Principal> = HashMap::new();
        for acl in acls {
            let principal = principals.entry(acl.principal.clone()).or_default();
            principal.0[index(acl.resource_type)].add(acl);
        }
        Self(principals)
    }

    /// What the lists say of an operation of `principal` (`User:…`) on a resource.
    #[must_use]
    pub fn verdict(
        &self,
        principal: &str,
        operation: Operation,
        resource: ResourceType,
        name: &str,
    ) -> Verdict {
        self.about(principal, resource).map(|names| names.of(name)).fold_to(bit(operation))
    }

    /// Whether an operation is allowed, given whether a role allows what no list speaks of.
    #[must_use]
    pub fn permits(
        &self,
        role: bool,
        principal: &str,
        operation: Operation,
        resource: ResourceType,
        name: &str,
    ) -> bool {
        match self.verdict(principal, operation, resource, name) {
            Verdict::Denied => false,
            Verdict::Allowed => true,
            Verdict::Silent => role,
        }
    }

    /// Whether an operation is allowed on any resource of a type that might be there.
    #[must_use]
    pub fn permits_any(
        &self,
        role: bool,
        principal: &str,
        operation: Operation,
        resource: ResourceType,
    ) -> bool {
        let bit = bit(operation);
        let every = self.about(principal, resource).map(|names| names.every).fold_to(bit);
        match every {
            Verdict::Denied => return false,
            Verdict::Allowed => return true,
            Verdict::Silent if role => return true,
            Verdict::Silent => {}
        }
        let verdict = |name: &str| self.verdict(principal, operation, resource, name);
        // Names behind a prefix are not denied by a list about the one that is the prefix itself.
        let behind = |prefix: &str| {
            self.about(principal, resource).map(|names| names.behind(prefix)).fold_to(bit)
        };
        let allows = |rule: &Rule| rule.allowed & bit != 0;
        self.about(principal, resource).any(|names| {
            let mut literal = names.literal.iter().filter(|(_, rule)| allows(rule));
            let mut prefixes = names.prefixed.values().flatten().filter(|(_, rule)| allows(rule));
            literal.any(|(name, _)| verdict(name) == Verdict::Allowed)
                || prefixes.any(|(prefix, _)| behind(prefix) == Verdict::Allowed)
        })
    }

    /// What is written for the principal, and for everybody.
    fn about<'a>(
        &'a self,
        principal: &str,
        resource: ResourceType,
    ) -> impl Iterator<Item = &'a Names> {
        let own = self.0.get(principal);
        let shared = self.0.get(EVERYBODY);
        own.into_iter().chain(shared).map(move |p| &p.0[index(resource)])
    }
}

impl Names {
    fn add(&mut self, acl: &Acl) {
        let name = &acl.resource_name;
        let rule = match acl.pattern {
            Pattern::Literal if name == "*" => &mut self.every,
            Pattern::Literal => self.literal.entry(name.clone()).or_default(),
            Pattern::Prefixed => {
                let same_length = self.prefixed.entry(name.len()).or_default();
                same_length.entry(name.clone()).or_default()
            }
        };
        match acl.permission {
            Permission::Deny => rule.denied |= denied(acl.operation),
            Permission::Allow => rule.allowed |= allowed(acl.operation),
        }
    }

    /// What is said of a name.
    fn of(&self, name: &str) -> Rule {
        self.literal.get(name).copied().unwrap_or_default().and(self.behind(name))
    }

    /// What is said of all names that start with this.
    fn behind(&self, name: &str) -> Rule {
        let mut all = self.every;
        for (length, prefixes) in self.prefixed.range(..=name.len()) {
            let rule = name.get(..*length).and_then(|prefix| prefixes.get(prefix));
            all = rule.map_or(all, |rule| all.and(*rule));
        }
        all
    }
}

impl Rule {
    const fn and(self, other: Self) -> Self {
        Self { allowed: self.allowed | other.allowed, denied: self.denied | other.denied }
    }
}

trait FoldTo {
    fn fold_to(self, bit: u16) -> Verdict;
}

impl<I: Iterator<Item = Rule>> FoldTo for I {
    /// What rules together say of one operation.
    fn fold_to(self, bit: u16) -> Verdict {
        let rule = self.fold(Rule::default(), Rule::and);
        if rule.denied & bit != 0 {
            Verdict::Denied
        } else if rule.allowed & bit != 0 {
            Verdict::Allowed
        } else {
            Verdict::Silent
        }
    }
}

const fn index(resource: ResourceType) -> usize {
    match resource {
        ResourceType::Topic => 0,
        ResourceType::Group => 1,
        ResourceType::Cluster => 2,
        ResourceType::TransactionalId => 3,
    }
}

const fn bit(operation: Operation) -> u16 {
    1 << operation.code()
}

/// A denial is of the operation alone.
const fn denied(operation: Operation) -> u16 {
    if matches!(operation, Operation::All) { u16::MAX } else { bit(operation) }
}

/// Who may use or change a thing may know of it.
const fn allowed(operation: Operation) -> u16 {
    use Operation as O;
    match operation {
        O::All => u16::MAX,
        O::Read | O::Write | O::Delete | O::Alter => bit(operation) | bit(O::Describe),
        O::AlterConfigs => bit(operation) | bit(O::DescribeConfigs),
        O::Create | O::Describe | O::ClusterAction | O::DescribeConfigs | O::IdempotentWrite => {
            bit(operation)
        }
    }
}

#[cfg(test)]
mod tests;
