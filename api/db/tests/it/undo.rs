//! Deleting for a while and bringing back are each all or nothing, and no pass touches what is kept.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use api_app::model::{ApiKey, Cluster, Environment, KeyScope, Phase, RoleBinding};
use api_app::{
    BindingFilter, Change, DeletedKind, Deletion, Keep, KeyFilter, Repo, Slice, SystemWide, Terms,
    UndoRepo,
};
use api_db::Store;
use common_types::acl::{Acl, Operation, Pattern, Permission, ResourceType};
use common_types::crn;

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};
use crate::plane::Plane;

on_both!(
    a_deletion_or_restoration_that_is_cut_anywhere_is_whole_or_not_there,
    of_many_that_restore_and_purge_one_wins,
    what_is_kept_is_left_alone_by_passes,
);

/// An environment with a cluster, and one of each thing that gives access to it.
struct Kept {
    environment: Environment,
    cluster: Cluster,
    key: ApiKey,
    acl: Acl,
    binding: RoleBinding,
}

async fn fill(store: &Store, seed: u64) -> Kept {
    let dice = Dice::new(seed);
    let environment = dice.environment();
    let cluster = dice.cluster(&environment.id, Phase::Provisioned);
    let account = dice.service_account();
    let (cluster_id, environment_id) = (cluster.id.clone(), environment.id.clone());
    let key = dice.api_key(&account.id, KeyScope::Cluster { cluster_id, environment_id });
    let mut binding = dice.role_binding();
    binding.crn_pattern = crn::cloud_cluster(org().id(), &environment.id, &cluster.id);
    binding.principal = format!("User:{}", account.id);
    let acl = Acl {
        principal: format!("User:{}", account.id),
        host: "*".to_owned(),
        resource_type: ResourceType::Topic,
        resource_name: "t".to_owned(),
        pattern: Pattern::Literal,
        operation: Operation::Read,
        permission: Permission::Allow,
    };
    let plain = Terms::default;
    store.insert_environment(org(), environment.clone(), plain()).await.unwrap();
    let added = store.insert_cluster(org(), cluster.clone(), format!("lsrc-{seed}"), plain());
    added.await.unwrap();
    store.insert_service_account(org(), account, plain()).await.unwrap();
    store.insert_api_key(org(), key.clone(), plain()).await.unwrap();
    store.insert_role_binding(org(), binding.clone(), plain()).await.unwrap();
    store.insert_acls(org(), cluster.id.clone(), vec![acl.clone()], 9, 1).await.unwrap();
    Kept { environment, cluster, key, acl, binding }
}

impl Kept {
    /// Whether it is there; all of it, or nothing and a way back.
    async fn is_there(&self, store: &Store) -> bool {
        let id = self.cluster.id.clone();
        let is_live = store.cluster(org(), id.clone()).await.unwrap().is_some();
        let filter = KeyFilter { resource_id: Some(id.clone()), ..KeyFilter::default() };
        let slice = || Slice { after: None, limit: 9 };
        let keys = store.api_keys(org(), filter, slice()).await.unwrap();
        let filter = BindingFilter {
            crn: self.binding.crn_pattern.clone(),
            inclusive: false,
            principal: None,
            role_name: None,
        };
        let bindings = store.role_bindings(org(), filter, slice()).await.unwrap();
        let acls = store.acls(org(), id.clone()).await.unwrap();
        let kept = store.deleted(org(), id, 10).await.unwrap();
        if is_live {
            assert_eq!((keys, bindings), (vec![self.key.clone()], vec![self.binding.clone()]));
            assert_eq!((acls, kept), (vec![self.acl.clone()], None));
        } else {
            assert!(keys.is_empty() && bindings.is_empty() && acls.is_empty());
            let kept = kept.expect("a way back");
            assert_eq!((kept.api_keys, kept.acls, kept.role_bindings.len()), (1, 1, 1));
        }
        is_live
    }
}

fn for_a_while() -> Deletion {
    Deletion { at_us: 9, keep: Some(Keep { until_us: 100, deleted_by: "u-1".to_owned() }) }
}

