//! What was deleted and can be brought back: the same for clusters and environments.

use api_client::Path;
use common_errors::ErrorKind;
use serde_json::Value;

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Column, Outcome, text_of};

const COLUMNS: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("NAME", "/display_name"),
    Column::new("ENVIRONMENT", "/environment/id"),
    Column::new("DELETED", "/deleted_at"),
    Column::new("BY", "/deleted_by"),
    Column::new("UNTIL", "/restorable_until"),
    Column::wide("WITH", "/deleted_with"),
    Column::wide("KEYS", "/api_keys"),
    Column::wide("ROLES", "/role_bindings"),
    Column::wide("ACLS", "/acls"),
    Column::wide("QUOTAS", "/client_quotas"),
];

/// A kind of things that can be brought back.
pub(super) struct Kind {
    /// `cluster`.
    pub(super) noun: &'static str,
    /// `weir cluster`.
    pub(super) command: &'static str,
    /// Where the API has them.
    pub(super) path: &'static str,
}

pub(super) const CLUSTERS: Kind =
    Kind { noun: "cluster", command: "weir cluster", path: "/weir/v1/deleted-clusters" };
pub(super) const ENVIRONMENTS: Kind =
    Kind { noun: "environment", command: "weir env", path: "/weir/v1/deleted-environments" };

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What was deleted, by id or, where it is the only one, by name
    #[arg(value_name = "ID|NAME")]
    pub(super) one: String,
}

pub(super) async fn list(ctx: &Ctx, kind: &Kind) -> Result<Outcome, CliError> {
    let path = Path::new(kind.path).query("page_size", "100");
    Ok(Outcome::object(ctx.api()?.list(&path).await?, COLUMNS))
}

pub(super) async fn restore(ctx: &Ctx, kind: &Kind, args: Args) -> Result<Outcome, CliError> {
    let id = find(ctx, kind, &args.one).await?;
    let path = Path::new(kind.path).segment(&id).segment("restore");
    let done = ctx.api()?.post(&path, &Value::Null).await?;
    let mut outcome = Outcome::default().note(format!("Restored {} \"{id}\".", kind.noun));
    let gone: Vec<String> = strings(done.get("gone_principals"));
    if !gone.is_empty() {
        outcome = outcome.note(format!(
            "Deleted meanwhile, so that their keys, roles, access control lists and quotas stay gone: {}.",
            gone.join(", ")
        ));
    }
    Ok(outcome)
}

pub(super) async fn purge(ctx: &Ctx, kind: &Kind, args: Args) -> Result<Outcome, CliError> {
    let id = find(ctx, kind, &args.one).await?;
    let warning = format!("This deletes the data of {} \"{id}\" for good.", kind.noun);
    ctx.confirm(warning, &args.one)?;
    ctx.api()?.delete(&Path::new(kind.path).segment(&id)).await?;
    Ok(Outcome::default().note(format!("The data of {} \"{id}\" is being deleted.", kind.noun)))
}

/// What can be done about a deletion, for the end of its command; nothing where it cannot be undone.
pub(super) async fn way_back(ctx: &Ctx, kind: &Kind, id: &str) -> Option<String> {
    let found = ctx.api().ok()?.get(&Path::new(kind.path).segment(id)).await.ok()?;
    let until = text_of(found.get("restorable_until"));
    Some(format!(
        "It can be brought back until {until}: {command} restore {id}. Its data is deleted then, or with {command} purge {id}.",
        command = kind.command
    ))
}

async fn find(ctx: &Ctx, kind: &Kind, one: &str) -> Result<String, CliError> {
    if one.starts_with("lkc-") || one.starts_with("env-") {
        return Ok(one.to_owned());
    }
    let list = ctx.api()?.list(&Path::new(kind.path).query("page_size", "100")).await?;
    let rows = list.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named: Vec<String> = rows
        .iter()
        .filter(|row| text_of(row.get("display_name")) == one)
        .map(|row| text_of(row.get("id")))
        .collect();
    let hint = format!("See what can be brought back with `{} list --deleted`.", kind.command);
    match named.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(CliError::new(
            ErrorKind::NotFound,
            "deleted.not_found",
            format!("no {} of the name {one:?} can be brought back", kind.noun),
        )
        .suggest(hint)),
        more => Err(CliError::usage(
            "deleted.ambiguous",
            format!("{one:?} is the name of {}; say which by id", more.join(", ")),
        )
        .suggest(hint)),
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| text_of(Some(item))).collect()
}
