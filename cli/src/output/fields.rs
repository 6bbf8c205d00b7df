use serde_json::{Map, Value};

use super::Column;
use crate::error::CliError;

/// One asked-for field: a column's title in any case, or a dotted path into the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) pointer: String,
}

/// Resolves `--fields` against the columns that a command has.
pub(super) fn resolve(
    names: &[String],
    columns: &[Column],
    rows: &[&Value],
) -> Result<Vec<Field>, CliError> {
    names.iter().map(|name| resolve_one(name, columns, rows)).collect()
}

fn resolve_one(name: &str, columns: &[Column], rows: &[&Value]) -> Result<Field, CliError> {
    let normal = |s: &str| s.replace([' ', '-'], "_").to_lowercase();
    if let Some(column) = columns.iter().find(|c| normal(c.title) == normal(name)) {
        return Ok(Field { name: name.to_owned(), pointer: column.pointer.to_owned() });
    }
    let pointer = format!("/{}", name.replace('.', "/"));
    if rows.is_empty() || rows.iter().any(|row| row.pointer(&pointer).is_some()) {
        return Ok(Field { name: name.to_owned(), pointer });
    }
    let known: Vec<_> = columns.iter().map(|c| normal(c.title)).collect();
    let error = CliError::usage("fields.unknown", format!("there is no field \"{name}\"")).suggest(
        format!(
            "Use one of {}, or a path into the JSON such as `metadata.created_at`.",
            known.join(", ")
        ),
    );
    Err(error)
}

/// The object reduced to the asked-for fields.
pub(super) fn reduce(row: &Value, fields: &[Field]) -> Value {
    let members = fields.iter().map(|field| {
        (field.name.clone(), row.pointer(&field.pointer).cloned().unwrap_or(Value::Null))
    });
    Value::Object(members.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: &[Column] =
        &[Column::new("ID", "/id"), Column::new("NAME", "/spec/display_name")];

    #[test]
    fn titles_and_paths_are_fields() {
        let row = json!({"id": "x", "spec": {"display_name": "n", "cloud": "AWS"}});
        let names = ["name".to_owned(), "spec.cloud".to_owned()];
        let fields = resolve(&names, COLUMNS, &[&row]).unwrap();
        assert_eq!(reduce(&row, &fields), json!({"name": "n", "spec.cloud": "AWS"}));
    }

    #[test]
    fn an_unknown_field_lists_the_known_ones() {
        let row = json!({"id": "x"});
        let error = resolve(&["nmae".to_owned()], COLUMNS, &[&row]).unwrap_err();
        assert!(error.suggestions[0].contains("id, name"), "{:?}", error.suggestions);
    }
}
