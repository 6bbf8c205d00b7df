//! Decisions, as tables: lists on the left, what they allow on the right.

use proptest::prelude::*;

use super::*;
use crate::acl::CLUSTER_NAME;

/// `ALLOW User:sa-1 READ TOPIC orders`; a name that ends with `…` is a prefix.
fn acl(text: &str) -> Acl {
    let words: Vec<&str> = text.split(' ').collect();
    let [permission, principal, operation, resource, name] = words[..] else {
        panic!("{text}");
    };
    let (pattern, name) = match name.strip_suffix('…') {
        Some(prefix) => (Pattern::Prefixed, prefix),
        None => (Pattern::Literal, name),
    };
    Acl {
        resource_type: resource.parse().unwrap(),
        resource_name: name.to_owned(),
        pattern,
        principal: principal.to_owned(),
        host: "*".to_owned(),
        operation: operation.parse().unwrap(),
        permission: permission.parse().unwrap(),
    }
}

fn rules(lists: &[&str]) -> AclRules {
    let acls: Vec<Acl> = lists.iter().map(|text| acl(text)).collect();
    acls.iter().for_each(|acl| acl.check().unwrap());
    AclRules::new(&acls)
}

const ME: &str = "User:sa-1";

use Operation as O;
use ResourceType::{Cluster, Group, Topic, TransactionalId};
use Verdict::{Allowed, Denied, Silent};

