use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{Comparison, Evaluated, NoValue, Question};

/// A member of a map, or an item of a list.
pub(super) fn member<'a>(of: &'a Value, name: &Value) -> Result<&'a Value, NoValue> {
    let found = match (of, name) {
        (Value::Object(map), Value::String(name)) => map.get(name),
        (Value::Array(items), Value::Number(index)) => index
            .as_u64()
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| items.get(index)),
        _ => None,
    };
    found.ok_or(NoValue)
}

pub(super) fn size(of: &Value) -> Evaluated {
    let size = match of {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return Err(NoValue),
    };
    Ok(size.into())
}

/// Equality is of all types; order is of two numbers or two texts.
pub(super) fn compare(how: Comparison, left: &Value, right: &Value) -> Evaluated {
    let answer = match how {
        Comparison::Equal => equal(left, right),
        Comparison::Unequal => !equal(left, right),
        Comparison::Less => order(left, right)?.is_lt(),
        Comparison::LessOrEqual => order(left, right)?.is_le(),
        Comparison::Greater => order(left, right)?.is_gt(),
        Comparison::GreaterOrEqual => order(left, right)?.is_ge(),
    };
    Ok(answer.into())
}

/// Whether a list has the item, or a map a member of that name.
pub(super) fn holds(all: &Value, item: &Value) -> Evaluated {
    match (all, item) {
        (Value::Array(items), _) => Ok(items.iter().any(|other| equal(other, item)).into()),
        (Value::Object(map), Value::String(name)) => Ok(map.contains_key(name).into()),
        _ => Err(NoValue),
    }
}

pub(super) fn ask(question: Question, of: &Value, about: &Value) -> Evaluated {
    let (Value::String(of), Value::String(about)) = (of, about) else { return Err(NoValue) };
    let answer = match question {
        Question::StartsWith => of.starts_with(about.as_str()),
        Question::EndsWith => of.ends_with(about.as_str()),
        Question::Contains => of.contains(about.as_str()),
    };
    Ok(answer.into())
}

/// Of numbers the value counts, not how they are written: 1 is 1.0.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            order_of_numbers(left, right) == Some(Ordering::Equal)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Result<Ordering, NoValue> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => order_of_numbers(left, right).ok_or(NoValue),
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right)),
        _ => Err(NoValue),
    }
}

fn order_of_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
