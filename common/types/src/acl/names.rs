use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that stands for nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is none of {expected}")]
pub struct UnknownName {
    text: String,
    expected: String,
}

/// An enumeration whose members have a public name and a number on Kafka's wire.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $member:ident = $code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $text)] $member,)+
        }

        impl $name {
            /// Every member, by number.
            pub const EVERY: &'static [Self] = &[$(Self::$member),+];

            /// The public name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)+ }
            }

            /// The number on Kafka's wire.
            #[must_use]
            pub const fn code(self) -> i8 {
                match self { $(Self::$member => $code,)+ }
            }

            /// The member with a number.
            #[must_use]
            pub const fn from_code(code: i8) -> Option<Self> {
                match code { $($code => Some(Self::$member),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    $($text => Ok(Self::$member),)+
                    _ => Err(UnknownName {
                        text: text.to_owned(),
                        expected: [$($text),+].join(", "),
                    }),
                }
            }
        }
    };
}

named! {
    /// What an access control list is about.
    ResourceType {
        /// Topics.
        Topic = 2 "TOPIC",
        /// Consumer groups.
        Group = 3 "GROUP",
        /// The cluster itself.
        Cluster = 4 "CLUSTER",
        /// Transactional ids.
        TransactionalId = 5 "TRANSACTIONAL_ID",
    }
}

named! {
    /// How the name in a list is read.
    Pattern {
        /// The name itself; `*` is every name.
        Literal = 3 "LITERAL",
        /// Every name that starts with it.
        Prefixed = 4 "PREFIXED",
    }
}

named! {
    /// What a list speaks of.
    Operation {
        /// Every operation.
        All = 2 "ALL",
        /// Fetch, and being a member of a group.
        Read = 3 "READ",
        /// Produce.
        Write = 4 "WRITE",
        /// Make a topic.
        Create = 5 "CREATE",
        /// Delete it, or its records.
        Delete = 6 "DELETE",
        /// Change it: its partitions, or the lists of a cluster.
        Alter = 7 "ALTER",
        /// Know of it.
        Describe = 8 "DESCRIBE",
        /// What brokers do among themselves.
        ClusterAction = 9 "CLUSTER_ACTION",
        /// Read its configuration.
        DescribeConfigs = 10 "DESCRIBE_CONFIGS",
        /// Change its configuration.
        AlterConfigs = 11 "ALTER_CONFIGS",
        /// Produce with sequence numbers.
        IdempotentWrite = 12 "IDEMPOTENT_WRITE",
    }
}

named! {
    /// What a list says.
    Permission {
        /// No, whatever else says yes.
        Deny = 2 "DENY",
        /// Yes.
        Allow = 3 "ALLOW",
    }
}

impl ResourceType {
    /// The operations that there are on such a resource.
    #[must_use]
    pub const fn operations(self) -> &'static [Operation] {
        use Operation as O;
        match self {
            Self::Topic => &[
                O::Read,
                O::Write,
                O::Create,
                O::Delete,
                O::Alter,
                O::Describe,
                O::DescribeConfigs,
                O::AlterConfigs,
            ],
            Self::Group => &[O::Read, O::Delete, O::Describe],
            Self::Cluster => &[
                O::Create,
                O::Alter,
                O::Describe,
                O::ClusterAction,
                O::DescribeConfigs,
                O::AlterConfigs,
                O::IdempotentWrite,
            ],
            Self::TransactionalId => &[O::Write, O::Describe],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_read_back() {
        for operation in Operation::EVERY {
            assert_eq!(operation.as_str().parse(), Ok(*operation));
            assert_eq!(Operation::from_code(operation.code()), Some(*operation));
        }
        assert_eq!(Operation::from_code(1), None, "ANY is for searches");
        let error = "allow".parse::<Permission>().unwrap_err();
        assert_eq!(error.to_string(), "\"allow\" is none of DENY, ALLOW");
    }
}
