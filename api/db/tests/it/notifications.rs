//! Integrations, subscriptions and what is on its way, in the store.

use api_app::model::{
    Delivery, DeliveryState, IntegrationHealth, Notice, NoticeType, NotificationIntegration,
    NotificationSubscription, SubscriptionState, TargetKind,
};
use api_app::{DeletedKind, OrgScope, Repo, RepoError, Slice, SystemWide, Terms};
use api_db::Store;

use crate::backend::{Backend, on_both};
use crate::dice::org;
use crate::plane::Plane;

on_both!(
    every_member_reads_back,
    what_was_tried_is_written_down_and_others_wait_behind_it,
    integrations_take_turns_and_only_the_oldest_message_of_each_is_due,
    a_mark_is_told_once_until_it_is_gone,
    notifications_of_another_organization_are_not_there,
    a_cluster_is_told_of_once_wherever_its_pass_is_killed,
    a_deletion_is_told_at_once_and_so_is_its_undo,
);

const REACH: SystemWide = SystemWide::Notifications;

fn slice() -> Slice {
    Slice { after: None, limit: 100 }
}

pub(crate) fn integration(id: &str) -> NotificationIntegration {
    NotificationIntegration {
        id: id.to_owned(),
        organization_id: org().id().to_owned(),
        display_name: format!("name of {id}"),
        description: "text".to_owned(),
        kind: TargetKind::Slack,
        target: vec![1, 2, 3],
        pepper_version: 4,
        health: IntegrationHealth::default(),
        created_us: 1,
        updated_us: 2,
    }
}

pub(crate) fn subscription(id: &str, integrations: &[&str]) -> NotificationSubscription {
    NotificationSubscription {
        id: id.to_owned(),
        organization_id: org().id().to_owned(),
        notice_type: NoticeType::Quota50,
        integration_ids: integrations.iter().map(|id| (*id).to_owned()).collect(),
        state: SubscriptionState::Enabled,
        created_us: 1,
        updated_us: 2,
    }
}

fn notice(title: &str, at_us: i64) -> Notice {
    Notice {
        notice_type: NoticeType::Quota50,
        organization_id: org().id().to_owned(),
        resource: "crn".to_owned(),
        title: title.to_owned(),
        message: "m".to_owned(),
        at_us,
    }
}

async fn subscribed(backend: &Backend) -> Store {
    let store = backend.open().await;
    let made = store.insert_notification_integration(org(), integration("int-1"), 9, plain());
    assert_eq!(made.await, Ok(true));
    let row = subscription("sub-1", &["int-1"]);
    assert_eq!(store.insert_notification_subscription(org(), row, 9, plain()).await, Ok(true));
    store
}

fn plain() -> Terms {
    Terms::default()
}

/// Tells of something for the first time.
async fn tell(store: &Store, title: &str, at_us: i64) -> Delivery {
    let it = notice(title, at_us);
    let marks = store.settle_marks(REACH, vec![(title.to_owned(), it.clone())], vec![title.into()]);
    marks.await.unwrap();
    Delivery::of(&it, "int-1")
}

async fn every_member_reads_back(backend: Backend) {
    let store = subscribed(&backend).await;
    let row = integration("int-1");
    let read = store.notification_integration(org(), "int-1".to_owned()).await;
    assert_eq!(read, Ok(Some(row.clone())));
    let same = NotificationIntegration { id: "int-2".to_owned(), ..row.clone() };
    let taken = Err(RepoError::Taken { existing_id: "int-1".to_owned() });
    assert_eq!(store.insert_notification_integration(org(), same, 9, plain()).await, taken);
    let other = store.insert_notification_integration(org(), integration("int-2"), 1, plain());
    assert_eq!(other.await, Ok(false), "there may be one");
    let renamed = NotificationIntegration {
        display_name: "n".to_owned(),
        kind: TargetKind::Webhook,
        target: vec![9],
        updated_us: 3,
        ..row
    };
    let changed = store.update_notification_integration(org(), renamed.clone(), 2, false).await;
    assert_eq!(changed, Ok(()));
    let stale = store.update_notification_integration(org(), renamed.clone(), 2, false).await;
    assert_eq!(stale, Err(RepoError::Stale));
    assert_eq!(store.notification_integrations(org(), slice()).await, Ok(vec![renamed]));
    let held = store.delete_notification_integration(org(), "int-1".to_owned(), 3).await;
    assert_eq!(held, Ok(false), "a subscription has it");
    let gone = Err(RepoError::ParentGone("int-2".to_owned()));
    let nowhere = subscription("sub-2", &["int-1", "int-2"]);
    let made = store.insert_notification_subscription(org(), nowhere.clone(), 9, plain()).await;
    assert_eq!(made, gone.clone().map(|()| true));
    let moved = NotificationSubscription { id: "sub-1".to_owned(), ..nowhere };
    assert_eq!(store.update_notification_subscription(org(), moved, 2, false).await, gone);
    let off = NotificationSubscription {
        state: SubscriptionState::Disabled,
        updated_us: 5,
        ..subscription("sub-1", &["int-1"])
    };
    let changed = store.update_notification_subscription(org(), off.clone(), 2, false).await;
    assert_eq!(changed, Ok(()));
    assert_eq!(store.notification_subscriptions(org(), slice()).await, Ok(vec![off.clone()]));
    let read = store.notification_subscription(org(), "sub-1".to_owned()).await;
    assert_eq!(read, Ok(Some(off)));
    let id = || "sub-1".to_owned();
    assert_eq!(store.delete_notification_subscription(org(), id(), 2).await, Ok(false));
    assert_eq!(store.delete_notification_subscription(org(), id(), 5).await, Ok(true));
    let gone = store.delete_notification_integration(org(), "int-1".to_owned(), 3).await;
    assert_eq!(gone, Ok(true));
}

