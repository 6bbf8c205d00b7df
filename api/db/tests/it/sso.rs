//! Where people of organisations sign in, and who they are there.

use api_app::model::{
    AuthType, BootstrapRows, Invitation, PEOPLE_MAX, Phase, Session, SsoConnection, SsoLink, User,
};
use api_app::{OrgScope, Repo, RepoError, SystemWide, Terms};
use api_db::Store;

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, ORG, org};

on_both!(
    a_connection_reads_back_and_has_its_domains_alone,
    a_person_and_a_subject_are_linked_once,
    people_who_join_by_themselves_are_bounded,
);

const REACH: SystemWide = SystemWide::Authentication;

/// A store with a person of each of two organisations in it, as far as its rows can tell.
async fn two(backend: &Backend, dice: &Dice) -> (Store, User, OrgScope) {
    let store = backend.open().await;
    let environment = dice.environment();
    let email = "a@one.example".to_owned();
    let user = User { organization_id: ORG.to_owned(), email, ..dice.user() };
    let rows = BootstrapRows {
        organization: dice.organization(),
        cluster: dice.cluster(&environment.id, Phase::Provisioned),
        environment,
        user: user.clone(),
        role_binding: dice.role_binding(),
        api_keys: Vec::new(),
    };
    store.bootstrap(SystemWide::Installation, rows).await.unwrap();
    (store, user, OrgScope::of("p"))
}

fn connection(domains: &[&str], updated_us: i64) -> SsoConnection {
    SsoConnection {
        organization_id: "whose is said by the scope".to_owned(),
        issuer: "https://id.example.com".to_owned(),
        client_id: "weir".to_owned(),
        secret: vec![0, 1, 255],
        pepper_version: u32::MAX,
        domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        scopes: vec!["groups".to_owned(), "\"".to_owned()],
        created_us: 1,
        updated_us,
    }
}

fn link(person: &User, subject: &str) -> SsoLink {
    SsoLink {
        organization_id: ORG.to_owned(),
        issuer: "https://id.example.com".to_owned(),
        subject: subject.to_owned(),
        person_id: person.id.clone(),
        created_us: 7,
    }
}

async fn a_connection_reads_back_and_has_its_domains_alone(backend: Backend) {
    let (store, user, other) = two(&backend, &Dice::new(1)).await;
    let put = |org: OrgScope, row: SsoConnection, before_us, rehearsal| {
        store.put_sso_connection(org, row, before_us, true, rehearsal)
    };
    let first = connection(&["one.example", "two.example"], 2);
    assert_eq!(put(org(), first.clone(), 0, true).await, Ok(true));
    assert_eq!(store.sso_connection(org()).await, Ok(None), "a rehearsal");
    assert_eq!(put(org(), first.clone(), 5, false).await, Ok(false), "there is none");
    assert_eq!(put(org(), first.clone(), 0, false).await, Ok(true));
    assert_eq!(put(org(), first.clone(), 0, false).await, Ok(false), "there is one");
    let found = store.sso_connection(org()).await.unwrap().unwrap();
    assert_eq!(found, SsoConnection { organization_id: ORG.to_owned(), ..first });
    let any = |domain: &str| store.any_sso_connection(REACH, domain.to_owned());
    assert_eq!(any("two.example").await, Ok(Some(found)));
    assert_eq!(any("three.example").await, Ok(None));
    assert_eq!(store.sso_connection(other.clone()).await, Ok(None));
    assert_eq!(store.delete_sso_connection(other.clone(), 2).await, Ok(false));
    // Of another's connection, and of another's people.
    for domain in ["two.example", "one.example"] {
        let taken = Err(RepoError::Taken { existing_id: domain.to_owned() });
        assert_eq!(put(other.clone(), connection(&[domain], 1), 0, false).await, taken);
    }
    let by_password = Dice::new(2).session(&user.id);
    let by_password = Session { claims: String::new(), ..by_password };
    let by_sso = Session { claims: "{}".to_owned(), ..Dice::new(3).session(&user.id) };
    for session in [&by_password, &by_sso] {
        store.insert_session(org(), session.clone()).await.unwrap();
    }
    assert_eq!(put(org(), connection(&["three.example"], 3), 2, false).await, Ok(true));
    assert_eq!(any("two.example").await, Ok(None));
    assert_eq!(put(other, connection(&["two.example"], 1), 0, false).await, Ok(true));
    assert_eq!(store.any_session(REACH, by_sso.id).await, Ok(None));
    assert_eq!(store.any_session(REACH, by_password.id.clone()).await, Ok(Some(by_password)));
    assert_eq!(store.delete_sso_connection(org(), 2).await, Ok(false), "another version");
    assert_eq!(store.delete_sso_connection(org(), 3).await, Ok(true));
    assert_eq!(any("three.example").await, Ok(None));
}

