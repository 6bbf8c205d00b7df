use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compares a page with its file, or writes the file when `WEIR_BLESS` is set.
fn check(file: &str, page: &str) {
    let path = root().join(file);
    if std::env::var_os("WEIR_BLESS").is_some() {
        std::fs::write(&path, page).expect("write the page");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "{file} has drifted: WEIR_BLESS=1 cargo test -p docs");
}

#[test]
fn kafka_api_page_is_what_the_broker_offers() {
    check("docs/reference/kafka-apis.md", &docs::kafka_apis());
}

#[test]
fn rest_page_is_what_the_specification_says() {
    let openapi = std::fs::read_to_string(root().join("openapi/openapi.json")).unwrap();
    check("docs/reference/rest.md", &docs::rest(&openapi).unwrap());
}

#[test]
fn command_page_is_what_the_binary_prints() {
    let folder = root().join("cli/src/commands/snapshots");
    let mut goldens: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "snap"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    goldens.sort();
    check("docs/reference/commands.md", &docs::commands(&goldens));
}
