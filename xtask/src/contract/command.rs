//! The command: find pairs, compare, judge.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::accepted::{self, Row};
use super::compare::{self, Difference};
use super::document::Document;
use super::live;
use super::operation::{Operation, nameless};
use crate::workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of public OpenAPI files, JSON or YAML
    #[arg(long)]
    specs: PathBuf,

    /// Also ask a `weir up` in an empty folder, and compare what it answers
    #[arg(long)]
    live: bool,

    /// The binary for --live; built in the release profile when it is not given
    #[arg(long, env = "WEIR_BIN")]
    weir_bin: Option<PathBuf>,

    /// Print every difference, also the accepted ones
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let ours = Document::read(&workspace::root().join("openapi/openapi.json"))?;
    let theirs = Document::folder(&args.specs)?;
    let pairs = pairs(&theirs, &ours);
    if pairs.is_empty() {
        bail!("{} describes no operation of this API", args.specs.display());
    }
    let mut found: Vec<Difference> =
        pairs.iter().flat_map(|(their, our)| compare::compare(their, our)).collect();
    found.extend(missing_methods(&theirs, &ours));
    if args.live {
        let live = live::compare(&pairs, args.weir_bin.clone())?;
        println!("{} live answers of {} operations compared", live.answers, live.operations);
        found.extend(live.differences);
    }
    found.sort();
    found.dedup();
    println!("{} operations that {} files and this API describe", pairs.len(), theirs.len());
    let asked: BTreeSet<String> = pairs.iter().map(|(_, our)| our.title()).collect();
    judge(&found, &accepted::read()?, &asked, args)
}

/// Operations that both have, theirs first.
fn pairs<'a>(theirs: &'a [Document], ours: &'a Document) -> Vec<(Operation<'a>, Operation<'a>)> {
    let mut known: BTreeMap<String, Operation<'_>> = BTreeMap::new();
    for operation in theirs.iter().flat_map(Operation::all) {
        known.entry(operation.key()).or_insert(operation);
    }
    Operation::all(ours).filter_map(|our| Some((known.remove(&our.key())?, our))).collect()
}

/// Methods of a path that is here.
fn missing_methods(theirs: &[Document], ours: &Document) -> Vec<Difference> {
    let keys: BTreeSet<String> = Operation::all(ours).map(|our| our.key()).collect();
    let paths: BTreeSet<String> = ours.paths().map(|(path, _)| nameless(path)).collect();
    let is_missing = |their: &Operation<'_>| {
        paths.contains(&nameless(their.path)) && !keys.contains(&their.key())
    };
    let missing = theirs.iter().flat_map(Operation::all).filter(is_missing);
    let what = "the method is missing".to_owned();
    missing.map(|their| Difference { operation: their.title(), what: what.clone() }).collect()
}

fn judge(found: &[Difference], rows: &[Row], asked: &BTreeSet<String>, args: &Args) -> Result<()> {
    let is_accepted = |difference: &&Difference| rows.iter().any(|row| row.accepts(difference));
    let refused: Vec<&Difference> =
        found.iter().filter(|difference| !is_accepted(difference)).collect();
    let stale = rows.iter().filter(|row| {
        let asked = asked.iter().any(|operation| row.is_about(operation));
        // What only answers show cannot be missed without them.
        let seen = args.live || !row.what.starts_with(live::MARK);
        asked && seen && !found.iter().any(|difference| row.accepts(difference))
    });
    let stale: Vec<&Row> = stale.collect();
    if args.all {
        found.iter().for_each(|one| println!("{}: {}", one.operation, one.what));
    }
    println!("{} differences, {} of them accepted", found.len(), found.len() - refused.len());
    for one in &refused {
        println!("NOT ACCEPTED | `{}` | `{}` |", one.operation, one.what);
    }
    for row in &stale {
        println!("NOT NEEDED ANY MORE | `{}` | `{}` |", row.operation, row.what);
    }
    if refused.is_empty() && stale.is_empty() {
        return Ok(());
    }
    bail!(
        "{} differences are not accepted and {} rows are not needed: mend them, or {} with the reason",
        refused.len(),
        stale.len(),
        accepted::PAGE
    );
}
