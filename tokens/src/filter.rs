//! Filters of identity pools: the part of CEL that decides over claims.
//!
//! ```text
//! claims.iss == "https://ci.example.com" && "weir" in claims.aud && claims.sub.startsWith("repo:acme/")
//! ```
//!
//! There is `||`, `&&`, `!`, comparisons, `in`, `has()`, `size()`, `startsWith`, `endsWith`, `contains`, `matches`,
//! lists and literals; no arithmetic, no macros, no variables but `claims`. A filter is small and nests little, each
//! operation is looked at once, and patterns are of a kind that takes linear time: nothing that a user writes can
//! keep a processor busy. As CEL has it, what cannot be evaluated is an error, which `&&` and `||` outweigh when
//! their other side decides; an error lets nobody in.

mod parse;
mod tokens;
mod value;

use std::borrow::Cow;

use regex::Regex;
use serde_json::{Map, Value};

use value::{ask, compare, holds, member, size};

/// Characters of a filter.
const FILTER_LENGTH_MAX: usize = 300;

/// A filter that was read.
#[derive(Debug)]
pub struct Filter(Node);

/// A part of a filter.
#[derive(Debug)]
enum Node {
    Literal(Value),
    Claims,
    List(Vec<Node>),
    Member(Box<Node>, Box<Node>),
    Has(Box<Node>, Box<Node>),
    Size(Box<Node>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    Ask(Question, Box<Node>, Box<Node>),
    Matches(Box<Node>, Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What one text may be asked about another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    StartsWith,
    EndsWith,
    Contains,
}

/// Something has another type than is needed, or is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NoValue;

type Evaluated = Result<Value, NoValue>;

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// What it is that cannot be read, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let length = text.chars().count();
        if length > FILTER_LENGTH_MAX {
            return Err(format!(
                "filter is currently limited to {FILTER_LENGTH_MAX} characters, got {length}"
            ));
        }
        parse::parse(text).map(Self)
    }

    /// Whether it lets somebody with these claims in.
    pub fn admits(&self, claims: &Map<String, Value>) -> bool {
        // One copy, so that a member of claims is looked up as one of any other map.
        let claims = Value::Object(claims.clone());
        self.0.evaluate(&claims).as_deref() == Ok(&Value::Bool(true))
    }
}

impl Node {
    fn evaluate<'a>(&'a self, claims: &'a Value) -> Result<Cow<'a, Value>, NoValue> {
        let made = match self {
            Self::Literal(value) => return Ok(Cow::Borrowed(value)),
            Self::Claims => return Ok(Cow::Borrowed(claims)),
            Self::Member(of, name) => {
                let name = name.evaluate(claims)?;
                return match of.evaluate(claims)? {
                    Cow::Borrowed(of) => member(of, &name).map(Cow::Borrowed),
                    Cow::Owned(of) => member(&of, &name).cloned().map(Cow::Owned),
                };
            }
            Self::List(items) => {
                let items = items.iter().map(|item| item.evaluate(claims).map(Cow::into_owned));
                items.collect()
            }
            Self::Has(of, name) => match (&*of.evaluate(claims)?, &*name.evaluate(claims)?) {
                (Value::Object(map), Value::String(name)) => Ok(map.contains_key(name).into()),
                _ => Err(NoValue),
            },
            Self::Size(of) => size(&*of.evaluate(claims)?),
            Self::Not(of) => match &*of.evaluate(claims)? {
                Value::Bool(value) => Ok((!value).into()),
                _ => Err(NoValue),
            },
            Self::All(parts) => decided(parts, claims, false),
            Self::Any(parts) => decided(parts, claims, true),
            Self::Compare(how, left, right) => {
                compare(*how, &*left.evaluate(claims)?, &*right.evaluate(claims)?)
            }
            Self::In(item, all) => holds(&*all.evaluate(claims)?, &*item.evaluate(claims)?),
            Self::Ask(question, of, about) => {
                ask(*question, &*of.evaluate(claims)?, &*about.evaluate(claims)?)
            }
            Self::Matches(of, pattern) => match &*of.evaluate(claims)? {
                Value::String(text) => Ok(pattern.is_match(text).into()),
                _ => Err(NoValue),
            },
        };
        made.map(Cow::Owned)
    }
}

/// `&&` (`by` is false) and `||` (`by` is true): a side that decides outweighs one that has no value.
fn decided(parts: &[Node], claims: &Value, by: bool) -> Evaluated {
    let mut outcome = Ok(Value::Bool(!by));
    for part in parts {
        match part.evaluate(claims).as_deref() {
            Ok(Value::Bool(value)) if *value == by => return Ok(by.into()),
            Ok(Value::Bool(_)) => {}
            Ok(_) | Err(NoValue) => outcome = Err(NoValue),
        }
    }
    outcome
}

/// Reads which claim names an identity: `claims.sub`, or one in another: `claims.a.b`.
pub fn claim_path(text: &str) -> Option<Vec<&str>> {
    let path: Vec<&str> = text.strip_prefix("claims.")?.split('.').collect();
    let is_name = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-:/".contains(c))
    };
    (text.len() <= FILTER_LENGTH_MAX && path.len() <= 8 && path.iter().all(is_name)).then_some(path)
}

/// The value of such a claim, when it is a text or a number.
pub(crate) fn claim_at(claims: &Map<String, Value>, text: &str) -> Option<String> {
    let path = claim_path(text)?;
    let (first, rest) = path.split_first()?;
    let mut value = claims.get(*first)?;
    for name in rest {
        value = value.get(name)?;
    }
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
