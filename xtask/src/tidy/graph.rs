use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::workspace;

/// The platform the graph is resolved for: the findings do not depend on who runs tidy.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// The resolved dependency graph, as far as the rules look at it.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Workspace crates by name.
    pub(super) members: BTreeMap<String, Member>,
    /// Everything else that is compiled.
    pub(super) packages: Vec<Package>,
}

#[derive(Debug, Default)]
pub(super) struct Member {
    /// Names of direct dependencies of the crate and its build script; those of tests alone are left out.
    pub(super) uses: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: Option<String>,
}

impl Graph {
    pub(super) fn read() -> Result<Self> {
        let metadata = MetadataCommand::new()
            .current_dir(workspace::root())
            .other_options(["--locked".into(), "--filter-platform".into(), PLATFORM.into()])
            .exec()
            .context("read `cargo metadata --locked`")?;
        Self::from_metadata(&metadata)
    }

    fn from_metadata(metadata: &Metadata) -> Result<Self> {
        let resolve = metadata.resolve.as_ref().context("cargo metadata has no resolved graph")?;
        let mut graph = Self::default();
        for node in &resolve.nodes {
            let package = &metadata[&node.id];
            if !metadata.workspace_members.contains(&node.id) {
                graph.packages.push(Package {
                    name: package.name.to_string(),
                    version: package.version.to_string(),
                    licence: package.license.clone(),
                });
                continue;
            }
            let name = |id: &PackageId| metadata[id].name.to_string();
            let mut member = Member::default();
            for dependency in &node.deps {
                let mut kinds = dependency.dep_kinds.iter().map(|kind| kind.kind);
                if kinds.any(|kind| kind != DependencyKind::Development) {
                    member.uses.insert(name(&dependency.pkg));
                }
            }
            graph.members.insert(package.name.to_string(), member);
        }
        Ok(graph)
    }
}

#[cfg(test)]
impl Graph {
    /// A graph of workspace crates and what each uses.
    pub(super) fn of(members: &[(&str, &[&str])]) -> Self {
        let mut graph = Self::default();
        for (name, uses) in members {
            let uses = uses.iter().map(|name| (*name).to_owned()).collect();
            graph.members.insert((*name).to_owned(), Member { uses });
        }
        graph
    }

    pub(super) fn with_package(mut self, name: &str, version: &str, licence: Option<&str>) -> Self {
        self.packages.push(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: licence.map(str::to_owned),
        });
        self
    }
}
