//! Rules about values that several resources share.

use common_errors::Error;

use crate::failures::{invalid, missing};

/// A name that people read: not blank, no control characters, at most `length_max` characters.
pub(crate) fn display_name(
    name: String,
    pointer: &str,
    length_max: usize,
) -> Result<String, Error> {
    if name.trim().is_empty() {
        return Err(missing(pointer));
    }
    text(name, pointer, length_max)
}

/// Free text: no control characters but line ends and tabs, at most `length_max` characters.
pub(crate) fn text(text: String, pointer: &str, length_max: usize) -> Result<String, Error> {
    let length = text.chars().count();
    let what = pointer.rsplit('/').next().unwrap_or(pointer);
    if length > length_max {
        return Err(invalid(
            pointer,
            format!("{what} is currently limited to {length_max} characters, got {length}"),
        ));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(invalid(pointer, format!("{what} must not hold control characters")));
    }
    Ok(text)
}
