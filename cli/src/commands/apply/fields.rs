use std::collections::BTreeMap;

use serde_yaml_ng::{Mapping, Value};

use crate::error::CliError;
use crate::similar;

/// The fields of one document, taken one by one. What is left at the end is a mistake.
#[derive(Debug)]
pub(super) struct Fields {
    /// File and document, for errors.
    place: String,
    rest: Mapping,
    /// Names that were asked for.
    known: Vec<&'static str>,
}

impl Fields {
    pub(super) fn new(place: String, rest: Mapping) -> Self {
        Self { place, rest, known: Vec::new() }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, CliError> {
        let found = self.maybe_text(name)?;
        found.filter(|text| !text.is_empty()).ok_or_else(|| self.fault(name, "is required"))
    }

    /// A text, or a number or truth value that stands for one.
    pub(super) fn maybe_text(&mut self, name: &'static str) -> Result<Option<String>, CliError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                scalar(&value).map(Some).ok_or_else(|| self.fault(name, "must be a text"))
            }
        }
    }

    /// One of some words, in whichever case; the answer is as it is listed.
    pub(super) fn maybe_word(
        &mut self,
        name: &'static str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, CliError> {
        let Some(text) = self.maybe_text(name)? else { return Ok(None) };
        let same = |a: &str| a.replace('-', "_").eq_ignore_ascii_case(&text.replace('-', "_"));
        let found = words.iter().find(|word| same(word));
        found.copied().map(Some).ok_or_else(|| {
            self.fault(name, &format!("must be one of {}, not {text:?}", words.join(", ")))
        })
    }

    /// A whole number.
    pub(super) fn maybe_number(&mut self, name: &'static str) -> Result<Option<i64>, CliError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let number = value.as_i64().filter(|number| *number > 0);
                let bad = || self.fault(name, "must be a whole number above 0");
                number.map(Some).ok_or_else(bad)
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn maybe_truth(&mut self, name: &'static str) -> Result<Option<bool>, CliError> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let bad = || self.fault(name, "must be true or false");
                value.as_bool().map(Some).ok_or_else(bad)
            }
        }
    }

    /// Names with values.
    pub(super) fn map(&mut self, name: &'static str) -> Result<BTreeMap<String, String>, CliError> {
        let mapping = match self.take(name) {
            None | Some(Value::Null) => return Ok(BTreeMap::new()),
            Some(Value::Mapping(mapping)) => mapping,
            Some(_) => return Err(self.fault(name, "must be names with values")),
        };
        let mut found = BTreeMap::new();
        for (key, value) in mapping {
            let key = scalar(&key).ok_or_else(|| self.fault(name, "must be names with values"))?;
            let value = scalar(&value).ok_or_else(|| {
                self.fault(&format!("{name}.{key}"), "must be a text or a number")
            })?;
            found.insert(key, value);
        }
        Ok(found)
    }

    /// Refuses what nobody asked for.
    pub(super) fn end(self) -> Result<(), CliError> {
        let Some((key, _)) = self.rest.iter().next() else { return Ok(()) };
        let key = scalar(key).unwrap_or_else(|| "?".to_owned());
        let error = self.fault(&key, "is no field of this kind");
        Err(match similar::closest(&key, self.known.iter().copied()) {
            Some(close) => error.suggest(format!("Did you mean `{close}`?")),
            None => error.suggest(format!("It has {}.", self.known.join(", "))),
        })
    }

    /// A fault of one field.
    pub(super) fn fault(&self, name: &str, what: &str) -> CliError {
        CliError::usage("apply.field", format!("{}: {name} {what}", self.place))
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.rest.remove(name)
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
