//! The differences that are known, from the table of the page that explains them.

use std::fs;

use anyhow::{Context, Result};

use super::compare::Difference;
use crate::workspace;

/// Below the root of the workspace.
pub(super) const PAGE: &str = "docs/reference/contract.md";

/// A row: operations and differences, each with `*` for anything, and why it is so.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) operation: String,
    pub(super) what: String,
}

impl Row {
    pub(super) fn accepts(&self, difference: &Difference) -> bool {
        is_like(&self.operation, &difference.operation) && is_like(&self.what, &difference.what)
    }

    /// Whether it speaks of an operation.
    pub(super) fn is_about(&self, operation: &str) -> bool {
        is_like(&self.operation, operation)
    }
}

pub(super) fn read() -> Result<Vec<Row>> {
    let path = workspace::root().join(PAGE);
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    Ok(rows(&text))
}

/// Rows of three cells, of which the first two are code and the third says something.
fn rows(text: &str) -> Vec<Row> {
    let code = |cell: &str| Some(cell.trim().strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').collect();
        let [operation, what, why] = cells[..] else { return None };
        let has_reason = !why.trim().is_empty();
        has_reason.then_some(Row { operation: code(operation)?, what: code(what)? })
    };
    text.lines().filter_map(row).collect()
}

/// Whether a text is as a pattern says.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && is_like(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_reason_accept_nothing() {
        let text = "|Operation|Difference|Why|\n|---|---|---|\n| `GET /a` | `x` |  |\n| `GET /b*` | `y *` | so |";
        let found = rows(text);
        assert_eq!(found.len(), 1);
        let difference = |operation: &str, what: &str| Difference {
            operation: operation.to_owned(),
            what: what.to_owned(),
        };
        assert!(found[0].accepts(&difference("GET /b/c", "y 1")));
        assert!(!found[0].accepts(&difference("GET /b/c", "z 1")));
        assert!(!found[0].accepts(&difference("PUT /b/c", "y 1")));
    }

    #[test]
    fn stars_stand_for_anything() {
        assert!(is_like("a*c*", "abcd") && is_like("*", "") && is_like("a*", "a"));
        assert!(!is_like("a*c", "abcd") && !is_like("a", "ab"));
    }
}
