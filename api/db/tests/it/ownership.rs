//! One control plane has a database: others are refused, and one that was replaced writes nothing.

use std::time::Duration;

use api_app::{Repo, RepoError, Terms};
use api_db::{OpenError, Owner, Ownership, OwnershipError, PostgresUrl, Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use uuid::Uuid;

use crate::dice::{Dice, org};
use crate::postgres_server;

const HERE: Uuid = Uuid::from_u128(1);
const ELSEWHERE: Uuid = Uuid::from_u128(2);

fn database() -> PostgresUrl {
    PostgresUrl::parse(&postgres_server::new_database()).unwrap()
}

fn owner(installation: Uuid, name: &str) -> Owner {
    Owner { installation, may_begin: true, name: name.to_owned() }
}

async fn take(url: &PostgresUrl, name: &str) -> (Store, Ownership) {
    Store::open_owned(url, &owner(HERE, name)).await.unwrap()
}

async fn refused(url: &PostgresUrl, owner: &Owner) -> OwnershipError {
    match Store::open_owned(url, owner).await {
        Err(OpenError::Ownership(error)) => error,
        other => panic!("{:?}", other.map(|(_, ownership)| ownership)),
    }
}

async fn operator(url: &PostgresUrl) -> DatabaseConnection {
    Database::connect(url.without_password()).await.unwrap()
}

/// Does `what` with the session that has the database, once there is one.
async fn with_session_of(url: &PostgresUrl, name: &str, what: &str) {
    let statement = format!(
        "SELECT {what} FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid \
         WHERE a.datname = current_database() AND a.application_name = 'weir {name}' \
         AND l.locktype = 'advisory' AND l.granted"
    );
    let operator = operator(url).await;
    // A process that has just got it back may not have its session yet.
    for _ in 0..400 {
        if operator.execute_unprepared(&statement).await.unwrap().rows_affected() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{name} has no session");
}

/// Ends the session that has the database, as a firewall or an operator would: the process notices later.
async fn end_session_of(url: &PostgresUrl, name: &str) {
    with_session_of(url, name, "pg_terminate_backend(a.pid, 5000)").await;
}

async fn write(store: &Store, seed: u64) -> Result<String, RepoError> {
    let row = Dice::new(seed).environment();
    let id = row.id.clone();
    store.insert_environment(org(), row, Terms::default()).await.map(|_| id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_control_plane_is_refused_until_the_first_one_ends() {
    let url = database();
    let (store, first) = take(&url, "first on a").await;
    assert_eq!(first.epoch(), 1);
    let error = refused(&url, &owner(HERE, "second on b")).await;
    assert!(
        matches!(&error, OwnershipError::Taken(who) if who.contains("weir first on a")),
        "{error}"
    );
    write(&store, 1).await.unwrap();
    first.release().await;
    let (_, second) = take(&url, "second on b").await;
    assert_eq!(second.epoch(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_of_others_are_refused_and_left_as_they_were() {
    let url = database();
    take(&url, "here").await.1.release().await;
    let error = refused(&url, &owner(ELSEWHERE, "elsewhere")).await;
    assert!(
        matches!(&error, OwnershipError::OtherInstallation(id) if *id == HERE.to_string()),
        "{error}"
    );

    let empty = database();
    let settled = Owner { may_begin: false, ..owner(HERE, "here") };
    assert!(matches!(refused(&empty, &settled).await, OwnershipError::Missing));

    let db = operator(&empty).await;
    db.execute_unprepared("CREATE TABLE shop_order (id integer)").await.unwrap();
    let error = refused(&empty, &owner(HERE, "here")).await;
    assert!(matches!(&error, OwnershipError::Foreign(table) if table == "shop_order"), "{error}");
    assert!(db.execute_unprepared("SELECT 1 FROM weir_owner").await.is_err(), "nothing was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_replaced_writes_nothing_and_ends() {
    let url = database();
    let (frozen, mut lost) = take(&url, "frozen").await;
    let before = write(&frozen, 1).await.unwrap();
    // It is not watched: to this process nothing happened.
    end_session_of(&url, "frozen").await;
    let (store, _now) = take(&url, "now").await;
    let error = write(&frozen, 2).await.unwrap_err();
    assert!(
        matches!(&error, RepoError::Unavailable(why) if why.contains("took it over")),
        "{error}"
    );
    let rows = store.environments(org(), api_app::Slice { after: None, limit: 10 }).await.unwrap();
    assert_eq!(rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), [before]);
    write(&store, 3).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), lost.keep()).await.unwrap();
    assert!(ended.to_string().contains("took the database over"), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_lost_comes_back_with_the_same_epoch() {
    let url = database();
    let (store, mut ownership) = take(&url, "steady").await;
    let kept = tokio::spawn(async move { ownership.keep().await });
    for round in 1..3 {
        end_session_of(&url, "steady").await;
        // Refused while it is away, perhaps: in the end it goes through.
        let mut tries = 0;
        while let Err(error) = write(&store, round * 1000 + tries).await {
            assert!(matches!(error, RepoError::Unavailable(_)), "{error}");
            tries += 1;
            assert!(tries < 900, "it does not come back: {error}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    with_session_of(&url, "steady", "1").await;
    let error = refused(&url, &owner(HERE, "other")).await;
    assert!(matches!(&error, OwnershipError::Taken(who) if who.contains("steady")), "{error}");
    assert!(!kept.is_finished());
}
