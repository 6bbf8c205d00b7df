use comfy_table::{ContentArrangement, Table, TableStyle};
use serde_json::Value;

use super::cell::text_of;
use super::fields::Field;

/// Rows under headings, without rulers: easy to read, easy to cut with `awk`.
pub(super) fn render(rows: &[&Value], fields: &[Field]) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(fields.iter().map(|field| field.name.clone()));
    for row in rows {
        table.add_row(fields.iter().map(|field| text_of(row.pointer(&field.pointer))));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.fold(String::new(), |text, line| text + &line + "\n")
}
