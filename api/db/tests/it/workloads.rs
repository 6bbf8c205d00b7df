//! Identity providers and pools in the store.

use api_app::model::{
    AccessOf, IdentityKey, IdentityPool, IdentityProvider, KeySetStatus, RoleBinding,
};
use api_app::{OrgScope, Repo, RepoError, Slice, SystemWide, Terms, WorkloadRepo};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(
    every_member_reads_back,
    names_are_taken_where_they_are,
    only_so_many_are_added,
    keys_are_kept_for_where_they_came_from,
    old_keys_are_those_of_providers_with_pools,
    a_provider_takes_its_pools_along,
    workloads_of_another_organization_are_not_there,
);

fn slice() -> Slice {
    Slice { after: None, limit: 9 }
}

pub(crate) fn provider(id: &str) -> IdentityProvider {
    IdentityProvider {
        id: id.to_owned(),
        organization_id: org().id().to_owned(),
        display_name: format!("name of {id}"),
        description: "text".to_owned(),
        issuer: "https://issuer".to_owned(),
        jwks_uri: "https://issuer/keys".to_owned(),
        identity_claim: "claims.sub".to_owned(),
        keys: vec![IdentityKey {
            kid: "k".to_owned(),
            kty: "RSA".to_owned(),
            alg: Some("RS256".to_owned()),
            n: "AQ".to_owned(),
            e: "AQAB".to_owned(),
            ..IdentityKey::default()
        }],
        keys_status: KeySetStatus::Ok,
        keys_us: 3,
        created_us: 1,
        updated_us: 2,
    }
}

pub(crate) fn pool(id: &str, provider_id: &str) -> IdentityPool {
    IdentityPool {
        id: id.to_owned(),
        organization_id: org().id().to_owned(),
        provider_id: provider_id.to_owned(),
        display_name: format!("name of {id}"),
        description: "text".to_owned(),
        identity_claim: "claims.sub".to_owned(),
        filter: "true".to_owned(),
        owner_id: "sa-1".to_owned(),
        created_us: 1,
        updated_us: 2,
    }
}

async fn every_member_reads_back(backend: Backend) {
    let (provider, pool) = (provider("op-1"), pool("pool-1", "op-1"));
    let store = backend.open().await;
    let made = store.insert_identity_provider(org(), provider.clone(), 9, Terms::default()).await;
    assert_eq!(made, Ok(true));
    let made = store.insert_identity_pool(org(), pool.clone(), 9, Terms::default()).await;
    assert_eq!(made, Ok(true));
    store.close().await.unwrap();
    let store = backend.open().await;
    let read = store.identity_provider(org(), "op-1".to_owned()).await.unwrap();
    assert_eq!(read, Some(provider.clone()));
    let read = store.identity_pool(org(), "pool-1".to_owned()).await.unwrap();
    assert_eq!(read, Some(pool.clone()));
    let renamed = IdentityPool { filter: "false".to_owned(), updated_us: 5, ..pool };
    assert_eq!(store.update_identity_pool(org(), renamed.clone(), 2, true).await, Ok(()));
    assert_eq!(store.update_identity_pool(org(), renamed.clone(), 2, false).await, Ok(()));
    let stale = store.update_identity_pool(org(), renamed.clone(), 2, false).await;
    assert_eq!(stale, Err(RepoError::Stale));
    let moved = IdentityProvider { jwks_uri: "b".to_owned(), updated_us: 5, ..provider };
    assert_eq!(store.update_identity_provider(org(), moved.clone(), 2, false).await, Ok(()));
    let read = store.any_identity_pool(SystemWide::Authentication, "pool-1".to_owned()).await;
    assert_eq!(read, Ok(Some((renamed.clone(), moved.clone()))));
    assert_eq!(store.identity_providers(org(), slice()).await, Ok(vec![moved]));
    assert_eq!(store.identity_pools(org(), "op-1".to_owned(), slice()).await, Ok(vec![renamed]));
    assert_eq!(store.identity_pools(org(), "op-2".to_owned(), slice()).await, Ok(vec![]));
    assert_eq!(store.delete_identity_pool(org(), "pool-1".to_owned(), 2).await, Ok(false));
    assert_eq!(store.delete_identity_pool(org(), "pool-1".to_owned(), 5).await, Ok(true));
    assert_eq!(store.identity_pool(org(), "pool-1".to_owned()).await, Ok(None));
}

