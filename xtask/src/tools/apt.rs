//! Debian packages.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command;

/// A package and the program of it that a test runs; `*` stands for one folder name.
struct Need {
    package: &'static str,
    program: &'static str,
}

const NEEDS: &[Need] = &[
    Need { package: "kcat", program: "/usr/bin/kcat" },
    Need { package: "postgresql", program: "/usr/lib/postgresql/*/bin/initdb" },
    Need { package: "strace", program: "/usr/bin/strace" },
];

/// Installs what is missing. Does nothing, and needs no network, on a machine that has it all.
pub(crate) fn install() -> Result<()> {
    let missing: Vec<&str> =
        NEEDS.iter().filter(|need| !present(need)).map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    command::run(&mut apt_get(&["update"]))
        .with_context(|| format!("the tests need the Debian packages {}", missing.join(", ")))?;
    let mut install = apt_get(&["install", "-y", "--no-install-recommends"]);
    command::run(install.args(&missing))
}

fn present(need: &Need) -> bool {
    let Some((folder, rest)) = need.program.split_once("/*/") else {
        return Path::new(need.program).exists();
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().join(rest).exists())
}

fn apt_get(args: &[&str]) -> std::process::Command {
    let mut command = if is_root() {
        command::program("apt-get", args)
    } else {
        let mut sudo = command::program("sudo", ["-n", "apt-get"]);
        sudo.args(args);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    command::capture(&mut command::program("id", ["-u"])).is_ok_and(|uid| uid.trim() == "0")
}
