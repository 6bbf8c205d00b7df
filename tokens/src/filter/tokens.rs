//! Words and signs of a filter.

use serde_json::{Number, Value};

/// A word or a sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Literal(Value),
    Sign(&'static str),
}

/// Longer ones before those that they begin with.
const SIGNS: [&str; 18] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",", ".", "-", "?", ":",
];

/// Takes a filter apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_raw = rest.starts_with("r\"") || rest.starts_with("r'");
        let (token, length) = if first == '"' || first == '\'' {
            quoted(rest, false)?
        } else if is_raw {
            let (token, length) = quoted(&rest[1..], true)?;
            (token, length + 1)
        } else if first.is_ascii_alphabetic() || first == '_' {
            name(rest)
        } else if first.is_ascii_digit() {
            number(rest)?
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("{first:?} has no place in a filter"))?;
            (Token::Sign(sign), sign.len())
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn name(text: &str) -> (Token, usize) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let token = match &text[..end] {
        "true" => Token::Literal(Value::Bool(true)),
        "false" => Token::Literal(Value::Bool(false)),
        "null" => Token::Literal(Value::Null),
        "in" => Token::Sign("in"),
        name => Token::Name(name.to_owned()),
    };
    (token, end)
}

fn number(text: &str) -> Result<(Token, usize), String> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(text);
    let mut end = whole;
    if let Some(fraction) = text[whole..].strip_prefix('.') {
        end += 1 + digits(fraction);
    }
    let number = if end == whole {
        text[..end].parse::<i64>().ok().map(Number::from)
    } else {
        text[..end].parse::<f64>().ok().and_then(Number::from_f64)
    };
    let number = number.ok_or_else(|| format!("{:?} is no number", &text[..end]))?;
    Ok((Token::Literal(Value::Number(number)), end))
}

/// A text in single or double quotes. A raw one has no escapes.
fn quoted(text: &str, is_raw: bool) -> Result<(Token, usize), String> {
    let mut letters = text.char_indices();
    let open = || "a text has no closing quote".to_owned();
    let (_, quote) = letters.next().ok_or_else(open)?;
    let mut value = String::new();
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return Ok((Token::Literal(Value::String(value)), at + 1));
        }
        if letter != '\\' || is_raw {
            value.push(letter);
            continue;
        }
        let (_, escaped) = letters.next().ok_or_else(open)?;
        value.push(match escaped {
            '\\' | '"' | '\'' | '`' | '?' => escaped,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => return Err(format!("\\{other} is no escape that is known here")),
        });
    }
    Err(open())
}
