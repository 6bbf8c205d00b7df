use std::path::PathBuf;

use serde_json::{Value, json};

use super::source::documents;
use super::step::{Action, Step, step};
use super::take::{check, take};
use super::wish::{Wish, wishes};
use super::world::World;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome, tell};

const COLUMNS: &[Column] = &[
    Column::new("ACTION", "/action"),
    Column::new("KIND", "/kind"),
    Column::new("NAME", "/name"),
    Column::new("IN", "/in"),
    Column::new("CHANGES", "/changes"),
];

const AFTER: &str = "\
Shows a plan, asks, and carries it out. Nothing is deleted. With --dry-run it ends with 0 when everything is as the files
say, and with 9 when something would change.

Example of a file:
  kind: Environment
  name: staging
  ---
  kind: Cluster
  name: orders
  environment: staging
  cloud: aws
  region: eu-west-1
  ---
  kind: Topic
  name: payments
  environment: staging
  cluster: orders
  partitions: 6
  configs: {retention.ms: 604800000}

Examples:
  weir apply -f staging.yaml
  weir apply -f infrastructure/ --dry-run
  cat staging.yaml | weir apply -f - --yes";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(crate) struct Args {
    /// File with documents in YAML or JSON, folder with such files, or - for stdin; may be repeated
    #[arg(short, long = "file", value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let wishes = wishes(documents(&args.files)?)?;
    let mut world = World::new(ctx, &wishes).await?;
    let done = apply(&mut world, ctx, &wishes, args.dry_run).await;
    let closed = world.close().await;
    // What failed first is what a person wants to know.
    let outcome = done?;
    closed.map(|()| outcome)
}

async fn apply(
    world: &mut World<'_>,
    ctx: &Ctx,
    wishes: &[Wish],
    dry_run: bool,
) -> Result<Outcome, CliError> {
    let mut steps = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let planned = step(world, wish).await?;
        check(world, wish, &planned).await?;
        steps.push(planned);
    }
    let count = |action| steps.iter().filter(|step| step.action == action).count();
    let (create, update) = (count(Action::Create), count(Action::Update));
    let plan = Outcome::object(rows(wishes, &steps), COLUMNS);
    if create + update == 0 {
        return Ok(plan.note(format!("Nothing to do: {} as wanted.", steps.len())));
    }
    let summary =
        format!("{create} to create, {update} to change, {} as wanted", count(Action::Unchanged));
    if dry_run {
        return Ok(plan.note(format!("Plan: {summary}.")).pending());
    }
    if !ctx.yes {
        tell(&text(wishes, &steps))?;
    }
    ctx.confirm(format!("Plan: {summary}."), "yes")?;
    for (wish, planned) in wishes.iter().zip(&steps) {
        take(world, wish, planned).await?;
    }
    Ok(plan.note(format!("Done: {create} created, {update} changed.")))
}

/// The plan for people who are asked.
fn text(wishes: &[Wish], steps: &[Step]) -> String {
    let mut lines = Vec::new();
    for (wish, step) in wishes.iter().zip(steps) {
        let sign = match step.action {
            Action::Create => '+',
            Action::Update => '~',
            Action::Unchanged => continue,
        };
        lines.push(format!("{sign} {}", wish.object));
        lines.extend(step.changes.iter().map(|change| format!("    {change}")));
    }
    lines.join("\n")
}

/// The plan for scripts.
fn rows(wishes: &[Wish], steps: &[Step]) -> Value {
    let row = |(wish, step): (&Wish, &Step)| {
        json!({
            "action": step.action.as_str(),
            "kind": wish.object.kind,
            "name": wish.object.name,
            "in": wish.object.within,
            "changes": step.changes,
            "place": wish.place,
        })
    };
    let data: Vec<Value> = wishes.iter().zip(steps).map(row).collect();
    json!({"kind": "PlanList", "data": data})
}
