//! People who are invited, join and go.

use api_app::model::{
    BootstrapRows, Invitation, InvitationStatus, Phase, Role, RoleBinding, SecondFactor, Session,
    User,
};
use api_app::{InvitationFilter, Repo, RepoError, Slice, SystemWide, Terms};
use api_db::Store;

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, ORG, org};

on_both!(
    an_invitation_reads_back_and_is_accepted_once,
    invitations_are_found_by_what_they_say,
    the_last_who_administers_and_can_sign_in_stays,
    another_password_needs_the_one_before,
    a_second_factor_reads_back_and_is_taken_once,
);

const REACH: SystemWide = SystemWide::Authentication;

fn slice() -> Slice {
    Slice { after: None, limit: 100 }
}

/// A store with an administrator in it.
async fn with_an_administrator(backend: &Backend, dice: &Dice) -> (Store, User) {
    let store = backend.open().await;
    let environment = dice.environment();
    let password_hash = Some("hash".to_owned());
    let user = User { organization_id: ORG.to_owned(), password_hash, ..dice.user() };
    let rows = BootstrapRows {
        organization: api_app::model::Organization { id: ORG.to_owned(), ..dice.organization() },
        cluster: dice.cluster(&environment.id, Phase::Provisioned),
        environment,
        user: user.clone(),
        role_binding: administers(dice, &user),
        api_keys: Vec::new(),
    };
    store.bootstrap(SystemWide::Installation, rows).await.unwrap();
    (store, user)
}

fn administers(dice: &Dice, user: &User) -> RoleBinding {
    RoleBinding {
        principal: format!("User:{}", user.id),
        role: Role::OrganizationAdmin,
        ..dice.role_binding()
    }
}

/// Invites somebody.
async fn invited(store: &Store, dice: &Dice) -> (Invitation, User) {
    let auth_type = api_app::model::AuthType::Local;
    let person = User { password_hash: None, auth_type, ..dice.user() };
    let row = dice.invitation(&person);
    let terms = Terms::default();
    let stored = store.insert_invitation(org(), row.clone(), person.clone(), 100, terms).await;
    assert_eq!(stored, Ok(true));
    (row, person)
}

async fn an_invitation_reads_back_and_is_accepted_once(backend: Backend) {
    let dice = Dice::new(1);
    let (store, first) = with_an_administrator(&backend, &dice).await;
    let (row, person) = invited(&store, &dice).await;
    store.close().await.unwrap();
    let store = backend.open().await;
    assert_eq!(store.invitation(org(), row.id.clone()).await, Ok(Some(row.clone())));
    assert_eq!(store.any_invitation(REACH, row.id.clone()).await, Ok(Some(row.clone())));
    assert_eq!(store.user(org(), person.id.clone()).await, Ok(Some(person.clone())));

    let add = async |person: User, people_max: u64, rehearsal: bool| {
        let terms = Terms { receipt: None, rehearsal };
        let row = dice.invitation(&person);
        store.insert_invitation(org(), row, person, people_max, terms).await
    };
    let taken = User { email: first.email.clone(), ..dice.user() };
    assert_eq!(
        add(taken.clone(), 100, false).await,
        Err(RepoError::Taken { existing_id: taken.id.clone() })
    );
    assert_eq!(store.user(org(), taken.id).await, Ok(None));
    assert_eq!(add(dice.user(), 2, false).await, Ok(false), "two are there");
    let rehearsed = dice.user();
    assert_eq!(add(rehearsed.clone(), 100, true).await, Ok(true));
    assert_eq!(store.user(org(), rehearsed.id).await, Ok(None));

    let renewed = Invitation { verifier: [3; 32], expires_us: 4, updated_us: 5, ..row.clone() };
    let before_us = row.updated_us;
    assert_eq!(store.renew_invitation(org(), renewed.clone(), before_us).await, Ok(true));
    assert_eq!(store.renew_invitation(org(), renewed.clone(), before_us).await, Ok(false));
    assert_eq!(store.invitation(org(), row.id.clone()).await, Ok(Some(renewed.clone())));
    let row = renewed;

    let joined = User { password_hash: Some("new".to_owned()), updated_us: 9, ..person.clone() };
    let ended = Invitation { accepted_us: Some(7), updated_us: 8, ..row.clone() };
    let accept = async || store.accept_invitation(org(), ended.clone(), joined.clone()).await;
    assert_eq!(accept().await, Ok(true));
    assert_eq!(accept().await, Ok(false), "once");
    let late = Invitation { expires_us: 9, ..ended.clone() };
    assert_eq!(store.renew_invitation(org(), late, 8).await, Ok(false), "it was accepted");
    assert_eq!(store.invitation(org(), row.id.clone()).await, Ok(Some(ended)));
    assert_eq!(store.user(org(), person.id.clone()).await, Ok(Some(joined.clone())));
    assert_eq!(store.delete_invitation(org(), row.id.clone(), row.updated_us).await, Ok(false));
    assert_eq!(store.delete_invitation(org(), row.id, 8).await, Ok(true));
    assert_eq!(store.user(org(), person.id).await, Ok(Some(joined)), "who joined stays");

    let (row, person) = invited(&store, &dice).await;
    assert_eq!(store.delete_invitation(org(), row.id, row.updated_us).await, Ok(true));
    assert_eq!(store.user(org(), person.id).await, Ok(None), "who did not is gone");
}

