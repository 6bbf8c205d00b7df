//! Client quotas.

use api_app::model::{AccessOf, ClientQuota, Phase};
use api_app::{Deletion, Repo, RepoError, Slice, SystemWide, Terms};
use api_db::Store;
use common_types::limits::CLIENT_QUOTAS_PER_CLUSTER_MAX;
use common_types::quota::Throughput;

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(
    quotas_read_back_after_reopening,
    principal_has_one_quota_of_a_cluster,
    principal_that_goes_leaves_its_quotas,
    cluster_has_a_bounded_number_of_quotas,
);

const CLUSTER: &str = "lkc-q";

async fn with_cluster(backend: &Backend) -> (Store, Dice) {
    let (store, dice) = (backend.open().await, Dice::new(7));
    let environment = dice.environment();
    let mut cluster = dice.cluster(&environment.id, Phase::Provisioning);
    cluster.id = CLUSTER.to_owned();
    store.insert_environment(org(), environment, Terms::default()).await.unwrap();
    let registry = "lsrc-1".to_owned();
    store.insert_cluster(org(), cluster, registry, Terms::default()).await.unwrap();
    (store, dice)
}

fn quota(dice: &Dice, id: &str, principals: &[&str]) -> ClientQuota {
    ClientQuota {
        id: id.to_owned(),
        organization_id: "o".to_owned(),
        environment_id: "env-q".to_owned(),
        cluster_id: CLUSTER.to_owned(),
        display_name: dice.unique(),
        description: dice.unique(),
        principals: principals.iter().map(|id| (*id).to_owned()).collect(),
        throughput: Throughput { ingress: Some(i64::MAX.unsigned_abs()), egress: None },
        created_us: 1,
        updated_us: 2,
    }
}

async fn add(store: &Store, row: &ClientQuota) -> Result<bool, RepoError> {
    store.insert_client_quota(org(), row.clone(), Terms::default()).await
}

async fn all(store: &Store) -> Vec<ClientQuota> {
    let slice = Slice { after: None, limit: 900 };
    store.client_quotas(org(), CLUSTER.to_owned(), slice).await.unwrap()
}

async fn quotas_read_back_after_reopening(backend: Backend) {
    let (store, dice) = with_cluster(&backend).await;
    let mut rows =
        vec![quota(&dice, "cq-1", &["sa-1", "<default>"]), quota(&dice, "cq-2", &["u-2"])];
    for row in &rows {
        assert_eq!(add(&store, row).await, Ok(true));
    }
    let rehearsal = Terms { receipt: None, rehearsal: true };
    let third = quota(&dice, "cq-3", &["sa-3"]);
    assert_eq!(store.insert_client_quota(org(), third, rehearsal).await, Ok(true));
    rows[1].throughput = Throughput { ingress: None, egress: Some(1) };
    rows[1].updated_us = 3;
    store.update_client_quota(org(), rows[1].clone(), 2, false).await.unwrap();
    let late = store.update_client_quota(org(), rows[1].clone(), 2, false).await;
    assert_eq!(late, Err(RepoError::Stale));
    store.close().await.unwrap();
    let store = backend.open().await;
    assert_eq!(all(&store).await, rows);
    assert_eq!(store.client_quota(org(), "cq-1".to_owned()).await.unwrap().as_ref(), rows.first());
    assert_eq!(
        store.access_rows(SystemWide::Brokers, AccessOf::Everything).await.unwrap().quotas.len(),
        2
    );
    assert_eq!(store.delete_client_quota(org(), "cq-2".to_owned(), 2).await, Ok(false));
    assert_eq!(store.delete_client_quota(org(), "cq-2".to_owned(), 3).await, Ok(true));
    assert_eq!(
        store.delete_cluster(org(), CLUSTER.to_owned(), None, Deletion::at(9)).await,
        Ok(true)
    );
    assert_eq!(all(&store).await, [], "they go with their cluster");
}

async fn principal_has_one_quota_of_a_cluster(backend: Backend) {
    let (store, dice) = with_cluster(&backend).await;
    let taken = |id: &str| RepoError::Taken { existing_id: id.to_owned() };
    let one = quota(&dice, "cq-1", &["sa-1", "sa-2"]);
    assert_eq!(add(&store, &one).await, Ok(true));
    let two = quota(&dice, "cq-2", &["sa-3", "sa-2"]);
    assert_eq!(add(&store, &two).await, Err(taken("cq-1")));
    let mut two = quota(&dice, "cq-2", &["sa-3"]);
    assert_eq!(add(&store, &two).await, Ok(true));
    two.principals.push("sa-1".to_owned());
    let refused = store.update_client_quota(org(), two.clone(), 2, false).await;
    assert_eq!(refused, Err(taken("cq-1")));
    // At the same time, only one of two gets the principal.
    for turn in 0..10 {
        let who = format!("sa-race{turn}");
        let rows = ["a", "b"].map(|side| quota(&dice, &format!("cq-{side}{turn}"), &[&who]));
        let adding = rows.map(|row| {
            let store = store.clone();
            tokio::spawn(async move { add(&store, &row).await })
        });
        let mut made = 0;
        for adding in adding {
            match adding.await.unwrap() {
                Ok(true) => made += 1,
                other => assert!(matches!(other, Err(RepoError::Taken { .. })), "{other:?}"),
            }
        }
        assert_eq!(made, 1, "turn {turn}");
    }
}

async fn principal_that_goes_leaves_its_quotas(backend: Backend) {
    let (store, dice) = with_cluster(&backend).await;
    let account = dice.service_account();
    let id = account.id.clone();
    store.insert_service_account(org(), account, Terms::default()).await.unwrap();
    let both = quota(&dice, "cq-1", &[&id, "<default>"]);
    assert_eq!(add(&store, &both).await, Ok(true));
    assert_eq!(store.delete_service_account(org(), id.clone(), None).await, Ok(true));
    let rows = all(&store).await;
    assert_eq!((rows.len(), rows[0].principals.as_slice()), (1, &["<default>".to_owned()][..]));
    assert!(rows[0].updated_us > both.updated_us, "whoever read it before knows");
    let again = dice.service_account();
    let id = again.id.clone();
    store.insert_service_account(org(), again, Terms::default()).await.unwrap();
    assert_eq!(add(&store, &quota(&dice, "cq-2", &[&id])).await, Ok(true));
    assert_eq!(store.delete_service_account(org(), id, None).await, Ok(true));
    assert_eq!(all(&store).await, rows, "one for nobody is gone");
}

async fn cluster_has_a_bounded_number_of_quotas(backend: Backend) {
    let (store, dice) = with_cluster(&backend).await;
    for n in 0..CLIENT_QUOTAS_PER_CLUSTER_MAX {
        let row = quota(&dice, &format!("cq-{n}"), &[&format!("sa-{n}")]);
        assert_eq!(add(&store, &row).await, Ok(true));
    }
    assert_eq!(add(&store, &quota(&dice, "cq-x", &["sa-x"])).await, Ok(false));
    assert_eq!(all(&store).await.len(), CLIENT_QUOTAS_PER_CLUSTER_MAX as usize);
}