/// Lets somebody work for so many polls, and ends them then. Whether they were done.
async fn cut<T>(work: impl Future<Output = T>, polls: u64) -> bool {
    let (mut left, mut work) = (polls, pin!(work));
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(context).map(|_| true)
    })
    .await
}

async fn a_deletion_or_restoration_that_is_cut_anywhere_is_whole_or_not_there(backend: Backend) {
    let store = backend.open().await;
    let it = fill(&store, 1).await;
    let (mut deletions, mut restorations, mut polls) = (0_u64, 0_u64, 1_u64);
    while (deletions < 2 || restorations < 2) && polls < 400 {
        polls += 1;
        let id = it.cluster.id.clone();
        let whole = polls.is_multiple_of(2);
        let done = if it.is_there(&store).await {
            if whole {
                let all =
                    store.delete_environment(org(), it.environment.id.clone(), None, for_a_while());
                cut(all, polls).await
            } else {
                cut(store.delete_cluster(org(), id, None, for_a_while()), polls).await
            }
        } else if store.environment(org(), it.environment.id.clone()).await.unwrap().is_none() {
            cut(store.restore_environment(org(), it.environment.id.clone(), 10, false), polls).await
        } else {
            cut(store.restore_cluster(org(), id, 10, false), polls).await
        };
        let is_there = it.is_there(&store).await;
        deletions += u64::from(done && !is_there);
        restorations += u64::from(done && is_there);
    }
    assert!(deletions >= 2 && restorations >= 2, "{deletions} and {restorations}");
}

async fn of_many_that_restore_and_purge_one_wins(backend: Backend) {
    let store = backend.open().await;
    for seed in 0..6 {
        let it = fill(&store, 100 + seed).await;
        let id = || it.cluster.id.clone();
        assert!(store.delete_cluster(org(), id(), None, for_a_while()).await.unwrap());
        let (first, second, purged, ended) = tokio::join!(
            store.restore_cluster(org(), id(), 10, false),
            store.restore_cluster(org(), id(), 10, false),
            store.purge_deleted(org(), id(), 10),
            store.end_undo_windows(SystemWide::Housekeeping, 99),
        );
        let restored = [first, second].into_iter().filter(|it| matches!(it, Ok(Some(_)))).count();
        assert_eq!(restored + usize::from(purged.unwrap()), 1);
        assert_eq!(ended, Ok(0), "nobody's window is over");
        let is_live = store.cluster(org(), id()).await.unwrap().is_some();
        assert_eq!(is_live, restored == 1);
        assert_eq!(store.deleted(org(), id(), 10).await, Ok(None));
    }
}

async fn what_is_kept_is_left_alone_by_passes(backend: Backend) {
    let plane = Plane::with_undo(&backend, 3, Duration::from_hours(1)).await;
    plane.settle().await;
    let environment = plane.environment("e").await;
    let cluster = plane.cluster(&environment).await;
    plane.settle().await;
    let (changes, change) = (plane.cell.changes(), Change::default());
    for polls in 0..20 {
        let scope = Some(environment.as_str());
        plane.app.delete_cluster(&plane.admin, scope, &cluster, &change).await.unwrap();
        plane.killed_turn(polls).await;
        plane.clock.advance(plane.worker.lease);
        let back = plane.app.restore(&plane.admin, DeletedKind::Cluster, &cluster, &change);
        assert_eq!(back.await.unwrap().clusters, [cluster.as_str()]);
        plane.killed_turn(polls).await;
        plane.clock.advance(plane.worker.lease);
    }
    plane.settle().await;
    assert_eq!(plane.cell.changes(), changes, "its tenant was there all the time");
    plane.app.delete_environment(&plane.admin, &environment, &change).await.unwrap();
    plane.settle().await;
    assert!(plane.cell.content().contains_key(&cluster));
    plane.clock.advance(Duration::from_hours(1));
    assert_eq!(plane.app.end_undo_windows().await, Ok(2));
    plane.settle().await;
    assert!(!plane.cell.content().contains_key(&cluster), "data and way back end together");
}
