//! What there is below a schema, and what differs between two of them.

use std::collections::{BTreeMap, BTreeSet};

/// One value of a schema.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Empty where the schema does not say.
    pub(super) types: BTreeSet<String>,
    pub(super) nullable: bool,
    /// The values of an enumeration.
    pub(super) values: Option<BTreeSet<String>>,
    /// Whether more values may come later, which clients were told.
    pub(super) open: bool,
    /// Whether it is there whenever what it is in is there.
    pub(super) required: bool,
}

/// Members by their paths.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Shape(pub(super) BTreeMap<String, Member>);

impl Shape {
    /// Two descriptions of one value both hold: of `allOf`, and of a schema beside its choices.
    pub(super) fn add(&mut self, path: &str, member: Member) {
        let Some(known) = self.0.get_mut(path) else {
            self.0.insert(path.to_owned(), member);
            return;
        };
        known.types.extend(member.types);
        known.nullable |= member.nullable;
        known.open |= member.open;
        known.required |= member.required;
        if let Some(values) = member.values {
            known.values.get_or_insert_default().extend(values);
        }
    }

    /// Exactly one of these holds as well.
    pub(super) fn merge_choices(&mut self, choices: &[Self]) {
        let paths: BTreeSet<&String> = choices.iter().flat_map(|choice| choice.0.keys()).collect();
        for path in paths {
            let having: Vec<&Member> =
                choices.iter().filter_map(|choice| choice.0.get(path)).collect();
            let in_all = having.len() == choices.len();
            // A choice without an enumeration takes every value.
            let free = having.iter().any(|member| member.values.is_none());
            for member in &having {
                let required = in_all && having.iter().all(|member| member.required);
                let values = if free { None } else { member.values.clone() };
                self.add(path, Member { required, values, ..(*member).clone() });
            }
        }
    }

    /// The path of what a member is in; none for the whole.
    pub(super) fn parent(path: &str) -> Option<&str> {
        if path.is_empty() {
            return None;
        }
        if let Some(list) = path.strip_suffix("[]").or_else(|| path.strip_suffix("{}")) {
            return Some(list);
        }
        Some(path.rfind('.').map_or("", |dot| &path[..dot]))
    }

    /// Paths of `self` that `other` lacks; nothing below a path that is lacked already.
    pub(super) fn lacked_by<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a str, &'a Member)> {
        self.0.iter().filter_map(|(path, member)| {
            let inside = Self::parent(path).is_none_or(|parent| other.has(parent));
            (inside && !other.has(path)).then_some((path.as_str(), member))
        })
    }

    /// Whether a value may be at a path: also below one of which nothing is said.
    fn has(&self, path: &str) -> bool {
        if self.0.contains_key(path) {
            return true;
        }
        let mut above = Self::parent(path);
        while let Some(parent) = above {
            if let Some(member) = self.0.get(parent) {
                return member.types.is_empty() && !self.is_described(parent);
            }
            above = Self::parent(parent);
        }
        false
    }

    fn is_described(&self, path: &str) -> bool {
        self.0.keys().any(|other| Self::parent(other) == Some(path))
    }

    /// Paths that both have.
    pub(super) fn shared<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a str, &'a Member, &'a Member)> {
        self.0.iter().filter_map(|(path, member)| Some((path.as_str(), member, other.0.get(path)?)))
    }
}

/// Whether values of these types can be read as those; a whole number is a number.
pub(super) fn is_within(types: &BTreeSet<String>, others: &BTreeSet<String>) -> bool {
    let fits =
        |one: &String| others.contains(one) || (one == "integer" && others.contains("number"));
    types.is_empty() || others.is_empty() || types.iter().all(fits)
}

pub(super) fn words(set: &BTreeSet<String>) -> String {
    set.iter().map(String::as_str).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_end_at_the_whole() {
        assert_eq!(Shape::parent("data[].spec.id"), Some("data[].spec"));
        assert_eq!(Shape::parent("data[]"), Some("data"));
        assert_eq!(Shape::parent("data"), Some(""));
        assert_eq!(Shape::parent(""), None);
    }

    #[test]
    fn what_only_some_choices_have_is_not_always_there() {
        let choice = |path: &str| {
            let member = Member { required: true, ..Member::default() };
            Shape(BTreeMap::from([("kind".to_owned(), member.clone()), (path.to_owned(), member)]))
        };
        let mut shape = Shape::default();
        shape.merge_choices(&[choice("a"), choice("b")]);
        assert!(shape.0["kind"].required && !shape.0["a"].required && !shape.0["b"].required);
    }
}