/// Lists, and what they say of an operation on a resource.
const VERDICTS: &[(&[&str], O, ResourceType, &str, Verdict)] = &[
    // Nothing is said.
    (&[], O::Read, Topic, "orders", Silent),
    // A literal name is that name alone, of that type alone, for that principal alone.
    (&["ALLOW User:sa-1 READ TOPIC orders"], O::Read, Topic, "orders", Allowed),
    (&["ALLOW User:sa-1 READ TOPIC orders"], O::Read, Topic, "orders2", Silent),
    (&["ALLOW User:sa-1 READ TOPIC orders"], O::Read, Topic, "order", Silent),
    (&["ALLOW User:sa-1 READ TOPIC orders"], O::Read, Topic, "ORDERS", Silent),
    (&["ALLOW User:sa-1 READ TOPIC orders"], O::Read, Group, "orders", Silent),
    (&["ALLOW User:sa-1 READ TOPIC orders"], O::Write, Topic, "orders", Silent),
    (&["ALLOW User:sa-2 READ TOPIC orders"], O::Read, Topic, "orders", Silent),
    (&["ALLOW User:sa-11 READ TOPIC orders"], O::Read, Topic, "orders", Silent),
    // A prefix is every name that starts with it, also the prefix itself.
    (&["ALLOW User:sa-1 READ TOPIC ord…"], O::Read, Topic, "orders", Allowed),
    (&["ALLOW User:sa-1 READ TOPIC ord…"], O::Read, Topic, "ord", Allowed),
    (&["ALLOW User:sa-1 READ TOPIC ord…"], O::Read, Topic, "or", Silent),
    (&["ALLOW User:sa-1 READ TOPIC ord…"], O::Read, Topic, "xord", Silent),
    (&["ALLOW User:sa-1 READ GROUP ü…"], O::Read, Group, "übung", Allowed),
    (&["ALLOW User:sa-1 READ GROUP a…"], O::Read, Group, "ü", Silent),
    // `*` is every name when it is literal, and a character when it is a prefix.
    (&["ALLOW User:sa-1 READ TOPIC *"], O::Read, Topic, "orders", Allowed),
    (&["ALLOW User:sa-1 READ TOPIC *…"], O::Read, Topic, "orders", Silent),
    // Everybody.
    (&["ALLOW User:* READ TOPIC orders"], O::Read, Topic, "orders", Allowed),
    (&["DENY User:* READ TOPIC orders"], O::Read, Topic, "orders", Denied),
    // A denial wins, however the two are written.
    (
        &["ALLOW User:sa-1 READ TOPIC orders", "DENY User:sa-1 READ TOPIC *"],
        O::Read,
        Topic,
        "orders",
        Denied,
    ),
    (
        &["ALLOW User:sa-1 ALL TOPIC *", "DENY User:* READ TOPIC ord…"],
        O::Read,
        Topic,
        "orders",
        Denied,
    ),
    (
        &["ALLOW User:sa-1 ALL TOPIC *", "DENY User:* READ TOPIC ord…"],
        O::Write,
        Topic,
        "orders",
        Allowed,
    ),
    (
        &["DENY User:sa-1 ALL TOPIC orders", "ALLOW User:sa-1 READ TOPIC orders"],
        O::Read,
        Topic,
        "orders",
        Denied,
    ),
    (
        &["DENY User:sa-2 ALL TOPIC orders", "ALLOW User:sa-1 READ TOPIC orders"],
        O::Read,
        Topic,
        "orders",
        Allowed,
    ),
    // What allows more than it says.
    (&["ALLOW User:sa-1 READ TOPIC t"], O::Describe, Topic, "t", Allowed),
    (&["ALLOW User:sa-1 WRITE TOPIC t"], O::Describe, Topic, "t", Allowed),
    (&["ALLOW User:sa-1 DELETE TOPIC t"], O::Describe, Topic, "t", Allowed),
    (&["ALLOW User:sa-1 ALTER TOPIC t"], O::Describe, Topic, "t", Allowed),
    (&["ALLOW User:sa-1 CREATE TOPIC t"], O::Describe, Topic, "t", Silent),
    (&["ALLOW User:sa-1 ALTER_CONFIGS TOPIC t"], O::DescribeConfigs, Topic, "t", Allowed),
    (&["ALLOW User:sa-1 ALTER_CONFIGS TOPIC t"], O::Describe, Topic, "t", Silent),
    (&["ALLOW User:sa-1 DESCRIBE_CONFIGS TOPIC t"], O::Describe, Topic, "t", Silent),
    (&["ALLOW User:sa-1 DESCRIBE TOPIC t"], O::Read, Topic, "t", Silent),
    (&["ALLOW User:sa-1 ALL TOPIC t"], O::DescribeConfigs, Topic, "t", Allowed),
    (&["ALLOW User:sa-1 READ GROUP g"], O::Describe, Group, "g", Allowed),
    (&["ALLOW User:sa-1 WRITE TRANSACTIONAL_ID x"], O::Describe, TransactionalId, "x", Allowed),
    // A denial is of what it says alone.
    (&["DENY User:sa-1 READ TOPIC t"], O::Describe, Topic, "t", Silent),
    (&["DENY User:sa-1 ALTER_CONFIGS TOPIC t"], O::DescribeConfigs, Topic, "t", Silent),
    (
        &["ALLOW User:sa-1 READ TOPIC t", "DENY User:sa-1 DESCRIBE TOPIC t"],
        O::Read,
        Topic,
        "t",
        Allowed,
    ),
    (
        &["ALLOW User:sa-1 READ TOPIC t", "DENY User:sa-1 DESCRIBE TOPIC t"],
        O::Describe,
        Topic,
        "t",
        Denied,
    ),
    // The cluster.
    (&["ALLOW User:sa-1 CREATE CLUSTER kafka-cluster"], O::Create, Cluster, CLUSTER_NAME, Allowed),
    (&["ALLOW User:sa-1 CREATE CLUSTER kafka-cluster"], O::Create, Topic, "t", Silent),
];

#[test]
fn lists_say_what_the_table_says() {
    for (lists, operation, resource, name, expected) in VERDICTS {
        let found = rules(lists).verdict(ME, *operation, *resource, name);
        assert_eq!(found, *expected, "{lists:?}: {operation} {resource} {name}");
    }
}

#[test]
fn role_allows_what_no_list_speaks_of() {
    let rules = rules(&["DENY User:sa-1 WRITE TOPIC secret", "ALLOW User:sa-1 READ TOPIC t"]);
    let permits =
        |role, operation, name| rules.permits(role, ME, operation, ResourceType::Topic, name);
    assert!(permits(true, Operation::Write, "t"));
    assert!(!permits(true, Operation::Write, "secret"), "a denial is stronger than a role");
    assert!(permits(false, Operation::Read, "t"));
    assert!(!permits(false, Operation::Write, "t"));
}

