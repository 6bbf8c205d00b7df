//! Debian packages. What comes from other registries is pinned and fetched by the suite that needs it.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command;

/// A package, and the proof that it is there.
struct Need {
    package: &'static str,
    proof: Proof,
}

enum Proof {
    /// A program on the search path.
    Program(&'static str),
    /// A file, where `*` stands for one folder name.
    File(&'static str),
    /// A module that Python imports.
    Module(&'static str),
}

const NEEDS: &[Need] = &[
    Need { package: "kcat", proof: Proof::Program("kcat") },
    Need { package: "etcd-server", proof: Proof::Program("etcd") },
    Need { package: "strace", proof: Proof::Program("strace") },
    Need { package: "postgresql", proof: Proof::File("/usr/lib/postgresql/*/bin/initdb") },
    Need { package: "python3-venv", proof: Proof::Module("ensurepip") },
    Need { package: "openjdk-17-jdk-headless", proof: Proof::Program("javac") },
    Need { package: "maven", proof: Proof::Program("mvn") },
    Need { package: "npm", proof: Proof::Program("npm") },
];

/// Installs what is missing. Needs no network on a machine that has it all.
pub(crate) fn install() -> Result<()> {
    let missing: Vec<&str> =
        NEEDS.iter().filter(|need| !need.proof.holds()).map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let reason = || format!("the tests need these Debian packages: {packages}");
    command::run(&mut apt_get(&["update"])).with_context(reason)?;
    let mut install = apt_get(&["install", "-y", "--no-install-recommends"]);
    command::run(install.args(&missing)).with_context(reason)
}

impl Proof {
    fn holds(&self) -> bool {
        match self {
            Self::Program(name) => std::env::var_os("PATH")
                .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(name).is_file())),
            Self::File(pattern) => file_exists(pattern),
            Self::Module(name) => {
                let import = format!("import {name}");
                let mut python = command::program("python3", ["-c", &import]);
                python.output().is_ok_and(|output| output.status.success())
            }
        }
    }
}

fn file_exists(pattern: &str) -> bool {
    let Some((folder, rest)) = pattern.split_once("/*/") else {
        return Path::new(pattern).exists();
    };
    let mut entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| entry.path().join(rest).exists())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_tell_present_from_missing() {
        assert!(Proof::Program("sh").holds());
        assert!(!Proof::Program("weir-no-such-program").holds());
        assert!(!Proof::File("/usr/*/weir/none").holds());
        assert!(Proof::File("/usr/*/env").holds());
    }
}
