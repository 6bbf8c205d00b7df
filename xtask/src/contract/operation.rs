//! One operation of a description, with what is said of its path.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Document;
use super::schema::{self, Side};
use super::shape::{Member, Shape};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) struct Operation<'a> {
    pub(super) document: &'a Document,
    /// As the file has it.
    pub(super) path: &'a str,
    pub(super) method: &'static str,
    value: &'a Value,
    path_value: &'a Value,
}

/// A query, header or path parameter.
pub(super) struct Parameter {
    pub(super) required: bool,
    pub(super) member: Member,
}

impl<'a> Operation<'a> {
    /// All of a file.
    pub(super) fn all(document: &'a Document) -> impl Iterator<Item = Self> {
        document.paths().flat_map(move |(path, path_value)| {
            METHODS.into_iter().filter_map(move |method| {
                let value = path_value.get(method)?;
                Some(Self { document, path, method, value, path_value })
            })
        })
    }

    /// Method and path without the names of its variables, which clients do not see.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), nameless(self.path))
    }

    /// As readers know it.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// Parameters by place and name. Those in the path have a number for a name.
    pub(super) fn parameters(&self) -> BTreeMap<String, Parameter> {
        let lists =
            [self.path_value, self.value].map(|of| of.get("parameters").and_then(Value::as_array));
        let mut found = BTreeMap::new();
        for parameter in lists.into_iter().flatten().flatten() {
            let parameter = self.document.follow(parameter);
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            if text("in") == "path" {
                continue;
            }
            let shape =
                parameter.get("schema").map(|s| schema::shape(self.document, s, Side::Request));
            let member = shape.and_then(|mut shape| shape.0.remove("")).unwrap_or_default();
            let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
            let name = format!("{} {}", text("in"), text("name"));
            found.insert(name, Parameter { required, member });
        }
        found
    }

    /// The JSON body that is asked for, and whether it must be there.
    pub(super) fn request(&self) -> Option<(Shape, bool)> {
        let body = self.document.follow(self.value.get("requestBody")?);
        let required = body.get("required").and_then(Value::as_bool).unwrap_or(false);
        Some((self.json(body, Side::Request)?, required))
    }

    /// Status codes as they are written: numbers, ranges as `4XX`, `default`.
    pub(super) fn answers(&self) -> BTreeMap<String, &'a Value> {
        let answers = self.value.get("responses").and_then(Value::as_object).into_iter().flatten();
        answers.map(|(status, answer)| (status.clone(), self.document.follow(answer))).collect()
    }

    /// The JSON body of an answer.
    pub(super) fn body(&self, answer: &Value) -> Option<Shape> {
        self.json(answer, Side::Answer)
    }

    fn json(&self, holder: &Value, side: Side) -> Option<Shape> {
        let content = holder.get("content")?.as_object()?;
        let (_, media) = content.iter().find(|(name, _)| is_json(name))?;
        Some(schema::shape(self.document, media.get("schema")?, side))
    }

    /// Kinds of bodies of an answer, without parameters.
    pub(super) fn kinds(answer: &Value) -> Vec<String> {
        let content = answer.get("content").and_then(Value::as_object).into_iter().flatten();
        content
            .map(|(name, _)| name.split(';').next().unwrap_or_default().trim().to_owned())
            .collect()
    }
}

fn is_json(kind: &str) -> bool {
    kind.starts_with("application/json")
        || kind.split(';').next().is_some_and(|k| k.trim().ends_with("+json"))
}

/// `/a/{id}/b` and `/a/{name}/b` are one path.
pub(super) fn nameless(path: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in path.chars() {
        inside = (inside || c == '{') && c != '}';
        if !inside || c == '{' {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_variables_do_not_count() {
        assert_eq!(super::nameless("/a/{id}/b/{c}:d"), "/a/{}/b/{}:d");
    }
}