async fn what_was_tried_is_written_down_and_others_wait_behind_it(backend: Backend) {
    let store = subscribed(&backend).await;
    let (first, second) = (tell(&store, "a", 10).await, tell(&store, "b", 20).await);
    assert_eq!(store.due_deliveries(REACH, 9, 9).await, Ok(vec![]));
    assert_eq!(store.due_deliveries(REACH, 10, 9).await, Ok(vec![first.clone()]));
    let failing = IntegrationHealth {
        last_us: 30,
        last_error: "why".to_owned(),
        failing_since_us: Some(30),
        ..IntegrationHealth::default()
    };
    let tried = Delivery { attempts: 1, due_us: 99, error: "why".to_owned(), ..first.clone() };
    store.settle_delivery(REACH, tried.clone(), failing.clone()).await.unwrap();
    let later = Delivery { due_us: 99, ..second };
    let all = store.deliveries(org(), Some("int-1".to_owned()), slice()).await.unwrap();
    assert_eq!(all, [later.clone(), tried.clone()], "the newest first, and both wait");
    let newer = Delivery { due_us: 99, ..tell(&store, "newer", 50).await };
    assert_eq!(store.due_deliveries(REACH, 98, 9).await, Ok(vec![]), "nobody overtakes it");
    assert_eq!(store.due_deliveries(REACH, 99, 9).await, Ok(vec![tried]));
    let kept = store.notification_integration(org(), "int-1".to_owned()).await.unwrap().unwrap();
    assert_eq!(kept.health, failing);
    let disabled = IntegrationHealth { disabled: "long".to_owned(), ..failing };
    let ended = Delivery { state: DeliveryState::Failed, ended_us: 30, ..first };
    store.settle_delivery(REACH, ended.clone(), disabled).await.unwrap();
    let given_up = |it: Delivery| {
        let error = "long".to_owned();
        Delivery { state: DeliveryState::Failed, ended_us: 30, error, ..it }
    };
    let all = store.deliveries(org(), None, slice()).await;
    assert_eq!(all, Ok(vec![given_up(newer), given_up(later), ended]));
    tell(&store, "c", 40).await;
    assert_eq!(store.due_deliveries(REACH, 1_000, 9).await, Ok(vec![]), "nothing is sent there");
    store.forget_deliveries(SystemWide::Housekeeping, 29).await.unwrap();
    assert_eq!(store.deliveries(org(), None, slice()).await.unwrap().len(), 3);
    store.forget_deliveries(SystemWide::Housekeeping, 30).await.unwrap();
    assert_eq!(store.deliveries(org(), None, slice()).await, Ok(vec![]));
}

async fn integrations_take_turns_and_only_the_oldest_message_of_each_is_due(backend: Backend) {
    let store = subscribed(&backend).await;
    let mut other = integration("int-2");
    other.display_name = "other".to_owned();
    store.insert_notification_integration(org(), other, 9, plain()).await.unwrap();
    let row = subscription("sub-1", &["int-1", "int-2"]);
    store.update_notification_subscription(org(), row, 2, false).await.unwrap();
    let (first, second) = (tell(&store, "a", 10).await, tell(&store, "b", 20).await);
    let elsewhere = Delivery::of(&first.notice, "int-2");
    let due = async |limit| store.due_deliveries(REACH, 99, limit).await.unwrap();
    assert_eq!(due(9).await, [first.clone(), elsewhere.clone()]);
    let arrived = Delivery { state: DeliveryState::Delivered, attempts: 1, ended_us: 30, ..first };
    let health = IntegrationHealth { last_us: 30, ..IntegrationHealth::default() };
    store.settle_delivery(REACH, arrived, health).await.unwrap();
    assert_eq!(due(9).await, [elsewhere.clone(), second]);
    assert_eq!(due(1).await, [elsewhere], "whose turn it is");
}

async fn a_mark_is_told_once_until_it_is_gone(backend: Backend) {
    let store = subscribed(&backend).await;
    tell(&store, "a", 10).await;
    tell(&store, "a", 20).await;
    assert_eq!(store.deliveries(org(), None, slice()).await.unwrap().len(), 1);
    store.settle_marks(REACH, Vec::new(), Vec::new()).await.unwrap();
    tell(&store, "a", 30).await;
    assert_eq!(store.deliveries(org(), None, slice()).await.unwrap().len(), 2);
}

