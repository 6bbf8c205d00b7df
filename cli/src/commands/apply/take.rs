use std::time::Duration;

use common_seams::{OsRng, Rng as _};
use serde_json::{Value, json};
use uuid::Builder;

use super::step::{Action, Call, Check, Step, at, step};
use super::wish::{Of, Wish};
use super::world::World;
use crate::commands::cluster::until_provisioned;
use crate::error::CliError;
use crate::output::{note, text_of};

/// How long a new cluster is waited for.
const CLUSTER_MAX: Duration = Duration::from_mins(10);

/// Asks the server whether a step would succeed, as far as it can be asked.
///
/// # Errors
/// What the server says, with the place of the wish.
pub(super) async fn check(world: &mut World<'_>, wish: &Wish, step: &Step) -> Result<(), CliError> {
    for call in step.calls.iter().flatten() {
        let mut rehearsal = call.clone();
        match call.check {
            Check::Never => continue,
            Check::DryRun => rehearsal.path = rehearsal.path.query("dry_run", "true"),
            Check::ValidateOnly => rehearsal.body["validate_only"] = json!(true),
        }
        send(world, &rehearsal, None).await.map_err(|error| at(wish, error))?;
    }
    Ok(())
}

/// Takes a step, and waits until it is in force.
///
/// # Errors
/// What the server says, with the place of the wish.
pub(super) async fn take(
    world: &mut World<'_>,
    wish: &Wish,
    planned: &Step,
) -> Result<(), CliError> {
    // What it needs was made meanwhile.
    let fresh = match planned.calls {
        Some(_) => planned.clone(),
        None => step(world, wish).await?,
    };
    for call in fresh.calls.iter().flatten() {
        let key = call.is_post.then(new_key);
        let answer = send(world, call, key.as_deref()).await.map_err(|error| at(wish, error))?;
        if fresh.action == Action::Create {
            settle(world, wish, answer).await.map_err(|error| at(wish, error))?;
        }
    }
    match fresh.action {
        Action::Create => note(&format!("Created {}.", wish.object)),
        Action::Update => note(&format!("Changed {}.", wish.object)),
        Action::Unchanged => {}
    }
    Ok(())
}

/// Waits until what was made can be used, and takes note of it.
async fn settle(world: &mut World<'_>, wish: &Wish, made: Value) -> Result<(), CliError> {
    let Of::Cluster(cluster) = &wish.of else {
        world.made(wish.object.kind, None, made);
        return Ok(());
    };
    let id = text_of(made.get("id"));
    let environment = world.environment(wish, &cluster.environment)?.unwrap_or_default();
    let (ctx, name) = (world.ctx(), &wish.object.name);
    let ready = until_provisioned(ctx, name, &id, &environment, CLUSTER_MAX).await?;
    world.made(wish.object.kind, Some(&environment), ready);
    Ok(())
}

async fn send(world: &mut World<'_>, call: &Call, key: Option<&str>) -> Result<Value, CliError> {
    let client = match &call.cluster {
        Some(cluster) => world.kafka(cluster).await?,
        None => world.api.clone(),
    };
    let answer = match (call.is_post, key.filter(|_| call.cluster.is_none())) {
        (true, Some(key)) => client.post_once(&call.path, &call.body, key).await,
        (true, None) => client.post(&call.path, &call.body).await,
        (false, _) => client.patch(&call.path, &call.body).await,
    };
    Ok(answer?)
}

/// A key under which a request is carried out once.
fn new_key() -> String {
    let mut random = [0; 16];
    OsRng::default().fill(&mut random);
    Builder::from_random_bytes(random).into_uuid().to_string()
}
