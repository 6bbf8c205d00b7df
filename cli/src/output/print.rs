use std::io::{self, Write as _};

use serde_json::Value;

use super::cell::text_of;
use super::fields::{self, Field};
use super::{Column, Data, Format, Outcome, note, table};
use crate::error::CliError;

/// Writes data to stdout and everything else to stderr.
pub(crate) fn print_outcome(
    outcome: &Outcome,
    format: Format,
    asked: &[String],
) -> Result<(), CliError> {
    let data = match &outcome.data {
        Data::None => String::new(),
        Data::Text(text) => text.clone(),
        Data::Object { value, columns } => render(value, columns, format, asked)?,
    };
    write_stdout(data.as_bytes())?;
    for line in &outcome.notes {
        note(line);
    }
    if let Some(command) = &outcome.next {
        note(&format!("\nNext: {command}"));
    }
    Ok(())
}

fn render(
    value: &Value,
    columns: &[Column],
    format: Format,
    asked: &[String],
) -> Result<String, CliError> {
    let rows = rows_of(value);
    let asked = fields::resolve(asked, columns, &rows)?;
    Ok(match format {
        Format::Table | Format::Wide => {
            let shown = if asked.is_empty() { visible(columns, format) } else { asked };
            table::render(&rows, &shown)
        }
        Format::Json => pretty(&reduced(value, &asked)) + "\n",
        Format::Yaml => serde_yaml_ng::to_string(&reduced(value, &asked))
            .map_err(|e| CliError::internal("output.yaml", format!("cannot write YAML: {e}")))?,
        Format::Name => rows.iter().map(|row| name_of(row, columns, &asked) + "\n").collect(),
    })
}

fn rows_of(value: &Value) -> Vec<&Value> {
    match value.get("data").and_then(Value::as_array) {
        Some(data) => data.iter().collect(),
        None => vec![value],
    }
}

fn visible(columns: &[Column], format: Format) -> Vec<Field> {
    let shown = columns.iter().filter(|column| format == Format::Wide || !column.wide);
    shown.map(|c| Field { name: c.title.to_owned(), pointer: c.pointer.to_owned() }).collect()
}

fn reduced(value: &Value, asked: &[Field]) -> Value {
    if asked.is_empty() {
        return value.clone();
    }
    let Some(data) = value.get("data").and_then(Value::as_array) else {
        return fields::reduce(value, asked);
    };
    let mut list = value.clone();
    list["data"] = data.iter().map(|row| fields::reduce(row, asked)).collect();
    list
}

fn name_of(row: &Value, columns: &[Column], asked: &[Field]) -> String {
    let pointer = asked.first().map(|f| f.pointer.as_str());
    let pointer = pointer.or_else(|| columns.first().map(|c| c.pointer)).unwrap_or_default();
    text_of(row.pointer(pointer))
}

/// JSON as people read it.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

/// One JSON object a line, for streams.
pub(crate) fn data_line(value: &Value) -> Result<(), CliError> {
    write_stdout(format!("{value}\n").as_bytes())
}

/// Writes to stdout and flushes.
pub(crate) fn write_stdout(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        // Whoever read us has seen enough (`weir topic list | head -1`): that is no failure.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other
            .map_err(|e| CliError::internal("output.stdout", format!("cannot write stdout: {e}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: &[Column] = &[
        Column::new("ID", "/id"),
        Column::new("NAME", "/display_name"),
        Column::wide("CREATED", "/metadata/created_at"),
    ];

    fn list() -> Value {
        json!({"kind": "L", "metadata": {}, "data": [
            {"id": "env-1", "display_name": "default", "metadata": {"created_at": "2026-01-01"}},
            {"id": "env-22", "display_name": "a b"},
        ]})
    }

    fn show(format: Format, asked: &[&str]) -> String {
        let asked: Vec<_> = asked.iter().map(|s| (*s).to_owned()).collect();
        render(&list(), COLUMNS, format, &asked).unwrap()
    }

    #[test]
    fn tables_have_columns_and_no_rulers() {
        insta::assert_snapshot!(show(Format::Table, &[]), @r"
        ID      NAME
        env-1   default
        env-22  a b
        ");
        insta::assert_snapshot!(show(Format::Wide, &[]), @r"
        ID      NAME     CREATED
        env-1   default  2026-01-01
        env-22  a b
        ");
    }

    #[test]
    fn json_is_the_object_unchanged() {
        assert_eq!(serde_json::from_str::<Value>(&show(Format::Json, &[])).unwrap(), list());
    }

    #[test]
    fn fields_reduce_every_format() {
        assert_eq!(show(Format::Name, &["name"]), "default\na b\n");
        let reduced: Value = serde_json::from_str(&show(Format::Json, &["id"])).unwrap();
        assert_eq!(reduced["data"], json!([{"id": "env-1"}, {"id": "env-22"}]));
        assert!(show(Format::Yaml, &["id"]).contains("- id: env-1"));
    }
}
