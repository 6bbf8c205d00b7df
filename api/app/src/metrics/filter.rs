use std::collections::BTreeSet;

use super::{Label, Metric};

/// What a condition or a group is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The cluster: `resource.kafka.id`.
    Cluster,
    /// A label of the metric.
    Label(Label),
}

/// Which series are wanted. Texts are compared as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// The field is this.
    Equal(Field, String),
    /// The field is greater.
    Greater(Field, String),
    /// The field is this, or greater.
    AtLeast(Field, String),
    /// All hold.
    And(Vec<Filter>),
    /// One holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
}

impl Field {
    /// The field with this public name, of a metric or, without one, of any.
    #[must_use]
    pub fn named(name: &str, metric: Option<Metric>) -> Option<Self> {
        if name == Self::Cluster.name() {
            return Some(Self::Cluster);
        }
        let all = [Label::Topic, Label::Type];
        let labels = metric.map_or(&all[..], |metric| metric.info().labels);
        // Before version 2 labels had another prefix.
        let label = |label: &&Label| {
            label.field() == name || name.strip_prefix("metric.label.") == Some(label.key())
        };
        labels.iter().find(label).copied().map(Self::Label)
    }

    /// Its public name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cluster => "resource.kafka.id",
            Self::Label(label) => label.field(),
        }
    }

    /// The field of a series. A label that the series does not have is empty.
    pub(super) fn of<'a>(self, cluster: &'a str, labels: &'a [(Label, String)]) -> &'a str {
        match self {
            Self::Cluster => cluster,
            Self::Label(label) => labels
                .iter()
                .find(|(have, _)| *have == label)
                .map_or("", |(_, value)| value.as_str()),
        }
    }
}

impl Filter {
    /// Whether a series is wanted.
    pub(super) fn holds(&self, cluster: &str, labels: &[(Label, String)]) -> bool {
        match self {
            Self::Equal(field, value) => field.of(cluster, labels) == value,
            Self::Greater(field, value) => field.of(cluster, labels) > value.as_str(),
            Self::AtLeast(field, value) => field.of(cluster, labels) >= value.as_str(),
            Self::And(all) => all.iter().all(|one| one.holds(cluster, labels)),
            Self::Or(any) => any.iter().any(|one| one.holds(cluster, labels)),
            Self::Not(one) => !one.holds(cluster, labels),
        }
    }

    /// Every cluster that is named, also by what must not hold.
    pub(crate) fn clusters(&self) -> BTreeSet<&str> {
        match self {
            Self::Equal(Field::Cluster, id) => [id.as_str()].into(),
            Self::Equal(..) | Self::Greater(..) | Self::AtLeast(..) => BTreeSet::new(),
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::clusters).collect(),
            Self::Not(one) => one.clusters(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> Filter {
        Filter::Equal(Field::Label(Label::Topic), name.to_owned())
    }

    #[test]
    fn conditions_are_joined_and_turned_round() {
        let labels = |name: &str| vec![(Label::Topic, name.to_owned())];
        let cluster = || Filter::Equal(Field::Cluster, "lkc-1".to_owned());
        let filter = Filter::And(vec![
            cluster(),
            Filter::Or(vec![topic("a"), topic("b")]),
            Filter::Not(Box::new(topic("b"))),
        ]);
        assert!(filter.holds("lkc-1", &labels("a")));
        assert!(!filter.holds("lkc-1", &labels("b")));
        assert!(!filter.holds("lkc-2", &labels("a")));
        assert!(!filter.holds("lkc-1", &[]));
        let later = |name: &str| Filter::Greater(Field::Label(Label::Topic), name.to_owned());
        assert!(later("a").holds("", &labels("aa")) && !later("a").holds("", &labels("a")));
        let from = Filter::AtLeast(Field::Label(Label::Topic), "b".to_owned());
        assert!(from.holds("", &labels("b")) && !from.holds("", &labels("a")));
    }

    #[test]
    fn clusters_are_found_wherever_they_are_named() {
        let named = |id: &str| Filter::Equal(Field::Cluster, id.to_owned());
        let filter = Filter::And(vec![
            Filter::Or(vec![named("b"), named("a")]),
            Filter::Not(Box::new(named("c"))),
            topic("t"),
        ]);
        assert_eq!(filter.clusters().into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn fields_are_those_of_the_metric() {
        let bytes = Some(Metric::ReceivedBytes);
        assert_eq!(Field::named("metric.topic", bytes), Some(Field::Label(Label::Topic)));
        assert_eq!(Field::named("metric.label.topic", bytes), Some(Field::Label(Label::Topic)));
        assert_eq!(Field::named("metric.type", bytes), None);
        assert_eq!(Field::named("metric.type", None), Some(Field::Label(Label::Type)));
        assert_eq!(Field::named("resource.kafka.id", bytes), Some(Field::Cluster));
    }
}
