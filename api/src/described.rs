//! What the description says of many operations alike.

use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, OpenApi, RefOr, Schema};

/// The token of a session, in the description.
pub(crate) const SESSION: &str = "session";

/// Completes the description of every operation.
pub(crate) fn describe_alike(document: &mut OpenApi) {
    for path in document.paths.paths.values_mut() {
        if let Some(create) = &mut path.post {
            dry_runs_answer_200(create);
        }
        let operations =
            [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete];
        for operation in operations.into_iter().flatten() {
            sessions_open_what_keys_open(operation);
            operation.parameters.iter_mut().flatten().for_each(any_page_size);
        }
    }
}

fn sessions_open_what_keys_open(operation: &mut Operation) {
    let Some(security) = &mut operation.security else { return };
    let session = SecurityRequirement::new(SESSION, [""; 0]);
    if !security.contains(&session) {
        security.push(session);
    }
}

/// Sizes that there are not are brought to the nearest one, as clients of the public API expect.
fn any_page_size(parameter: &mut RefOr<Parameter>) {
    match parameter {
        RefOr::T(parameter) if parameter.name == "page_size" => {
            parameter.schema = Some(RefOr::T(of_type(Type::Integer, None)));
        }
        _ => {}
    }
}

/// What is made is answered with 201 or 202; what would be made is not it.
fn dry_runs_answer_200(create: &mut Operation) {
    let is_dry_run = |one: &RefOr<Parameter>| matches!(one, RefOr::T(one) if one.name == "dry_run");
    if !create.parameters.iter().flatten().any(is_dry_run) {
        return;
    }
    let text = "What would be made: without id, metadata, status and secret";
    let content = ContentBuilder::new().schema(Some(of_type(Type::Object, Some(text)))).build();
    let answer = ResponseBuilder::new()
        .description("With `dry_run`: what would be made")
        .content("application/json", content)
        .build();
    create.responses.responses.insert("200".to_owned(), RefOr::T(answer));
}

fn of_type(kind: Type, description: Option<&str>) -> Schema {
    let object = ObjectBuilder::new().schema_type(SchemaType::Type(kind)).description(description);
    Schema::Object(object.build())
}
