//! OpenAPI files as values, with their references followed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// One file.
pub(super) struct Document {
    root: Value,
}

impl Document {
    /// JSON is YAML as well, but reading it as JSON is much quicker.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        let is_json = path.extension().is_some_and(|end| end == "json");
        let root = if is_json {
            serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))?
        } else {
            serde_yaml_ng::from_str(&text).with_context(|| format!("parse {}", path.display()))?
        };
        Ok(Self { root })
    }

    /// All descriptions in a folder, in the order of their names.
    pub(super) fn folder(folder: &Path) -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| ["json", "yaml", "yml"].iter().any(|e| end == *e))
            {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.root.get("paths").and_then(Value::as_object).into_iter().flatten()
    }

    /// Follows `$ref` as far as it goes inside of this file; a reference to nowhere is an empty schema.
    pub(super) fn follow<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        // A chain that is longer than this is a circle.
        for _ in 0..16 {
            let Some(pointer) = reference(value) else { return value };
            value = self.root.pointer(pointer).unwrap_or(&Value::Null);
        }
        &Value::Null
    }

    #[cfg(test)]
    pub(super) fn of(root: Value) -> Self {
        Self { root }
    }
}

/// Where a `$ref` of the same file points to.
pub(super) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix('#')
}
