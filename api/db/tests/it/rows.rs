//! Uniqueness, order, and changes that meet each other.

use api_app::model::{AccessOf, ApiKey, KeyScope, Phase};
use api_app::{Cursor, Deletion, Kept, KeyRepo as _, Repo, RepoError, Slice, SystemWide, Terms};
use common_types::acl::{Acl, AclFilter, Operation, Pattern, Permission, ResourceType};
use common_types::crn;

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(
    a_name_is_given_once_however_many_ask_at_a_time,
    lists_go_by_creation_and_go_on_after_a_cursor,
    a_change_of_a_stale_row_is_refused,
    a_deletion_of_a_stale_row_is_refused,
    deleting_an_environment_takes_all_below_it,
    keys_need_their_owner_and_their_cluster,
    keys_are_expired_from_their_moment_on_and_the_longest_comes_first,
    desired_topic_is_kept_only_while_the_cluster_is_provisioning,
    access_revision_grows_over_restarts,
    acls_are_kept_once_up_to_a_number_and_go_with_their_cluster,
);

async fn a_name_is_given_once_however_many_ask_at_a_time(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(1);
    let (mut environments, mut accounts) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        let (mut environment, mut account) = (dice.environment(), dice.service_account());
        environment.organization_id = "o".to_owned();
        environment.display_name = "same".to_owned();
        account.organization_id = "o".to_owned();
        account.display_name = "same".to_owned();
        let (one, two) = (store.clone(), store.clone());
        environments.push(tokio::spawn(async move {
            one.insert_environment(org(), environment, Terms::default()).await
        }));
        accounts.push(tokio::spawn(async move {
            two.insert_service_account(org(), account, Terms::default()).await
        }));
    }
    for tasks in [environments, accounts] {
        let mut given = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => given += 1,
                Err(RepoError::Taken { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(given, 1);
    }
}

async fn lists_go_by_creation_and_go_on_after_a_cursor(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(2);
    let mut expected = Vec::new();
    for n in 0..9 {
        let mut row = dice.environment();
        row.created_us = n / 3;
        expected.push((row.created_us, row.id.clone()));
        store.insert_environment(org(), row, Terms::default()).await.unwrap();
    }
    expected.sort();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.environments(org(), Slice { after, limit: 2 }).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Cursor { created_us: last.created_us, id: last.id.clone() });
        seen.extend(page.into_iter().map(|row| (row.created_us, row.id)));
    }
    assert_eq!(seen, expected);
}

async fn a_change_of_a_stale_row_is_refused(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(3);
    let environment = dice.environment();
    let cluster = dice.cluster(&environment.id, Phase::Provisioned);
    store.insert_environment(org(), environment.clone(), Terms::default()).await.unwrap();
    store
        .insert_cluster(org(), cluster.clone(), "lsrc-1".to_owned(), Terms::default())
        .await
        .unwrap();
    let mut newer = environment.clone();
    newer.generation += 1;
    newer.display_name = "first".to_owned();
    store.update_environment(org(), newer.clone(), "lsrc-2".to_owned(), false).await.unwrap();
    newer.display_name = "second".to_owned();
    let late = store.update_environment(org(), newer, "lsrc-2".to_owned(), false).await;
    assert_eq!(late, Err(RepoError::Stale));
    let mut newer = cluster.clone();
    newer.generation += 1;
    newer.phase = Phase::Failed;
    store.update_cluster(org(), newer.clone()).await.unwrap();
    assert_eq!(store.update_cluster(org(), newer).await, Err(RepoError::Stale));
    let read = store.cluster(org(), cluster.id).await.unwrap().unwrap();
    assert_eq!(read.phase, Phase::Provisioned, "a person's change leaves what passes wrote");
}

