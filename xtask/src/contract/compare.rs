//! What a client of theirs would stumble over here.

use std::collections::BTreeSet;

use super::operation::Operation;
use super::shape::{self, Member, Shape};

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    /// Method and path.
    pub(super) operation: String,
    pub(super) what: String,
}

/// Everything that differs between two descriptions of one operation.
pub(super) fn compare(theirs: &Operation<'_>, ours: &Operation<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    parameters(theirs, ours, &mut found);
    request(theirs, ours, &mut found);
    answers(theirs, ours, &mut found);
    let operation = ours.title();
    found.into_iter().map(|what| Difference { operation: operation.clone(), what }).collect()
}

fn parameters(theirs: &Operation<'_>, ours: &Operation<'_>, found: &mut Vec<String>) {
    let (theirs, ours) = (theirs.parameters(), ours.parameters());
    for (name, their) in &theirs {
        let Some(our) = ours.get(name) else {
            found.push(format!("parameter {name} is not known"));
            continue;
        };
        narrower(&format!("parameter {name}"), &their.member, &our.member, found);
    }
    for (name, our) in ours.iter().filter(|(_, our)| our.required) {
        if theirs.get(name).is_none_or(|their| !their.required) {
            found.push(format!("parameter {name} is required"));
        }
        let _ = our;
    }
}

fn request(theirs: &Operation<'_>, ours: &Operation<'_>, found: &mut Vec<String>) {
    let (their, our) = match (theirs.request(), ours.request()) {
        (None, None) => return,
        (Some(_), None) => return found.push("request: a body is not read".to_owned()),
        (None, Some((_, required))) => {
            if required {
                found.push("request: a body is required".to_owned());
            }
            return;
        }
        (Some((their, _)), Some((our, _))) => (their, our),
    };
    for (path, _) in their.lacked_by(&our) {
        found.push(format!("request: {} is not known", shown(path)));
    }
    for (path, member) in &our.0 {
        let is_asked = |shape: &Shape| shape.0.get(path).is_some_and(|member| member.required);
        let parent_may_be = Shape::parent(path).is_some_and(|parent| their.0.contains_key(parent));
        if member.required && !path.is_empty() && parent_may_be && !is_asked(&their) {
            found.push(format!("request: {} is required", shown(path)));
        }
    }
    for (path, their, our) in their.shared(&our) {
        narrower(&format!("request: {}", shown(path)), their, our, found);
    }
}

/// What they take and we refuse.
fn narrower(name: &str, their: &Member, our: &Member, found: &mut Vec<String>) {
    if !shape::is_within(&their.types, &our.types) {
        let (their, our) = (shape::words(&their.types), shape::words(&our.types));
        found.push(format!("{name} is {our}, there {their}"));
    }
    if let Some(our) = &our.values {
        let missing: BTreeSet<String> = match &their.values {
            Some(their) => their.difference(our).cloned().collect(),
            None => BTreeSet::from(["every other value".to_owned()]),
        };
        if !missing.is_empty() {
            found.push(format!("{name} does not take {}", shape::words(&missing)));
        }
    }
}

fn answers(theirs: &Operation<'_>, ours: &Operation<'_>, found: &mut Vec<String>) {
    let (their, our) = (theirs.answers(), ours.answers());
    let is_good = |status: &String| status.starts_with('2');
    for (status, answer) in &their {
        // What they answer to whatever goes wrong is refused here.
        let of = if status == "default" { "4" } else { status.get(..1).unwrap_or_default() };
        let range = format!("{of}XX");
        let covering = [status.as_str(), &range, "default"].into_iter().find_map(|s| our.get(s));
        let Some(covering) = covering else {
            found.push(format!("answer {status} does not occur"));
            continue;
        };
        if !is_good(status) {
            continue;
        }
        for kind in Operation::kinds(answer) {
            if !Operation::kinds(covering).contains(&kind) {
                found.push(format!("answer {status}: no {kind}"));
            }
        }
        if let (Some(there), Some(here)) = (theirs.body(answer), ours.body(covering)) {
            body(status, &there, &here, found);
        }
    }
    for status in our.keys().filter(|status| is_good(status) && !their.contains_key(*status)) {
        found.push(format!("answer {status} is not known there"));
    }
}

