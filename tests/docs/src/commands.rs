const TOP: &str = "\
# Commands

The help of every command, as the binary prints it. Options that all commands share are listed once, at the end. This page
is written from the golden files of `cli`; `WEIR_BLESS=1 cargo test -p docs` renews it.
";
const SHARED: &str = "\nGlobal options:\n";

/// The help of all commands, from golden files: (file name, content).
#[must_use]
pub fn commands(goldens: &[(String, String)]) -> String {
    let mut page = String::from(TOP);
    let mut shared = "";
    for (file, golden) in goldens {
        let Some(command) = command_of(file) else { continue };
        let help = golden.splitn(3, "---\n").nth(2).unwrap_or(golden).trim_end();
        let (own, rest) = help.split_once(SHARED).unwrap_or((help, ""));
        let (options, examples) = match rest.split_once("\n\nExamples:") {
            Some((options, examples)) => (options, format!("\n\nExamples:{examples}")),
            None => (rest, String::new()),
        };
        if shared.is_empty() {
            shared = options;
        }
        page.push_str(&format!("\n## {command}\n\n{}\n", fenced(&format!("{own}{examples}"))));
    }
    if !shared.is_empty() {
        page.push_str(&format!("\n## Options of all commands\n\n{}\n", fenced(shared)));
    }
    page
}

/// `weir cluster create` from `weir__commands__golden__weir-cluster-create.snap`.
fn command_of(file: &str) -> Option<String> {
    let name = file.strip_suffix(".snap")?.rsplit("__").next()?;
    let nouns = ["api-key", "service-account"];
    let mut words = name.to_owned();
    for noun in nouns {
        words = words.replace(noun, &noun.replace('-', "\0"));
    }
    let command = words.replace('-', " ").replace('\0', "-");
    (command == "weir" || command.starts_with("weir ")).then_some(command)
}

fn fenced(help: &str) -> String {
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    format!("```text\n{}\n```", lines.join("\n").trim_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_become_commands() {
        let file = |name: &str| command_of(&format!("weir__commands__golden__{name}.snap"));
        assert_eq!(file("weir-api-key-create").as_deref(), Some("weir api-key create"));
        assert_eq!(file("weir").as_deref(), Some("weir"));
        assert_eq!(file("slip-noun"), None);
    }

    #[test]
    fn shared_options_are_listed_once() {
        let golden = "---\nsource: x\n---\nDo\n\nUsage: weir up\n\nGlobal options:\n  -y\n\nExamples:\n  weir up\n";
        let file = |name: &str| (format!("a__{name}.snap"), golden.to_owned());
        let page = commands(&[file("weir-up"), file("weir-down")]);
        assert_eq!(page.matches("  -y").count(), 1);
        assert_eq!(page.matches("Examples:\n  weir up").count(), 2);
    }
}
