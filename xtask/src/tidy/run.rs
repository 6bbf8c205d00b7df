use anyhow::{Result, bail};

use super::finding::Finding;
use super::graph::Graph;
use super::ratchet::{self, Ratchet};
use super::rules::Rules;
use super::tree::Tree;
use super::{
    adr, blobs, chain, crate_docs, dead_files, duplicates, fences, functions, licences, lines,
    links, names, planted, text, thin_roots, tiers, walls,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Lower the numbers of the ratchet to what is there; fails when one would rise
    #[arg(long)]
    bless: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.bless {
        let inputs = Inputs::read()?;
        inputs.ratchet.bless(&inputs.measure())?;
    }
    check_tree()
}

/// Fails when any rule finds anything.
pub(crate) fn check_tree() -> Result<()> {
    let inputs = Inputs::read()?;
    for note in lines::notes(&inputs.tree, &inputs.rules) {
        println!("note: {note}");
    }
    println!("longest chain of crates: {}", chain::longest(&inputs.graph).join(" -> "));
    let findings = inputs.findings();
    for finding in &findings {
        println!("tidy: {finding}");
    }
    if !findings.is_empty() {
        bail!("tidy has {} findings", findings.len());
    }
    println!("tidy: {} files, nothing to say", inputs.tree.files.len());
    Ok(())
}

struct Inputs {
    rules: Rules,
    ratchet: Ratchet,
    tree: Tree,
    graph: Graph,
}

impl Inputs {
    fn read() -> Result<Self> {
        let (rules, ratchet) = (Rules::read()?, Ratchet::read()?);
        Ok(Self { rules, ratchet, tree: Tree::read()?, graph: Graph::read()? })
    }

    fn measure(&self) -> Ratchet {
        Ratchet {
            functions: functions::measure(&self.tree, self.rules.lines.function),
            roots: thin_roots::measure(&self.tree),
            duplicates: duplicates::measure(&self.graph),
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let Self { rules, ratchet, tree, graph } = self;
        let measured = self.measure();
        [
            tiers::check(graph, rules),
            walls::check(graph, rules),
            fences::check(tree, rules),
            chain::check(graph, rules),
            licences::check(graph, rules),
            ratchet::compare("duplicates", &measured.duplicates, &ratchet.duplicates),
            ratchet::compare("roots", &measured.roots, &ratchet.roots),
            ratchet::compare("functions", &measured.functions, &ratchet.functions),
            lines::check(tree, rules),
            names::check(tree, rules),
            planted::check(tree),
            text::check(tree),
            crate_docs::check(tree),
            dead_files::check(tree),
            blobs::check(tree, rules),
            links::check(tree),
            adr::check(tree),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_is_tidy() {
        let findings = Inputs::read().unwrap().findings();
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }
}
