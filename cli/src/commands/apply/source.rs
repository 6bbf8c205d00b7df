use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_yaml_ng::{Deserializer, Mapping, Value};

use super::fields::Fields;
use crate::error::CliError;

/// What files of a folder are read: by the ends of their names.
const KINDS: [&str; 3] = ["yaml", "yml", "json"];
/// Bytes of one file at most.
const FILE_MAX: u64 = 16 * 1024 * 1024;

/// Reads the documents of files, of folders, and of stdin where `-` is named.
///
/// # Errors
/// A file that cannot be read; what is no YAML; a document that is no mapping; nothing at all.
pub(super) fn documents(paths: &[PathBuf]) -> Result<Vec<Fields>, CliError> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            let mut stdin = std::io::stdin().lock().take(FILE_MAX);
            stdin.read_to_string(&mut text).map_err(|e| unreadable(path, &e))?;
            found.extend(parse("stdin", &text)?);
            continue;
        }
        for file in files(path)? {
            let size = fs::metadata(&file).map_err(|e| unreadable(&file, &e))?.len();
            if size > FILE_MAX {
                let message = format!("{} is larger than {FILE_MAX} bytes", file.display());
                return Err(CliError::usage("apply.file_size", message));
            }
            let text = fs::read_to_string(&file).map_err(|e| unreadable(&file, &e))?;
            found.extend(parse(&file.display().to_string(), &text)?);
        }
    }
    if found.is_empty() {
        return Err(CliError::usage("apply.nothing", "there is no document in what was named")
            .suggest("Name files, or folders with files that end in .yaml, .yml or .json."));
    }
    Ok(found)
}

/// A file itself; of a folder the files in it, by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|e| unreadable(path, &e))? {
        let file = entry.map_err(|e| unreadable(path, &e))?.path();
        let kind = file.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        if KINDS.contains(&kind) && file.is_file() {
            found.push(file);
        }
    }
    found.sort();
    Ok(found)
}

/// The documents of a text. A list is as many documents as it has items.
fn parse(file: &str, text: &str) -> Result<Vec<Fields>, CliError> {
    let mut found = Vec::new();
    for (index, document) in Deserializer::from_str(text).enumerate() {
        let number = index + 1;
        let value = Value::deserialize(document).map_err(|error| {
            let message = format!("{file}, document {number}: not YAML: {error}");
            CliError::usage("apply.yaml", message)
        })?;
        match value {
            Value::Null => {}
            Value::Sequence(items) => {
                for (item, value) in items.into_iter().enumerate() {
                    let place = format!("{file}, document {number}, item {}", item + 1);
                    found.push(Fields::new(place.clone(), mapping(&place, value)?));
                }
            }
            value => {
                let place = format!("{file}, document {number}");
                found.push(Fields::new(place.clone(), mapping(&place, value)?));
            }
        }
    }
    Ok(found)
}

fn mapping(place: &str, value: Value) -> Result<Mapping, CliError> {
    match value {
        Value::Mapping(mapping) => Ok(mapping),
        _ => Err(CliError::usage(
            "apply.document",
            format!("{place}: must be a mapping with a kind"),
        )
        .suggest("Write `kind: Topic` and so on; see `weir apply --help`.")),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::usage("apply.file", format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_numbered_as_people_count_them() {
        let text = "kind: A\n---\n# nothing\n---\n- kind: B\n- kind: C\n";
        let places: Vec<String> =
            parse("f.yaml", text).unwrap().iter().map(|it| it.place().to_owned()).collect();
        assert_eq!(
            places,
            ["f.yaml, document 1", "f.yaml, document 3, item 1", "f.yaml, document 3, item 2"]
        );
    }

    #[test]
    fn json_is_read_too() {
        assert_eq!(parse("f.json", "[{\"kind\": \"A\"}]").unwrap().len(), 1);
    }

    #[test]
    fn a_fault_is_told_with_its_file_and_document() {
        for (text, expected) in [
            ("kind: A\n---\n: [", "f.yaml, document 2: not YAML"),
            ("just words", "f.yaml, document 1: must be a mapping"),
        ] {
            let error = parse("f.yaml", text).unwrap_err();
            assert!(error.message.starts_with(expected), "{}", error.message);
        }
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_names() {
        let folder = tempfile::TempDir::new().unwrap();
        for (name, text) in
            [("b.yaml", "kind: B"), ("a.json", "{\"kind\": \"A\"}"), ("c.txt", "no")]
        {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let found = documents(&[folder.path().to_owned()]).unwrap();
        assert!(found[0].place().contains("a.json") && found[1].place().contains("b.yaml"));
        assert_eq!(found.len(), 2);
    }
}