async fn invitations_are_found_by_what_they_say(backend: Backend) {
    let dice = Dice::new(2);
    let (store, _) = with_an_administrator(&backend, &dice).await;
    let (row, person) = invited(&store, &dice).await;
    let (other, _) = invited(&store, &dice).await;
    let ended = Invitation { accepted_us: Some(7), ..other.clone() };
    let (_, joined) = (invited(&store, &dice).await, dice.user());
    assert_eq!(store.accept_invitation(org(), ended.clone(), joined).await, Ok(false), "nobody");
    assert_eq!(store.invitation(org(), other.id.clone()).await, Ok(Some(other)));
    let ids = async |filter: InvitationFilter| {
        let found = store.invitations(org(), filter, slice()).await.unwrap();
        found.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let every = InvitationFilter::default;
    assert_eq!(ids(every()).await.len(), 3);
    for filter in [
        InvitationFilter { email: Some(person.email.clone()), ..every() },
        InvitationFilter { person_id: Some(person.id.clone()), ..every() },
    ] {
        assert_eq!(ids(filter).await, std::slice::from_ref(&row.id));
    }
    let status = |status, at| InvitationFilter { status: Some((status, at)), ..every() };
    let open = ids(status(InvitationStatus::Sent, row.expires_us - 1)).await;
    assert!(open.contains(&row.id));
    let expired = ids(status(InvitationStatus::Expired, row.expires_us)).await;
    assert!(expired.contains(&row.id));
    for none in
        [InvitationStatus::Accepted, InvitationStatus::Staged, InvitationStatus::Deactivated]
    {
        assert_eq!(ids(status(none, 0)).await, [""; 0]);
    }
}

async fn the_last_who_administers_and_can_sign_in_stays(backend: Backend) {
    let dice = Dice::new(3);
    let (store, first) = with_an_administrator(&backend, &dice).await;
    let last = Err(RepoError::LastAdministrator);
    let delete = async |id: &str, at: Option<i64>, rehearsal: bool| {
        store.delete_user(org(), id.to_owned(), at, rehearsal).await
    };
    assert_eq!(delete(&first.id, None, false).await, last);
    let (row, second) = invited(&store, &dice).await;
    let binding = administers(&dice, &second);
    store.insert_role_binding(org(), binding.clone(), Terms::default()).await.unwrap();
    assert_eq!(delete(&first.id, None, false).await, last, "the other did not join");
    let joined = User { password_hash: Some("new".to_owned()), updated_us: 9, ..second.clone() };
    let ended = Invitation { accepted_us: Some(7), ..row.clone() };
    assert_eq!(store.accept_invitation(org(), ended, joined).await, Ok(true));
    assert_eq!(delete(&first.id, None, true).await, Ok(true));
    assert_eq!(store.user(org(), first.id.clone()).await, Ok(Some(first.clone())), "rehearsed");
    assert_eq!(delete(&second.id, Some(8), false).await, Ok(false), "another version");

    let session = dice.session(&second.id);
    store.insert_session(org(), session.clone()).await.unwrap();
    assert_eq!(delete(&second.id, Some(9), false).await, Ok(true));
    assert_eq!(store.any_session(REACH, session.id).await, Ok(None));
    assert_eq!(store.role_binding(org(), binding.id).await, Ok(None));
    assert_eq!(store.invitation(org(), row.id).await, Ok(None));
    assert_eq!(delete(&second.id, None, false).await, Ok(false));
    assert_eq!(delete(&first.id, None, false).await, last);
}

async fn a_second_factor_reads_back_and_is_taken_once(backend: Backend) {
    let dice = Dice::new(5);
    let (store, user) = with_an_administrator(&backend, &dice).await;
    let (begun, row) = (dice.second_factor(&user.id), dice.second_factor(&user.id));
    assert_eq!(store.insert_second_factor(org(), begun.clone()).await, Ok(true));
    assert_eq!(store.insert_second_factor(org(), row.clone()).await, Ok(true), "in its place");
    store.close().await.unwrap();
    let store = backend.open().await;
    let read = async || store.second_factor(org(), user.id.clone()).await.unwrap();
    assert_eq!(read().await, Some(row.clone()));
    let confirmed = SecondFactor { confirmed_us: Some(7), last_step: 8, ..row.clone() };
    let change = async |row: &SecondFactor, before: &SecondFactor| {
        store.update_second_factor(org(), row.clone(), before.clone()).await
    };
    assert_eq!(change(&confirmed, &begun).await, Ok(false), "that one is forgotten");
    assert_eq!(change(&confirmed, &row).await, Ok(true));
    assert_eq!(change(&confirmed, &row).await, Ok(false));
    assert_eq!(store.insert_second_factor(org(), row.clone()).await, Ok(false));
    let taken = SecondFactor { last_step: 9, recovery: Vec::new(), ..confirmed.clone() };
    let take = async || store.take_second_factor(org(), taken.clone(), confirmed.clone()).await;
    let both = futures_util::future::join(take(), take()).await;
    assert!([(Ok(true), Ok(false)), (Ok(false), Ok(true))].contains(&both), "{both:?}");
    assert_eq!(read().await, Some(taken));
    assert_eq!(store.delete_second_factor(org(), user.id.clone()).await, Ok(true));
    assert_eq!(store.delete_second_factor(org(), user.id.clone()).await, Ok(false));
    let strange = dice.second_factor("u-nobody");
    let gone = RepoError::ParentGone("u-nobody".to_owned());
    assert_eq!(store.insert_second_factor(org(), strange).await, Err(gone));
}

async fn another_password_needs_the_one_before(backend: Backend) {
    let dice = Dice::new(4);
    let (store, user) = with_an_administrator(&backend, &dice).await;
    let sessions: Vec<Session> = (0..2).map(|_| dice.session(&user.id)).collect();
    for session in &sessions {
        store.insert_session(org(), session.clone()).await.unwrap();
    }
    let new = User { password_hash: Some("new".to_owned()), updated_us: 9, ..user.clone() };
    let change = async |before: &str| {
        let kept = sessions[0].id.clone();
        store.update_password(org(), new.clone(), before.to_owned(), kept).await
    };
    assert_eq!(change("other").await, Ok(false));
    assert_eq!(store.user(org(), user.id.clone()).await, Ok(Some(user.clone())));
    assert_eq!(change("hash").await, Ok(true));
    assert_eq!(store.user(org(), user.id).await, Ok(Some(new.clone())));
    let there =
        async |n: usize| store.any_session(REACH, sessions[n].id.clone()).await.unwrap().is_some();
    assert!(there(0).await && !there(1).await);
}