async fn a_deletion_of_a_stale_row_is_refused(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(8);
    let environment = dice.environment();
    let cluster = dice.cluster(&environment.id, Phase::Provisioned);
    let account = dice.service_account();
    let key = dice.api_key(&account.id, KeyScope::Cloud);
    store.insert_environment(org(), environment.clone(), Terms::default()).await.unwrap();
    let stored =
        store.insert_cluster(org(), cluster.clone(), "lsrc-1".to_owned(), Terms::default());
    stored.await.unwrap();
    store.insert_service_account(org(), account.clone(), Terms::default()).await.unwrap();
    store.insert_api_key(org(), key.clone(), Terms::default()).await.unwrap();
    let late = |version: i64| Some(version.wrapping_sub(1));

    let mut changed = account.clone();
    changed.description = "changed".to_owned();
    changed.updated_us = 77;
    let stale = store.update_service_account(org(), changed.clone(), 76, false).await;
    assert_eq!(stale, Err(RepoError::Stale));
    store.update_service_account(org(), changed.clone(), account.updated_us, true).await.unwrap();
    assert_eq!(store.service_account(org(), account.id.clone()).await, Ok(Some(account.clone())));
    store.update_service_account(org(), changed, account.updated_us, false).await.unwrap();
    assert_eq!(store.update_api_key(org(), key.clone(), key.updated_us - 1).await, Ok(false));

    assert_eq!(store.delete_api_key(org(), key.id.clone(), late(key.updated_us)).await, Ok(false));
    assert_eq!(store.delete_api_key(org(), key.id, Some(key.updated_us)).await, Ok(true));
    assert_eq!(store.delete_service_account(org(), account.id.clone(), Some(78)).await, Ok(false));
    assert_eq!(store.delete_service_account(org(), account.id, Some(77)).await, Ok(true));
    let generation = cluster.generation;
    assert_eq!(
        store.delete_cluster(org(), cluster.id.clone(), late(generation), Deletion::at(5)).await,
        Ok(false)
    );
    assert_eq!(
        store.delete_cluster(org(), cluster.id, Some(generation), Deletion::at(5)).await,
        Ok(true)
    );
    let (id, generation) = (environment.id, environment.generation);
    assert_eq!(
        store.delete_environment(org(), id.clone(), late(generation), Deletion::at(6)).await,
        Ok(false)
    );
    assert_eq!(
        store.delete_environment(org(), id, Some(generation), Deletion::at(6)).await,
        Ok(true)
    );
}

async fn deleting_an_environment_takes_all_below_it(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(4);
    let (gone, kept) = (dice.environment(), dice.environment());
    let account = dice.service_account();
    store.insert_service_account(org(), account.clone(), Terms::default()).await.unwrap();
    let mut rows = Vec::new();
    for environment in [&gone, &kept] {
        store.insert_environment(org(), environment.clone(), Terms::default()).await.unwrap();
        let cluster = dice.cluster(&environment.id, Phase::Provisioning);
        store
            .insert_cluster(
                org(),
                cluster.clone(),
                format!("lsrc-{}", environment.id),
                Terms::default(),
            )
            .await
            .unwrap();
        store.insert_desired_topic(org(), dice.topic(&cluster.id)).await.unwrap();
        let scope = KeyScope::Cluster {
            cluster_id: cluster.id.clone(),
            environment_id: environment.id.clone(),
        };
        let key = dice.api_key(&account.id, scope);
        store.insert_api_key(org(), key.clone(), Terms::default()).await.unwrap();
        let mut bindings = [dice.role_binding(), dice.role_binding()];
        bindings[0].crn_pattern = crn::environment("o", &environment.id);
        bindings[1].crn_pattern = crn::cloud_cluster("o", &environment.id, &cluster.id);
        for binding in &bindings {
            store.insert_role_binding(org(), binding.clone(), Terms::default()).await.unwrap();
        }
        rows.push((cluster, key, bindings));
    }
    assert!(store.delete_environment(org(), gone.id.clone(), None, Deletion::at(5)).await.unwrap());
    assert!(
        !store.delete_environment(org(), gone.id.clone(), None, Deletion::at(6)).await.unwrap()
    );
    for (index, there) in [(0, false), (1, true)] {
        let (cluster, key, bindings) = &rows[index];
        assert_eq!(store.cluster(org(), cluster.id.clone()).await.unwrap().is_some(), there);
        assert_eq!(
            store.desired_topics(org(), cluster.id.clone()).await.unwrap().len(),
            usize::from(there)
        );
        assert_eq!(store.api_key(org(), key.id.clone()).await.unwrap().is_some(), there);
        for binding in bindings {
            assert_eq!(
                store.role_binding(org(), binding.id.clone()).await.unwrap().is_some(),
                there
            );
        }
    }
    assert_eq!(store.registry(org(), gone.id.clone()).await.unwrap(), None);
    let late = store.insert_cluster(
        org(),
        dice.cluster(&gone.id, Phase::Provisioning),
        "l".to_owned(),
        Terms::default(),
    );
    assert!(matches!(late.await, Err(RepoError::ParentGone(_))));
}

