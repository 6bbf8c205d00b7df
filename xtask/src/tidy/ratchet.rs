use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::finding::Finding;
use crate::workspace;

/// How much of what. The key says where; the value is how far over a limit it already is.
pub(super) type Counts = BTreeMap<String, usize>;

/// What is over a limit and was there before the limit. It only shrinks.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ratchet {
    /// `file::function` to lines.
    #[serde(default)]
    pub(super) functions: Counts,
    /// `lib.rs` or `mod.rs` to items of logic in it.
    #[serde(default)]
    pub(super) roots: Counts,
    /// Crate name to versions in the graph.
    #[serde(default)]
    pub(super) duplicates: Counts,
}

impl Ratchet {
    pub(super) fn read() -> Result<Self> {
        let path = path();
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("parse {}", path.display()))
    }

    /// Writes what was measured, if that is no more than before.
    pub(super) fn bless(&self, measured: &Self) -> Result<()> {
        let grown = [
            grown("functions", &measured.functions, &self.functions),
            grown("roots", &measured.roots, &self.roots),
            grown("duplicates", &measured.duplicates, &self.duplicates),
        ]
        .concat();
        if let Some(first) = grown.first() {
            bail!("the ratchet only shrinks: {first} ({} in all)", grown.len());
        }
        let path = path();
        std::fs::write(&path, measured.to_toml())
            .with_context(|| format!("write {}", path.display()))
    }

    fn to_toml(&self) -> String {
        let mut text = String::from(
            "# What is over a limit of rules.toml. `cargo xtask tidy --bless` lowers numbers, never raises them.\n",
        );
        let tables = [
            ("functions", &self.functions),
            ("roots", &self.roots),
            ("duplicates", &self.duplicates),
        ];
        for (table, counts) in tables {
            text.push_str(&format!("\n[{table}]\n"));
            for (key, count) in counts {
                text.push_str(&format!("{key:?} = {count}\n"));
            }
        }
        text
    }
}

/// Findings for what grew, and for entries that stand for nothing any more.
pub(super) fn compare(rule: &'static str, measured: &Counts, ratchet: &Counts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, count) in measured {
        match ratchet.get(place) {
            None => findings.push(Finding::new(rule, place, format!("{count} is over the limit"))),
            Some(before) if count > before => {
                findings.push(Finding::new(rule, place, format!("grew from {before} to {count}")));
            }
            Some(_) => {}
        }
    }
    for place in ratchet.keys().filter(|place| !measured.contains_key(*place)) {
        let message =
            "is within the limit: drop it from the ratchet with `cargo xtask tidy --bless`";
        findings.push(Finding::new(rule, place, message));
    }
    findings
}

fn grown(table: &str, measured: &Counts, before: &Counts) -> Vec<String> {
    let more = measured.iter().filter(|(key, count)| before.get(*key).is_none_or(|b| *count > b));
    more.map(|(key, count)| format!("{table}.{key:?} would be {count}")).collect()
}

fn path() -> PathBuf {
    workspace::root().join("xtask/tidy/ratchet.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(entries: &[(&str, usize)]) -> Counts {
        entries.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
    }

    #[test]
    fn growth_novelty_and_stale_entries_are_found() {
        let before = counts(&[("same", 80), ("grew", 80), ("shrank", 80), ("gone", 80)]);
        let after = counts(&[("same", 80), ("grew", 81), ("shrank", 79), ("new", 71)]);
        let places: Vec<_> = compare("r", &after, &before).into_iter().map(|f| f.place).collect();
        assert_eq!(places, ["grew", "new", "gone"]);
    }

    #[test]
    fn bless_refuses_to_raise_a_number() {
        let before = Ratchet { functions: counts(&[("f", 80)]), ..Ratchet::default() };
        let after = Ratchet { functions: counts(&[("f", 81)]), ..Ratchet::default() };
        let error = before.bless(&after).unwrap_err().to_string();
        assert_eq!(error, "the ratchet only shrinks: functions.\"f\" would be 81 (1 in all)");
    }

    #[test]
    fn written_ratchet_reads_back() {
        let ratchet = Ratchet {
            functions: counts(&[("a/b.rs::run", 90)]),
            roots: counts(&[("a/mod.rs", 2)]),
            duplicates: counts(&[("rand", 3)]),
        };
        assert_eq!(toml::from_str::<Ratchet>(&ratchet.to_toml()).unwrap(), ratchet);
    }
}
