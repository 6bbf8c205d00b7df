use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace;

/// The data of the rules, from `xtask/tidy/rules.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    /// Tier name to crate patterns; names sort from the bottom to the top.
    pub(super) tiers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) sideways: BTreeMap<String, Vec<String>>,
    pub(super) chain: Chain,
    #[serde(default)]
    pub(super) walls: Vec<Wall>,
    #[serde(default)]
    pub(super) nowhere: Vec<Nowhere>,
    #[serde(default)]
    pub(super) fences: Vec<Fence>,
    pub(super) licences: Licences,
    pub(super) lines: Lines,
    pub(super) blobs: Blobs,
    pub(super) names: Names,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Chain {
    pub(super) max: usize,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Wall {
    pub(super) crates: Vec<String>,
    pub(super) only: Vec<String>,
    pub(super) reason: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Nowhere {
    pub(super) crates: Vec<String>,
    pub(super) reason: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Fence {
    pub(super) below: String,
    pub(super) but: Vec<String>,
    pub(super) words: Vec<String>,
    pub(super) reason: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Licences {
    pub(super) allow: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Lines {
    pub(super) note: usize,
    pub(super) refuse: usize,
    pub(super) function: usize,
    #[serde(default)]
    pub(super) pages: BTreeMap<String, usize>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Blobs {
    pub(super) max_kib: u64,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Names {
    pub(super) banned: Vec<String>,
}

impl Rules {
    pub(super) fn read() -> Result<Self> {
        let path = workspace::root().join("xtask/tidy/rules.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("parse {}", path.display()))
    }
}

/// Whether `name` is one of `patterns`, where a pattern may end in `*`.
pub(super) fn matches_any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_matches_the_rest_of_a_name() {
        let patterns = ["aws-*".to_owned(), "kube".to_owned()];
        assert!(matches_any(&patterns, "aws-sdk-s3"));
        assert!(matches_any(&patterns, "kube"));
        assert!(!matches_any(&patterns, "kubectl"));
    }
}