async fn a_person_and_a_subject_are_linked_once(backend: Backend) {
    let dice = Dice::new(4);
    let (store, _, other) = two(&backend, &dice).await;
    let ada = User { password_hash: None, auth_type: AuthType::Local, ..dice.user() };
    let bob =
        User { password_hash: Some("x".to_owned()), auth_type: AuthType::Local, ..dice.user() };
    let mut invited = Vec::new();
    for person in [&ada, &bob] {
        let row: Invitation = dice.invitation(person);
        store
            .insert_invitation(org(), row.clone(), person.clone(), PEOPLE_MAX, Terms::default())
            .await
            .unwrap();
        invited.push(row);
    }
    let gone = Err(RepoError::ParentGone(ada.id.clone()));
    assert_eq!(store.link_person(other.clone(), link(&ada, "1")).await, gone);
    assert_eq!(store.link_person(org(), link(&ada, "1")).await, Ok(true));
    let taken = |person: &User| Err(RepoError::Taken { existing_id: person.id.clone() });
    assert_eq!(store.link_person(org(), link(&bob, "1")).await, taken(&bob), "the subject is Ada");
    assert_eq!(store.link_person(org(), link(&ada, "2")).await, taken(&ada), "Ada is another");
    assert_eq!(store.link_person(org(), link(&bob, "2")).await, Ok(true));
    let linked = |org: OrgScope, subject: &str| {
        store.linked_person(org, "https://id.example.com".to_owned(), subject.to_owned())
    };
    let found = linked(org(), "1").await.unwrap().unwrap();
    assert_eq!((found.id, found.auth_type, found.updated_us), (ada.id.clone(), AuthType::Sso, 7));
    let found = linked(org(), "2").await.unwrap().unwrap();
    assert_eq!(found.auth_type, AuthType::Local, "a password stays");
    assert_eq!(linked(other, "1").await, Ok(None));
    let invitation = store.invitation(org(), invited[0].id.clone()).await.unwrap().unwrap();
    assert_eq!(invitation.accepted_us, Some(7));
    assert_eq!(store.delete_user(org(), ada.id.clone(), None, false).await, Ok(true));
    assert_eq!(linked(org(), "1").await, Ok(None));
    assert_eq!(store.link_person(org(), link(&bob, "1")).await, taken(&bob), "Bob is another");
}

async fn people_who_join_by_themselves_are_bounded(backend: Backend) {
    let dice = Dice::new(5);
    let (store, first, _) = two(&backend, &dice).await;
    let ada = User { organization_id: ORG.to_owned(), ..dice.user() };
    let add = |person: &User, subject: &str, most| {
        store.insert_sso_person(org(), person.clone(), link(person, subject), most)
    };
    assert_eq!(add(&ada, "1", 1).await, Ok(false), "there is one already");
    assert_eq!(add(&ada, "1", 2).await, Ok(true));
    assert_eq!(store.user(org(), ada.id.clone()).await, Ok(Some(ada)));
    let bob = User { email: first.email, ..dice.user() };
    let taken = Err(RepoError::Taken { existing_id: bob.id.clone() });
    assert_eq!(add(&bob, "2", 9).await, taken, "the address");
    let bob = User { email: "b@one.example".to_owned(), ..bob };
    assert_eq!(add(&bob, "1", 9).await, taken, "the subject");
    assert_eq!(store.user(org(), bob.id).await, Ok(None), "nothing is added");
}
