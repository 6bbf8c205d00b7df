use std::collections::BTreeMap;

use serde_json::Value;

const TOP: &str = "\
# REST operations

Every operation of [openapi/openapi.json](../../openapi/openapi.json), which has parameters and schemas. Paths work with and
without the prefix `/api`. Sign in with HTTP Basic: a Cloud key's id and secret. This page is written from the
specification; `WEIR_BLESS=1 cargo test -p docs` renews it.
";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Why no page can be written.
#[derive(Debug)]
pub enum RestError {
    /// The text is not JSON.
    NotJson(serde_json::Error),
    /// The document has no object `paths`.
    NoPaths,
}

/// The list of operations in an OpenAPI document, by tag.
///
/// # Errors
/// When the text is no OpenAPI document.
pub fn rest(openapi: &str) -> Result<String, RestError> {
    let openapi: Value = serde_json::from_str(openapi).map_err(RestError::NotJson)?;
    let paths = openapi.get("paths").and_then(Value::as_object).ok_or(RestError::NoPaths)?;
    let mut by_tag: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, operations) in paths {
        for method in METHODS {
            let Some(operation) = operations.get(method) else { continue };
            let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or("");
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("Other");
            let (id, summary) = (text("operationId"), text("summary"));
            let row = format!("| {} | `{path}` | `{id}` | {summary} |\n", method.to_uppercase());
            by_tag.entry(tag).or_default().push(row);
        }
    }
    let mut page = String::from(TOP);
    for (tag, rows) in by_tag {
        page.push_str(&format!(
            "\n## {tag}\n\n| Method | Path | Operation | Does |\n|---|---|---|---|\n"
        ));
        page.extend(rows);
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_listed_by_tag() {
        let openapi =
            r#"{"paths":{"/a":{"get":{"tags":["T"],"operationId":"list_a","summary":"List"}}}}"#;
        let page = rest(openapi).unwrap();
        assert!(page.contains("## T\n") && page.contains("| GET | `/a` | `list_a` | List |"));
        assert!(rest("{}").is_err());
    }
}