async fn keys_are_expired_from_their_moment_on_and_the_longest_comes_first(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(6);
    let account = dice.service_account();
    store.insert_service_account(org(), account.clone(), Terms::default()).await.unwrap();
    let mut keys = Vec::new();
    for expires_us in [Some(20), Some(10), None, Some(30)] {
        let key = ApiKey { expires_us, ..dice.api_key(&account.id, KeyScope::Cloud) };
        store.insert_api_key(org(), key.clone(), Terms::default()).await.unwrap();
        keys.push(key.id);
    }
    for (now_us, limit, expected) in [
        (9, 10, vec![]),
        (10, 10, vec![1]),
        (29, 10, vec![1, 0]),
        (i64::MAX, 10, vec![1, 0, 3]),
        (i64::MAX, 2, vec![1, 0]),
    ] {
        let found = store.expired_api_keys(SystemWide::Housekeeping, now_us, limit).await.unwrap();
        let found: Vec<&String> = found.iter().map(|key| &key.id).collect();
        let expected: Vec<&String> = expected.into_iter().map(|at: usize| &keys[at]).collect();
        assert_eq!(found, expected, "at {now_us}");
    }
}

async fn keys_need_their_owner_and_their_cluster(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(5);
    let account = dice.service_account();
    let orphan = dice.api_key(&account.id, KeyScope::Cloud);
    let refused = store.insert_api_key(org(), orphan.clone(), Terms::default()).await;
    assert_eq!(refused, Err(RepoError::ParentGone(account.id.clone())));
    store.insert_service_account(org(), account.clone(), Terms::default()).await.unwrap();
    let scope = KeyScope::Cluster { cluster_id: "lkc-x".into(), environment_id: "env-x".into() };
    let refused =
        store.insert_api_key(org(), dice.api_key(&account.id, scope), Terms::default()).await;
    assert_eq!(refused, Err(RepoError::ParentGone("lkc-x".to_owned())));
    store.insert_api_key(org(), orphan.clone(), Terms::default()).await.unwrap();
    assert!(store.delete_service_account(org(), account.id, None).await.unwrap());
    assert_eq!(store.api_key(org(), orphan.id).await.unwrap(), None);
}

async fn desired_topic_is_kept_only_while_the_cluster_is_provisioning(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(6);
    let environment = dice.environment();
    let waiting = dice.cluster(&environment.id, Phase::Provisioning);
    let served = dice.cluster(&environment.id, Phase::Provisioned);
    store.insert_environment(org(), environment, Terms::default()).await.unwrap();
    for cluster in [&waiting, &served] {
        store
            .insert_cluster(org(), cluster.clone(), "lsrc-1".to_owned(), Terms::default())
            .await
            .unwrap();
    }
    let mut topic = dice.topic(&waiting.id);
    topic.failure = None;
    assert_eq!(store.insert_desired_topic(org(), topic.clone()).await, Ok(Kept::Desired));
    let again = store.insert_desired_topic(org(), topic.clone()).await;
    assert_eq!(again, Err(RepoError::Taken { existing_id: topic.name }));
    let late = store.insert_desired_topic(org(), dice.topic(&served.id)).await;
    assert_eq!(late, Ok(Kept::ClusterServes));
    assert!(store.desired_topics(org(), served.id).await.unwrap().is_empty());
}