async fn old_keys_are_those_of_providers_with_pools(backend: Backend) {
    let store = backend.open().await;
    for (id, keys_us) in [("op-1", 30), ("op-2", 10), ("op-3", 20), ("op-4", 31)] {
        let row = IdentityProvider { keys_us, ..provider(id) };
        store.insert_identity_provider(org(), row, 9, Terms::default()).await.unwrap();
    }
    for (id, of) in [("pool-1", "op-1"), ("pool-2", "op-2"), ("pool-3", "op-2"), ("pool-4", "op-4")]
    {
        store.insert_identity_pool(org(), pool(id, of), 9, Terms::default()).await.unwrap();
    }
    let found = store.old_keys(SystemWide::Brokers, 31).await.unwrap();
    let ids: Vec<_> = found.iter().map(|row| (row.id.as_str(), row.keys_us)).collect();
    assert_eq!(ids, [("op-2", 10), ("op-1", 30)], "once each, the oldest first");
    let everything = store.access_rows(SystemWide::Brokers, AccessOf::Everything).await.unwrap();
    assert_eq!((everything.pools.len(), everything.providers.len()), (4, 4));
    let of = AccessOf::Cluster("lkc-1".to_owned());
    let some = store.access_rows(SystemWide::Brokers, of).await.unwrap();
    assert!(some.providers.is_empty(), "what is told of a cluster leaves them as they are");
}

async fn names_are_taken_where_they_are(backend: Backend) {
    let store = backend.open().await;
    let plain = Terms::default;
    for id in ["op-1", "op-2"] {
        store.insert_identity_provider(org(), provider(id), 9, plain()).await.unwrap();
    }
    let same = IdentityProvider { id: "op-3".to_owned(), ..provider("op-1") };
    let taken = Err(RepoError::Taken { existing_id: "op-1".to_owned() });
    assert_eq!(store.insert_identity_provider(org(), same, 9, plain()).await, taken);
    store.insert_identity_pool(org(), pool("pool-1", "op-1"), 9, plain()).await.unwrap();
    let same = IdentityPool { id: "pool-2".to_owned(), ..pool("pool-1", "op-1") };
    let taken = Err(RepoError::Taken { existing_id: "pool-1".to_owned() });
    assert_eq!(store.insert_identity_pool(org(), same.clone(), 9, plain()).await, taken);
    let elsewhere = IdentityPool { provider_id: "op-2".to_owned(), ..same };
    assert_eq!(store.insert_identity_pool(org(), elsewhere, 9, plain()).await, Ok(true));
}

async fn only_so_many_are_added(backend: Backend) {
    let store = backend.open().await;
    for (number, made) in [(1, true), (2, true), (3, false)] {
        let row = provider(&format!("op-{number}"));
        let added = store.insert_identity_provider(org(), row, 2, Terms::default()).await;
        assert_eq!(added, Ok(made));
        let row = pool(&format!("pool-{number}"), "op-1");
        let added = store.insert_identity_pool(org(), row, 2, Terms::default()).await;
        assert_eq!(added, Ok(made));
    }
    let gone = Err(RepoError::ParentGone("op-3".to_owned()));
    let added = store.insert_identity_pool(org(), pool("pool-4", "op-3"), 9, Terms::default());
    assert_eq!(added.await, gone);
}

