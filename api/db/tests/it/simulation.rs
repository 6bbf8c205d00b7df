//! Random wishes, faults, kills and restarts: whatever comes, it settles at what was asked for last.

use std::collections::BTreeMap;
use std::time::Duration;

use api_app::{Change, DataPlaneError, NewTopic, TopicError};

use crate::backend::Backend;
use crate::dice::Dice;
use crate::fake_data_plane::Fault;
use crate::plane::Plane;

/// What was asked for: topics of clusters, by environment.
type Model = BTreeMap<String, BTreeMap<String, Vec<String>>>;

async fn run(backend: Backend, seed: u64, steps: u64) {
    let dice = Dice::new(seed);
    let plane = Plane::new(&backend, seed).await;
    let mut model = Model::new();
    for step in 0..steps {
        match dice.below(10) {
            0 => {
                let id = plane.environment(&format!("e{step}")).await;
                model.insert(id, BTreeMap::new());
            }
            1..=2 => create_cluster(&plane, &dice, &mut model).await,
            3..=4 => post_topic(&plane, &dice, &mut model, step).await,
            5 => delete_cluster(&plane, &dice, &mut model).await,
            6 if dice.chance(3) => {
                let Some(id) = pick(&dice, model.keys()) else { continue };
                plane.app.delete_environment(&plane.admin, &id, &Change::default()).await.unwrap();
                model.remove(&id);
            }
            7 => {
                let faults = [None, Some(Fault::Before), Some(Fault::After)];
                plane.cell.plan_faults((0..3).map(|_| dice.pick(&faults)).collect());
            }
            8 => plane.clock.advance(Duration::from_secs(dice.below(60))),
            _ => plane.killed_turn(dice.below(50)).await,
        }
    }
    plane.cell.plan_faults(Vec::new());
    plane.settle().await;
    let mut expected: BTreeMap<String, Vec<String>> = model.into_values().flatten().collect();
    for topics in expected.values_mut() {
        topics.sort();
    }
    expected.insert(plane.first_cluster.clone(), Vec::new());
    assert_eq!(plane.cell.content(), expected, "seed {seed}");
}

fn pick<'a>(dice: &Dice, all: impl Iterator<Item = &'a String>) -> Option<String> {
    let all: Vec<&String> = all.collect();
    if all.is_empty() { None } else { Some(dice.pick(&all).clone()) }
}

fn pick_cluster(dice: &Dice, model: &Model) -> Option<(String, String)> {
    let environment = pick(dice, model.keys())?;
    let cluster = pick(dice, model[&environment].keys())?;
    Some((environment, cluster))
}

async fn create_cluster(plane: &Plane, dice: &Dice, model: &mut Model) {
    let Some(environment) = pick(dice, model.keys()) else { return };
    let id = plane.cluster(&environment).await;
    model.get_mut(&environment).unwrap().insert(id, Vec::new());
}

async fn delete_cluster(plane: &Plane, dice: &Dice, model: &mut Model) {
    let Some((environment, cluster)) = pick_cluster(dice, model) else { return };
    let scope = Some(environment.as_str());
    plane.app.delete_cluster(&plane.admin, scope, &cluster, &Change::default()).await.unwrap();
    model.get_mut(&environment).unwrap().remove(&cluster);
}

async fn post_topic(plane: &Plane, dice: &Dice, model: &mut Model, step: u64) {
    let Some((environment, cluster)) = pick_cluster(dice, model) else { return };
    let name = format!("t{step}");
    let new = NewTopic { name: name.clone(), ..NewTopic::default() };
    // A planned fault may lose the answer of a cluster that serves: a client would ask again.
    for _ in 0..5 {
        match plane.app.create_topic(&plane.admin, &cluster, new.clone()).await {
            Ok(_) | Err(TopicError::Cell(DataPlaneError::TopicExists(_))) => break,
            Err(TopicError::Cell(DataPlaneError::Unavailable(_))) => {}
            Err(other) => panic!("{other}"),
        }
    }
    model.get_mut(&environment).unwrap().get_mut(&cluster).unwrap().push(name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_settle_at_what_was_asked_for_on_sqlite() {
    for seed in 0..20 {
        run(Backend::sqlite(), seed, 60).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_settle_at_what_was_asked_for_on_postgres() {
    for seed in 100..105 {
        run(Backend::postgres(), seed, 60).await;
    }
}
