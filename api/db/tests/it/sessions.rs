//! Sessions of people.

use api_app::model::{BootstrapRows, Phase, SESSIONS_PER_PERSON_MAX, Session, User};
use api_app::{Repo, SystemWide};
use api_db::Store;

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, ORG, org};

on_both!(
    a_session_reads_back_until_it_is_ended,
    sessions_are_bounded_and_old_ones_go,
    a_person_is_found_by_address,
);

const REACH: SystemWide = SystemWide::Authentication;

/// A store with a person in it.
async fn with_a_person(backend: &Backend, dice: &Dice) -> (Store, User) {
    let store = backend.open().await;
    let environment = dice.environment();
    let user = User { organization_id: ORG.to_owned(), ..dice.user() };
    let rows = BootstrapRows {
        organization: dice.organization(),
        cluster: dice.cluster(&environment.id, Phase::Provisioned),
        environment,
        user: user.clone(),
        role_binding: dice.role_binding(),
        api_keys: Vec::new(),
    };
    store.bootstrap(SystemWide::Installation, rows).await.unwrap();
    (store, user)
}

async fn a_session_reads_back_until_it_is_ended(backend: Backend) {
    let dice = Dice::new(1);
    let (store, user) = with_a_person(&backend, &dice).await;
    let mut session = Session { used_us: 5, ..dice.session(&user.id) };
    store.insert_session(org(), session.clone()).await.unwrap();
    store.close().await.unwrap();
    let store = backend.open().await;
    let read = async |store: &Store| store.any_session(REACH, session.id.clone()).await.unwrap();
    assert_eq!(read(&store).await, Some(session.clone()));
    store.touch_session(org(), session.id.clone(), 9).await.unwrap();
    store.touch_session(org(), session.id.clone(), 7).await.unwrap();
    let used_us = read(&store).await.map(|row| row.used_us);
    assert_eq!(used_us, Some(9), "an older use takes nothing back");
    assert_eq!(store.delete_session(org(), session.id.clone()).await, Ok(true));
    assert_eq!(read(&store).await, None);
    assert_eq!(store.delete_session(org(), session.id.clone()).await, Ok(false));
    session.person_id = "u-nobody".to_owned();
    assert!(store.insert_session(org(), session).await.is_err());
}

async fn sessions_are_bounded_and_old_ones_go(backend: Backend) {
    let dice = Dice::new(2);
    let (store, user) = with_a_person(&backend, &dice).await;
    let mut ids = Vec::new();
    for created_us in 0..i64::try_from(SESSIONS_PER_PERSON_MAX).unwrap() + 2 {
        let session = Session { created_us, ..dice.session(&user.id) };
        ids.push(session.id.clone());
        store.insert_session(org(), session).await.unwrap();
    }
    let there = async |id: &String| store.any_session(REACH, id.clone()).await.unwrap().is_some();
    assert!(!there(&ids[0]).await && !there(&ids[1]).await, "the oldest went");
    assert!(there(&ids[2]).await && there(&ids[101]).await);
    store.forget_sessions(SystemWide::Housekeeping, 50).await.unwrap();
    assert!(!there(&ids[50]).await && there(&ids[51]).await);
}

async fn a_person_is_found_by_address(backend: Backend) {
    let dice = Dice::new(3);
    let (store, user) = with_a_person(&backend, &dice).await;
    let found = store.any_person(REACH, user.email.clone()).await.unwrap();
    assert_eq!(found, Some(user));
    assert_eq!(store.any_person(REACH, "nobody@localhost".to_owned()).await, Ok(None));
}
