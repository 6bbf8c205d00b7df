//! Golden files of every help page and of what a slip of the fingers gets.

use clap::{CommandFactory as _, Parser as _};

use super::Cli;

/// Every page, in the order of the commands.
fn pages(command: &mut clap::Command, path: &str, out: &mut Vec<(String, String)>) {
    out.push((path.to_owned(), command.render_long_help().to_string()));
    for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
        let path = format!("{path}-{}", sub.get_name());
        pages(sub, &path, out);
    }
}

#[test]
fn help_pages_are_as_released() {
    let mut tree = Cli::command().term_width(100);
    tree.build();
    let mut all = Vec::new();
    pages(&mut tree, "weir", &mut all);
    assert!(all.len() > 30, "{}", all.len());
    for (path, page) in all {
        insta::assert_snapshot!(path, page);
    }
}

fn complaint(words: &[&str]) -> String {
    let error = Cli::try_parse_from(std::iter::once(&"weir").chain(words)).unwrap_err();
    error.render().to_string()
}

#[test]
fn slips_are_answered_with_what_was_meant() {
    insta::assert_snapshot!("slip-noun", complaint(&["clsuter", "list"]));
    insta::assert_snapshot!("slip-verb", complaint(&["topic", "crate", "x"]));
    insta::assert_snapshot!("slip-flag", complaint(&["topic", "list", "--clutser", "x"]));
    insta::assert_snapshot!("slip-value", complaint(&["env", "list", "-o", "jsno"]));
    insta::assert_snapshot!("missing-name", complaint(&["topic", "create"]));
    insta::assert_snapshot!("bad-start", complaint(&["topic", "consume", "x", "--from", "noon"]));
}

#[test]
fn arguments_are_well_formed() {
    Cli::command().debug_assert();
}
