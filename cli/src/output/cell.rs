use serde_json::Value;

/// A JSON value as one cell of a table.
pub(crate) fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => printable(text),
        Some(Value::Array(items)) => {
            items.iter().map(|item| text_of(Some(item))).collect::<Vec<_>>().join(",")
        }
        Some(other) => other.to_string(),
    }
}

/// A name chosen by someone else must not move the cursor of whoever reads it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_plain_text() {
        assert_eq!(text_of(Some(&json!(["a", 1]))), "a,1");
        assert_eq!(text_of(Some(&json!("a\u{1b}[2Jb"))), "a\u{fffd}[2Jb");
        assert_eq!(text_of(None), "");
    }
}