async fn notifications_of_another_organization_are_not_there(backend: Backend) {
    let store = subscribed(&backend).await;
    tell(&store, "a", 10).await;
    let theirs = || OrgScope::of("p");
    assert_eq!(store.notification_integrations(theirs(), slice()).await, Ok(vec![]));
    assert_eq!(store.notification_subscriptions(theirs(), slice()).await, Ok(vec![]));
    assert_eq!(store.deliveries(theirs(), Some("int-1".to_owned()), slice()).await, Ok(vec![]));
    let id = || "int-1".to_owned();
    assert_eq!(store.notification_integration(theirs(), id()).await, Ok(None));
    assert_eq!(store.delete_notification_integration(theirs(), id(), 2).await, Ok(false));
    let row = integration("int-1");
    let changed = store.update_notification_integration(theirs(), row, 2, false).await;
    assert_eq!(changed, Err(RepoError::Stale));
    let row = subscription("sub-2", &["int-1"]);
    let made = store.insert_notification_subscription(theirs(), row, 9, plain()).await;
    assert_eq!(made, Err(RepoError::ParentGone(id())));
    let id = || "sub-1".to_owned();
    assert_eq!(store.notification_subscription(theirs(), id()).await, Ok(None));
    assert_eq!(store.delete_notification_subscription(theirs(), id(), 2).await, Ok(false));
    let elsewhere = Notice { organization_id: "p".to_owned(), ..notice("b", 20) };
    let marks = vec![("b".to_owned(), elsewhere)];
    store.settle_marks(REACH, marks, vec!["a".into(), "b".into()]).await.unwrap();
    assert_eq!(store.due_deliveries(REACH, 99, 9).await.unwrap().len(), 1, "they are not told");
}

async fn a_cluster_is_told_of_once_wherever_its_pass_is_killed(backend: Backend) {
    let plane = Plane::new(&backend, 3).await;
    plane.settle().await;
    let (store, org) = (told_of_clusters(&backend, &plane).await, || plane.admin.org());
    let environment = plane.environment("killed").await;
    for polls in 0..40 {
        plane.cluster(&environment).await;
        plane.killed_turn(polls).await;
        plane.settle().await;
    }
    let all = store.deliveries(org(), None, slice()).await.unwrap();
    let mut told: Vec<&str> = all.iter().map(|row| row.notice.resource.as_str()).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!((all.len(), told.len()), (40, 40));
    let change = api_app::Change::default();
    plane.app.delete_environment(&plane.admin, &environment, &change).await.unwrap();
    for polls in 0..60 {
        plane.killed_turn(polls % 20).await;
        plane.clock.advance(std::time::Duration::from_secs(31));
    }
    plane.settle().await;
    let all = store.deliveries(org(), None, slice()).await.unwrap();
    let is_gone = |row: &&Delivery| row.notice.notice_type == NoticeType::ClusterDeleted;
    assert_eq!((all.len(), all.iter().filter(is_gone).count()), (80, 40));
}

/// One integration that is told of clusters.
async fn told_of_clusters(backend: &Backend, plane: &Plane) -> Store {
    let (store, org) = (backend.open().await, || plane.admin.org());
    store.insert_notification_integration(org(), integration("int-1"), 9, plain()).await.unwrap();
    for (id, notice_type) in
        [("sub-1", NoticeType::ClusterReady), ("sub-2", NoticeType::ClusterDeleted)]
    {
        let row = NotificationSubscription { notice_type, ..subscription(id, &["int-1"]) };
        store.insert_notification_subscription(org(), row, 9, plain()).await.unwrap();
    }
    store
}

async fn a_deletion_is_told_at_once_and_so_is_its_undo(backend: Backend) {
    let plane = Plane::with_undo(&backend, 3, std::time::Duration::from_hours(1)).await;
    plane.settle().await;
    let store = told_of_clusters(&backend, &plane).await;
    let environment = plane.environment("shop").await;
    let (cluster, change) = (plane.cluster(&environment).await, api_app::Change::default());
    plane.settle().await;
    let told = async || {
        let all = store.deliveries(plane.admin.org(), None, slice()).await.unwrap();
        let words = |it: Delivery| it.notice.title.rsplit(' ').next().unwrap().to_owned();
        all.into_iter().rev().map(words).collect::<Vec<String>>()
    };
    plane.clock.advance(std::time::Duration::from_secs(1));
    plane.app.delete_cluster(&plane.admin, Some(&environment), &cluster, &change).await.unwrap();
    let mut expected = vec!["ready", "deleted"];
    assert_eq!(told().await, expected, "before any pass");
    plane.clock.advance(std::time::Duration::from_secs(1));
    plane.app.restore(&plane.admin, DeletedKind::Cluster, &cluster, &change).await.unwrap();
    plane.settle().await;
    expected.push("back");
    assert_eq!(told().await, expected);
    plane.clock.advance(std::time::Duration::from_secs(1));
    plane.app.delete_cluster(&plane.admin, Some(&environment), &cluster, &change).await.unwrap();
    plane.clock.advance(std::time::Duration::from_hours(2));
    plane.app.end_undo_windows().await.unwrap();
    plane.settle().await;
    expected.push("deleted");
    assert_eq!(told().await, expected, "its end is no news");
}
