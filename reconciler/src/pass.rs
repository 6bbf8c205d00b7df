//! One pass: from what is wanted and what the cell said to what is written next.

use crate::ports::{CellWish, Change, ClusterIntent, EnvironmentIntent, Progress};

/// What a pass does after the cell answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Write these, then look again.
    Again(Vec<Change>),
    /// Write these; nothing is left to do.
    Settled(Vec<Change>),
}

/// What the cell should serve.
pub(crate) fn wish(intent: &ClusterIntent) -> CellWish {
    CellWish {
        tenant: intent.tenant,
        present: !intent.delete,
        topics: if intent.delete { Vec::new() } else { intent.topics.clone() },
    }
}

/// What follows from the cell's answer.
pub(crate) fn cluster(intent: &ClusterIntent, progress: Progress) -> Next {
    let served = Change::ClusterServed { generation: intent.generation };
    match progress {
        Progress::Converged if intent.delete => Next::Settled(vec![Change::ClusterGone]),
        Progress::Converged => {
            let mut changes = Vec::new();
            if !intent.settled {
                changes.push(served);
            }
            if !intent.topics.is_empty() {
                let names = intent.topics.iter().map(|topic| topic.name.clone()).collect();
                changes.push(Change::TopicsServed(names));
            }
            Next::Settled(changes)
        }
        // The cluster is usable before its topics are: a topic that fails must not hold it up.
        Progress::TenantEnsured => Next::Again(vec![served]),
        Progress::TopicCreated(name) => Next::Again(vec![Change::TopicsServed(vec![name])]),
        Progress::TopicRefused { name, why } => {
            Next::Again(vec![Change::TopicRefused { name, why }])
        }
        Progress::TenantRemoved => Next::Again(Vec::new()),
    }
}

/// What follows for an environment: it goes when its last cluster is gone. Until then the cluster that
/// goes wakes it.
pub(crate) fn environment(intent: EnvironmentIntent) -> Next {
    if intent.delete && intent.clusters == 0 {
        Next::Settled(vec![Change::EnvironmentGone])
    } else {
        Next::Settled(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::PendingTopic;

    fn intent(settled: bool, delete: bool, topics: &[&str]) -> ClusterIntent {
        let topics = topics
            .iter()
            .map(|name| PendingTopic { name: (*name).to_owned(), ..PendingTopic::default() })
            .collect();
        ClusterIntent { tenant: "lkc-1".parse().unwrap(), generation: 3, settled, delete, topics }
    }

    #[test]
    fn settled_cluster_writes_nothing() {
        assert_eq!(cluster(&intent(true, false, &[]), Progress::Converged), Next::Settled(vec![]));
    }

    #[test]
    fn cluster_is_served_as_soon_as_its_tenant_is_there() {
        let served = Change::ClusterServed { generation: 3 };
        assert_eq!(
            cluster(&intent(false, false, &["a"]), Progress::TenantEnsured),
            Next::Again(vec![served.clone()])
        );
        assert_eq!(
            cluster(&intent(false, false, &["a"]), Progress::Converged),
            Next::Settled(vec![served, Change::TopicsServed(vec!["a".into()])])
        );
    }

    #[test]
    fn deleting_asks_for_no_topics_and_needs_a_look_that_finds_nothing() {
        let going = intent(true, true, &["a"]);
        assert_eq!(wish(&going).topics, vec![]);
        assert!(!wish(&going).present);
        assert_eq!(cluster(&going, Progress::TenantRemoved), Next::Again(vec![]));
        assert_eq!(cluster(&going, Progress::Converged), Next::Settled(vec![Change::ClusterGone]));
    }

    #[test]
    fn environment_waits_for_its_clusters() {
        let intent = |clusters| EnvironmentIntent { generation: 1, delete: true, clusters };
        assert_eq!(environment(intent(1)), Next::Settled(vec![]));
        assert_eq!(environment(intent(0)), Next::Settled(vec![Change::EnvironmentGone]));
    }
}
