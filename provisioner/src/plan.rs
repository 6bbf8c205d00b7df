use std::collections::BTreeSet;

use common_types::TenantId;

/// What a cell should serve for one logical cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The cluster.
    pub tenant: TenantId,
    /// Whether it should be there at all.
    pub present: bool,
    /// Topics that must be there; others are left alone, because the cell owns topics.
    pub topics: Vec<DesiredTopic>,
}

/// A topic that must be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DesiredTopic {
    /// Unique within the cluster.
    pub name: String,
    /// `None` is the cell's default.
    pub partitions: Option<i32>,
    /// `None` is the cell's default.
    pub replication_factor: Option<i32>,
    /// Overrides.
    pub configs: Vec<(String, Option<String>)>,
}

/// What a cell serves for one logical cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Whether it is there at all.
    pub tenant: bool,
    /// Names of its topics.
    pub topics: BTreeSet<String>,
}

/// One change of a cell. Applying it again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the tenant.
    EnsureTenant,
    /// Make a topic.
    CreateTopic(DesiredTopic),
    /// Remove the tenant with everything in it.
    RemoveTenant,
}

impl Step {
    /// Names the step in logs and events.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::EnsureTenant => "ensure_tenant",
            Self::CreateTopic(_) => "create_topic",
            Self::RemoveTenant => "remove_tenant",
        }
    }
}

/// The steps from what is there to what is wanted, in order.
#[must_use]
pub fn plan(desired: &Desired, observed: &Observed) -> Vec<Step> {
    if !desired.present {
        return if observed.tenant { vec![Step::RemoveTenant] } else { Vec::new() };
    }
    let mut steps = Vec::new();
    if !observed.tenant {
        steps.push(Step::EnsureTenant);
    }
    let mut planned = BTreeSet::new();
    for topic in &desired.topics {
        let served = observed.tenant && observed.topics.contains(&topic.name);
        if !served && planned.insert(&topic.name) {
            steps.push(Step::CreateTopic(topic.clone()));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn observe(observed: &mut Observed, step: &Step) {
        match step {
            Step::EnsureTenant => observed.tenant = true,
            Step::CreateTopic(topic) => {
                assert!(observed.tenant, "a topic before its tenant");
                observed.topics.insert(topic.name.clone());
            }
            Step::RemoveTenant => *observed = Observed::default(),
        }
    }

    fn topic(name: &str) -> DesiredTopic {
        DesiredTopic { name: name.to_owned(), ..DesiredTopic::default() }
    }

    fn desired(present: bool, names: &[String]) -> Desired {
        let topics = names.iter().map(|name| topic(name)).collect();
        Desired { tenant: "lkc-1".parse().unwrap(), present, topics }
    }

    #[test]
    fn steps_come_in_order() {
        let wish = desired(true, &["a".into(), "b".into()]);
        let nothing = Observed::default();
        let steps =
            vec![Step::EnsureTenant, Step::CreateTopic(topic("a")), Step::CreateTopic(topic("b"))];
        assert_eq!(plan(&wish, &nothing), steps);
        let there = Observed { tenant: true, topics: BTreeSet::from(["b".into(), "own".into()]) };
        assert_eq!(plan(&wish, &there), vec![Step::CreateTopic(topic("a"))]);
        assert_eq!(plan(&desired(false, &["a".into()]), &there), vec![Step::RemoveTenant]);
        assert_eq!(plan(&desired(false, &[]), &nothing), vec![]);
    }

    proptest! {
        #[test]
        fn applying_the_first_step_again_and_again_ends_with_nothing_to_do(
            present: bool,
            wanted in prop::collection::vec("[a-d]", 0..6),
            tenant: bool,
            served in prop::collection::btree_set("[a-f]", 0..6),
        ) {
            let wish = desired(present, &wanted);
            let mut observed = Observed { tenant, topics: if tenant { served.clone() } else { BTreeSet::new() } };
            let bound = wanted.len() + 2;
            for _ in 0..bound {
                let steps = plan(&wish, &observed);
                let Some(first) = steps.first() else { break };
                observe(&mut observed, first);
            }
            prop_assert_eq!(plan(&wish, &observed), vec![]);
            prop_assert_eq!(observed.tenant, present);
            if present && tenant {
                prop_assert!(served.is_subset(&observed.topics), "a topic of the cell was lost");
            }
        }
    }
}