#[test]
fn any_resource_that_might_be_there() {
    let table: &[(&[&str], bool)] = &[
        (&[], false),
        (&["ALLOW User:sa-1 WRITE TOPIC t"], true),
        (&["ALLOW User:* WRITE TOPIC t"], true),
        (&["ALLOW User:sa-2 WRITE TOPIC t"], false),
        (&["ALLOW User:sa-1 READ TOPIC t"], false),
        (&["ALLOW User:sa-1 WRITE GROUP t"], false),
        (&["ALLOW User:sa-1 WRITE TOPIC t…"], true),
        (&["ALLOW User:sa-1 WRITE TOPIC *"], true),
        (&["ALLOW User:sa-1 WRITE TOPIC t", "DENY User:* WRITE TOPIC t"], false),
        (&["ALLOW User:sa-1 WRITE TOPIC tt", "DENY User:* WRITE TOPIC t…"], false),
        (&["ALLOW User:sa-1 WRITE TOPIC t…", "DENY User:* WRITE TOPIC tt…"], true),
        (&["ALLOW User:sa-1 WRITE TOPIC tt…", "DENY User:* WRITE TOPIC t…"], false),
        (&["ALLOW User:sa-1 WRITE TOPIC t…", "DENY User:* WRITE TOPIC t"], true),
        (&["ALLOW User:sa-1 WRITE TOPIC *", "DENY User:* WRITE TOPIC t…"], true),
        (&["ALLOW User:sa-1 WRITE TOPIC t", "DENY User:* ALL TOPIC *"], false),
    ];
    for (lists, expected) in table {
        let found = rules(lists).permits_any(false, ME, Operation::Write, ResourceType::Topic);
        assert_eq!(found, *expected, "{lists:?}");
    }
    let all = |lists| rules(lists).permits_any(true, ME, Operation::Write, ResourceType::Topic);
    assert!(all(&[]));
    assert!(all(&["DENY User:* WRITE TOPIC t"]));
    assert!(!all(&["DENY User:* WRITE TOPIC *"]));
}

/// The rule in its plainest form: look at every list.
fn plain(acls: &[Acl], operation: Operation, resource: ResourceType, name: &str) -> Verdict {
    let applies = |acl: &&Acl| {
        (acl.principal == ME || acl.principal == EVERYBODY)
            && acl.resource_type == resource
            && match acl.pattern {
                Pattern::Literal => acl.resource_name == "*" || acl.resource_name == name,
                Pattern::Prefixed => name.starts_with(&acl.resource_name),
            }
    };
    let (mut denied, mut allowed) = (false, false);
    for acl in acls.iter().filter(applies) {
        let same = acl.operation == operation || acl.operation == Operation::All;
        match acl.permission {
            Permission::Deny => denied |= same,
            Permission::Allow => {
                allowed |= same
                    || matches!(
                        (operation, acl.operation),
                        (O::Describe, O::Read | O::Write | O::Delete | O::Alter)
                            | (O::DescribeConfigs, O::AlterConfigs)
                    );
            }
        }
    }
    match (denied, allowed) {
        (true, _) => Verdict::Denied,
        (false, true) => Verdict::Allowed,
        (false, false) => Verdict::Silent,
    }
}

fn any_acl() -> impl Strategy<Value = Acl> {
    let pick = |all: &'static [&'static str]| prop::sample::select(all).prop_map(str::to_owned);
    (
        prop::sample::select(ResourceType::EVERY),
        pick(&["*", "a", "aa", "ab", "aab", "b", "ä"]),
        prop::sample::select(Pattern::EVERY),
        pick(&["User:sa-1", "User:*", "User:sa-2"]),
        prop::sample::select(Operation::EVERY),
        prop::sample::select(Permission::EVERY),
    )
        .prop_map(
            |(resource_type, resource_name, pattern, principal, operation, permission)| {
                let host = "*".to_owned();
                Acl {
                    resource_type,
                    resource_name,
                    pattern,
                    principal,
                    host,
                    operation,
                    permission,
                }
            },
        )
}

proptest! {
    #[test]
    fn quick_rules_decide_as_plain_ones(acls in prop::collection::vec(any_acl(), 0..12)) {
        let rules = AclRules::new(&acls);
        for resource in ResourceType::EVERY {
            for operation in Operation::EVERY {
                for name in ["a", "aa", "aab", "aabc", "b", "c", "ä", "äb", "*"] {
                    let expected = plain(&acls, *operation, *resource, name);
                    let found = rules.verdict(ME, *operation, *resource, name);
                    prop_assert_eq!(found, expected, "{} {} {}", operation, resource, name);
                }
            }
        }
    }
}
