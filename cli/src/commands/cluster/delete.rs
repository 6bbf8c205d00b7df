use common_errors::ErrorKind;
use serde_json::Value;

use super::shape;
use crate::commands::arguments::{InEnvironment, Wait};
use crate::commands::deleted::{self, CLUSTERS};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Cluster, by id or name
    #[arg(value_name = "ID|NAME")]
    cluster: String,
    #[command(flatten)]
    environment: InEnvironment,
    #[command(flatten)]
    wait: Wait,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let environment = ctx.environment(args.environment.environment.as_deref()).await?;
    let id = ctx.cluster_in(&args.cluster, &environment).await?;
    let name = args.cluster;
    ctx.confirm(format!("This deletes cluster \"{name}\", its topics and all records."), &name)?;
    let path = shape::one(&id, &environment);
    ctx.api()?.delete(&path).await.map_err(|e| protected(CliError::from(e), &id, &environment))?;
    if let Some(limit) = args.wait.wait {
        let what = format!("cluster \"{name}\" ({id})");
        ctx.wait_for(&what, &path, limit, |seen| match seen {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Some(Value::Null)),
            other => other.map(|_| None),
        })
        .await?;
    }
    let way_back = deleted::way_back(ctx, &CLUSTERS, &id).await;
    let outcome = Outcome::default().note(format!("Deleted cluster \"{id}\"."));
    Ok(way_back.into_iter().fold(outcome, Outcome::note))
}

fn protected(error: CliError, id: &str, environment: &str) -> CliError {
    if error.message.to_lowercase().contains("protect") {
        return error.suggest(format!(
            "Take the protection back with `weir cluster update {id} --environment {environment} --deletion-protection false`."
        ));
    }
    error
}