/// What a reader of theirs misses here, or cannot read.
fn body(status: &str, their: &Shape, our: &Shape, found: &mut Vec<String>) {
    for (path, member) in their.lacked_by(our) {
        let promised = if member.required { ", which is always there" } else { "" };
        found.push(format!("answer {status}: {} is missing{promised}", shown(path)));
    }
    for (path, their, our) in their.shared(our) {
        let name = format!("answer {status}: {}", shown(path));
        if their.required && !our.required {
            found.push(format!("{name} may be missing"));
        }
        if our.nullable && !their.nullable {
            found.push(format!("{name} may be null"));
        }
        if !shape::is_within(&our.types, &their.types) {
            let (their, our) = (shape::words(&their.types), shape::words(&our.types));
            found.push(format!("{name} is {our}, there {their}"));
        }
        if let (Some(theirs), Some(ours), false) = (&their.values, &our.values, their.open) {
            let strange: BTreeSet<String> = ours.difference(theirs).cloned().collect();
            if !strange.is_empty() {
                found.push(format!("{name} may be {}", shape::words(&strange)));
            }
        }
    }
}

/// A path as the page of accepted differences has it.
pub(super) fn shown(path: &str) -> &str {
    if path.is_empty() { "the body" } else { path }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::contract::document::Document;

    /// An API with one operation that takes and answers an object with these members.
    fn api(properties: &Value, required: &Value, status: &str) -> Document {
        let schema = json!({ "type": "object", "properties": properties, "required": required });
        let body =
            json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } });
        Document::of(json!({
            "paths": { "/things/{id}": { "put": {
                "requestBody": { "content": body },
                "responses": { status: { "content": body }, "4XX": {} },
            } } },
            "components": { "schemas": { "Thing": schema } },
        }))
    }

    fn differences(theirs: &Document, ours: &Document) -> Vec<String> {
        let (their, our) = (Operation::all(theirs).next(), Operation::all(ours).next());
        let found = compare(&their.unwrap(), &our.unwrap());
        found.into_iter().map(|difference| difference.what).collect()
    }

    fn theirs() -> Document {
        let state = json!({ "type": "string", "enum": ["UP", "DOWN"] });
        api(&json!({ "name": { "type": "string" }, "state": state }), &json!(["name"]), "200")
    }

    #[test]
    fn equal_descriptions_do_not_differ() {
        assert_eq!(differences(&theirs(), &theirs()), Vec::<String>::new());
    }

    #[test]
    fn planted_lack_of_a_member_is_found_on_both_sides() {
        let state = json!({ "type": "string", "enum": ["UP", "DOWN"] });
        let ours = api(&json!({ "state": state }), &json!([]), "200");
        let found = differences(&theirs(), &ours);
        assert!(found.contains(&"request: name is not known".to_owned()), "{found:?}");
        let missing = "answer 200: name is missing, which is always there".to_owned();
        assert!(found.contains(&missing), "{found:?}");
    }

    #[test]
    fn planted_types_and_values_are_found() {
        let state = json!({ "type": ["string", "null"], "enum": ["UP", "LOST"] });
        let ours =
            api(&json!({ "name": { "type": "integer" }, "state": state }), &json!([]), "200");
        let wanted = [
            "request: name is integer, there string",
            "request: state does not take DOWN",
            "answer 200: name may be missing",
            "answer 200: name is integer, there string",
            "answer 200: state may be null",
            "answer 200: state may be LOST",
        ];
        assert_eq!(differences(&theirs(), &ours), wanted);
    }

    #[test]
    fn planted_demands_and_statuses_are_found() {
        let state = json!({ "type": "string", "enum": ["UP", "DOWN"] });
        let members = json!({ "name": { "type": "string" }, "state": state });
        let ours = api(&members, &json!(["name", "state"]), "201");
        let wanted = [
            "request: state is required",
            "answer 200 does not occur",
            "answer 201 is not known there",
        ];
        assert_eq!(differences(&theirs(), &ours), wanted);
    }

    #[test]
    fn what_a_client_does_not_send_is_not_compared() {
        let own = json!({ "type": "string", "readOnly": true });
        let theirs = api(&json!({ "id": own }), &json!(["id"]), "200");
        let ours = api(&json!({ "id": { "type": "string" } }), &json!(["id"]), "200");
        assert_eq!(differences(&theirs, &ours), ["request: id is required"]);
        assert_eq!(differences(&ours, &theirs), ["request: id is not known"]);
    }
}