async fn access_revision_grows_over_restarts(backend: Backend) {
    let mut last = 0;
    for _ in 0..3 {
        let store = backend.open().await;
        for _ in 0..2 {
            let revision = store
                .access_rows(SystemWide::Brokers, AccessOf::Everything)
                .await
                .unwrap()
                .revision;
            assert!(revision > last);
            last = revision;
        }
        store.close().await.unwrap();
    }
}

fn acl(principal: &str, name: &str, operation: Operation) -> Acl {
    Acl {
        resource_type: ResourceType::Topic,
        resource_name: name.to_owned(),
        pattern: Pattern::Literal,
        principal: principal.to_owned(),
        host: "*".to_owned(),
        operation,
        permission: Permission::Allow,
    }
}

async fn acls_are_kept_once_up_to_a_number_and_go_with_their_cluster(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(7);
    let environment = dice.environment();
    let [one, other] =
        [Phase::Provisioning, Phase::Provisioned].map(|phase| dice.cluster(&environment.id, phase));
    store.insert_environment(org(), environment, Terms::default()).await.unwrap();
    for cluster in [&one, &other] {
        store
            .insert_cluster(org(), cluster.clone(), "lsrc-1".to_owned(), Terms::default())
            .await
            .unwrap();
    }
    let id = || one.id.clone();
    let all = vec![
        acl("User:*", "b'%\"é", Operation::Read),
        acl("User:sa-1", "a", Operation::Read),
        acl("User:sa-1", "a", Operation::Write),
        acl("User:sa-2", "a", Operation::All),
    ];
    assert_eq!(store.insert_acls(org(), id(), all.clone(), 4, 1).await, Ok(true));
    assert_eq!(store.insert_acls(org(), id(), all.clone(), 4, 2).await, Ok(true), "none is new");
    let more = vec![acl("User:sa-3", "a", Operation::Read)];
    assert_eq!(store.insert_acls(org(), id(), more.clone(), 4, 3).await, Ok(false));
    assert_eq!(store.insert_acls(org(), other.id.clone(), more.clone(), 1, 4).await, Ok(true));
    store.close().await.unwrap();

    let store = backend.open().await;
    let mut found = store.acls(org(), id()).await.unwrap();
    found.sort();
    let mut expected = all.clone();
    expected.sort();
    assert_eq!(found, expected);
    let mine = vec!["User:sa-1".to_owned(), "User:*".to_owned()];
    assert_eq!(store.acls_for(org(), id(), mine).await.unwrap().len(), 3);
    let of = |principal: Option<&str>, operation| AclFilter {
        principal: principal.map(str::to_owned),
        operation,
        ..AclFilter::default()
    };
    let filters = vec![
        of(Some("User:sa-1"), None),
        of(None, Some(Operation::Write)),
        of(Some("User:nobody"), None),
    ];
    let gone = store.delete_acls(org(), id(), filters).await.unwrap();
    assert_eq!(gone.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 0], "by filter");
    assert_eq!(store.acls(org(), id()).await.unwrap().len(), 2);
    assert_eq!(
        store.access_rows(SystemWide::Brokers, AccessOf::Everything).await.unwrap().acls.len(),
        3
    );
    assert!(store.delete_cluster(org(), id(), None, Deletion::at(9)).await.unwrap());
    let left = store.access_rows(SystemWide::Brokers, AccessOf::Everything).await.unwrap().acls;
    assert_eq!(left, [(other.id, more[0].clone())]);
    let late = store.insert_acls(org(), id(), more, 10, 10).await;
    assert!(matches!(late, Err(RepoError::ParentGone(_))));
}