async fn keys_are_kept_for_where_they_came_from(backend: Backend) {
    let store = backend.open().await;
    let row = provider("op-1");
    store.insert_identity_provider(org(), row.clone(), 9, Terms::default()).await.unwrap();
    let read = IdentityProvider {
        keys: Vec::new(),
        keys_status: KeySetStatus::Refreshed,
        keys_us: 7,
        display_name: "is no key".to_owned(),
        ..row.clone()
    };
    assert_eq!(store.keep_identity_keys(org(), read.clone(), true).await, Ok(true));
    let kept = IdentityProvider { display_name: row.display_name.clone(), ..read.clone() };
    assert_eq!(store.identity_provider(org(), row.id).await, Ok(Some(kept)));
    let elsewhere = IdentityProvider { jwks_uri: "https://b".to_owned(), ..read };
    assert_eq!(store.keep_identity_keys(org(), elsewhere, false).await, Ok(false));
}

async fn a_provider_takes_its_pools_along(backend: Backend) {
    let store = backend.open().await;
    let plain = Terms::default;
    store.insert_identity_provider(org(), provider("op-1"), 9, plain()).await.unwrap();
    store.insert_identity_pool(org(), pool("pool-1", "op-1"), 9, plain()).await.unwrap();
    let principal = "User:pool-1".to_owned();
    let binding = RoleBinding { principal: principal.clone(), ..Dice::new(1).role_binding() };
    store.insert_role_binding(org(), binding, plain()).await.unwrap();
    assert_eq!(store.delete_identity_provider(org(), "op-1".to_owned(), 1).await, Ok(false));
    assert_eq!(store.delete_identity_provider(org(), "op-1".to_owned(), 2).await, Ok(true));
    assert_eq!(store.identity_pool(org(), "pool-1".to_owned()).await, Ok(None));
    assert_eq!(store.role_bindings_of(org(), principal).await, Ok(vec![]));
    let read = store.any_identity_pool(SystemWide::Authentication, "pool-1".to_owned()).await;
    assert_eq!(read, Ok(None));
}

async fn workloads_of_another_organization_are_not_there(backend: Backend) {
    let store = backend.open().await;
    let (plain, theirs) = (Terms::default, || OrgScope::of("p"));
    let (provider, pool) = (provider("op-1"), pool("pool-1", "op-1"));
    store.insert_identity_provider(theirs(), provider.clone(), 9, plain()).await.unwrap();
    store.insert_identity_pool(theirs(), pool.clone(), 9, plain()).await.unwrap();
    assert_eq!(store.identity_providers(org(), slice()).await, Ok(vec![]));
    assert_eq!(store.identity_provider(org(), "op-1".to_owned()).await, Ok(None));
    assert_eq!(store.identity_pools(org(), "op-1".to_owned(), slice()).await, Ok(vec![]));
    assert_eq!(store.identity_pool(org(), "pool-1".to_owned()).await, Ok(None));
    let stale = Err(RepoError::Stale);
    let changed = store.update_identity_provider(org(), provider.clone(), 2, false).await;
    assert_eq!(changed, stale);
    assert_eq!(store.update_identity_pool(org(), pool.clone(), 2, false).await, stale);
    assert_eq!(store.keep_identity_keys(org(), provider.clone(), false).await, Ok(false));
    assert_eq!(store.delete_identity_pool(org(), "pool-1".to_owned(), 2).await, Ok(false));
    assert_eq!(store.delete_identity_provider(org(), "op-1".to_owned(), 2).await, Ok(false));
    let gone = Err(RepoError::ParentGone("op-1".to_owned()));
    let other = IdentityPool { id: "pool-2".to_owned(), ..pool.clone() };
    assert_eq!(store.insert_identity_pool(org(), other, 9, plain()).await, gone);
    let theirs_now = (
        IdentityPool { organization_id: "p".to_owned(), ..pool },
        IdentityProvider { organization_id: "p".to_owned(), ..provider },
    );
    let read = store.any_identity_pool(SystemWide::Authentication, "pool-1".to_owned()).await;
    assert_eq!(read, Ok(Some(theirs_now)));
}
