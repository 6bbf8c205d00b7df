//! A schema as a client sees it: every member by its path, with type, values and whether it is always there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{Document, reference};
use super::shape::{Member, Shape};

/// Schemas that hold themselves end here.
const DEPTH: usize = 12;

/// Which side of a conversation a schema describes: members that are read only are in answers alone, and the other
/// way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Answer,
}

impl Side {
    fn hides(self, schema: &Value) -> bool {
        let mark = if self == Self::Request { "readOnly" } else { "writeOnly" };
        schema.get(mark).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// Every member below a schema. The path of the whole is empty, that of items ends in `[]`, of values of a map in `{}`.
pub(super) fn shape(document: &Document, schema: &Value, side: Side) -> Shape {
    let mut walk = Walk { document, side, above: Vec::new() };
    let mut shape = Shape::default();
    walk.add(&mut shape, "", schema, true);
    shape
}

struct Walk<'a> {
    document: &'a Document,
    side: Side,
    /// References that are being followed.
    above: Vec<String>,
}

impl Walk<'_> {
    fn add(&mut self, shape: &mut Shape, path: &str, schema: &Value, required: bool) {
        let name = reference(schema).map(str::to_owned);
        if name.as_ref().is_some_and(|name| self.above.contains(name)) || self.above.len() > DEPTH {
            shape.add(path, Member { required, ..Member::default() });
            return;
        }
        self.above.push(name.unwrap_or_default());
        let schema = self.document.follow(schema);
        self.whole(shape, path, schema, required);
        self.above.pop();
    }

    fn whole(&mut self, shape: &mut Shape, path: &str, schema: &Value, required: bool) {
        let mut member = facts(schema);
        member.required = required;
        shape.add(path, member);
        for part in list(schema, "allOf") {
            self.add(shape, path, part, required);
        }
        self.choice(shape, path, schema, required);
        self.properties(shape, path, schema);
        if let Some(items) = schema.get("items") {
            self.add(shape, &format!("{path}[]"), items, false);
        }
        if let Some(values) = schema.get("additionalProperties").filter(|v| v.is_object()) {
            self.add(shape, &format!("{path}{{}}"), values, false);
        }
    }

    fn properties(&mut self, shape: &mut Shape, path: &str, schema: &Value) {
        let always: BTreeSet<&str> = list(schema, "required").filter_map(Value::as_str).collect();
        for (name, property) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let inside = self.document.follow(property);
            if self.side.hides(property) || self.side.hides(inside) {
                continue;
            }
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.add(shape, &path, property, always.contains(name.as_str()));
        }
    }

    /// One of several: what all have is always there, what some have may be.
    fn choice(&mut self, shape: &mut Shape, path: &str, schema: &Value, required: bool) {
        let choices: Vec<&Value> = list(schema, "oneOf").chain(list(schema, "anyOf")).collect();
        if choices.is_empty() {
            return;
        }
        let mut shapes = Vec::new();
        let mut nullable = false;
        for choice in choices {
            if choice.get("type").and_then(Value::as_str) == Some("null") {
                nullable = true;
                continue;
            }
            let mut each = Shape::default();
            self.add(&mut each, path, choice, required);
            shapes.push(each);
        }
        shape.merge_choices(&shapes);
        if nullable {
            shape.add(path, Member { nullable, required, ..Member::default() });
        }
    }
}

/// What a schema says of a value itself.
fn facts(schema: &Value) -> Member {
    let mut types: BTreeSet<String> = match schema.get("type") {
        Some(Value::String(one)) => BTreeSet::from([one.clone()]),
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => BTreeSet::new(),
    };
    let null = types.remove("null");
    if types.is_empty() && schema.get("properties").is_some() {
        types.insert("object".to_owned());
    }
    let is_marked = schema.get("nullable").and_then(Value::as_bool).unwrap_or(false);
    let open = |key: &str| schema.get(key).is_some();
    Member {
        types,
        nullable: null || is_marked,
        values: schema.get("enum").and_then(Value::as_array).map(|values| {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect::<BTreeSet<_>>()
        }),
        open: open("x-extensible-enum"),
        required: false,
    }
}

fn list<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The members of a JSON value, by the same paths.
pub(super) fn members(value: &Value) -> BTreeMap<String, Vec<&Value>> {
    let mut found = BTreeMap::new();
    gather(&mut found, String::new(), value);
    found
}

fn gather<'a>(found: &mut BTreeMap<String, Vec<&'a Value>>, path: String, value: &'a Value) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                gather(found, path, inner);
            }
        }
        Value::Array(items) => {
            for item in items {
                gather(found, format!("{path}[]"), item);
            }
        }
        _ => {}
    }
    found.entry(path).or_default().push(value);
}
