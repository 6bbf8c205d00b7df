use serde_json::{Value, json};

use super::print::pretty;
use super::{Format, note, write_stdout};
use crate::error::CliError;

/// Says what failed. With `-o json` the problem goes to stdout as JSON; people read stderr.
pub(crate) fn print_error(error: &CliError, format: Format) {
    note(render(error).trim_end());
    if format == Format::Json {
        // Nothing is left to do when stdout is gone too.
        let _ = write_stdout((pretty(&problem(error)) + "\n").as_bytes());
    }
}

fn render(error: &CliError) -> String {
    let mut text = format!("Error: {}\n", error.message);
    if !error.suggestions.is_empty() {
        text += "\nSuggestions:\n";
        for sentence in &error.suggestions {
            text += &format!("    {sentence}\n");
        }
    }
    let request = error.api.as_ref().and_then(|api| api.request_id.as_ref());
    text += &format!("\nCode: {}", error.code);
    if let Some(id) = request {
        text += &format!("  Request: {id}");
    }
    text + "\n"
}

/// The API's body where there is one, else the same shape made here.
fn problem(error: &CliError) -> Value {
    match &error.api {
        Some(api) if api.body.is_object() => api.body.clone(),
        Some(_) | None => json!({
            "errors": [{"code": error.code, "detail": error.message}],
            "title": error.message,
            "detail": error.message,
            "suggestions": error.suggestions,
        }),
    }
}

#[cfg(test)]
mod tests {
    use api_client::{ApiError, ClientError};
    use common_errors::ErrorKind;

    use super::*;

    #[test]
    fn errors_say_what_and_what_to_do() {
        let error = CliError::new(ErrorKind::NotFound, "topic.unknown", "topic \"x\" not found")
            .suggest("List topics with `weir topic list`.");
        insta::assert_snapshot!(render(&error), @r#"
        Error: topic "x" not found

        Suggestions:
            List topics with `weir topic list`.

        Code: topic.unknown
        "#);
        assert_eq!(problem(&error)["errors"][0]["code"], "topic.unknown");
    }

    #[test]
    fn an_api_problem_is_passed_on_unchanged() {
        let body = json!({"errors": [{"code": "c", "detail": "d"}], "type": "t"});
        let api = ApiError::from_body(409, Some("r-1".to_owned()), body.clone());
        let error = CliError::from(ClientError::Api(Box::new(api)));
        assert_eq!(problem(&error), body);
        assert!(render(&error).contains("Code: c  Request: r-1"));
    }
}
