//! Every field of every record is stored: random values go in, and the same come out after the store
//! was closed and opened again.

use api_app::model::{BootstrapRows, Installation, KeyScope, Phase, Registry};
use api_app::{OrgScope, Repo, SystemWide, Terms};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(every_field_reads_back_after_reopening, first_rows_read_back_after_reopening);

async fn every_field_reads_back_after_reopening(backend: Backend) {
    for seed in 0..12 {
        let dice = Dice::new(seed);
        let environment = dice.environment();
        let phase = dice.pick(Phase::ALL);
        let cluster = dice.cluster(&environment.id, phase);
        let provisioning = dice.cluster(&environment.id, Phase::Provisioning);
        let topic = dice.topic(&provisioning.id);
        let account = dice.service_account();
        let binding = dice.role_binding();
        let scope = KeyScope::Cluster {
            cluster_id: cluster.id.clone(),
            environment_id: environment.id.clone(),
        };
        let keys = [dice.api_key(&account.id, scope), dice.api_key(&account.id, KeyScope::Cloud)];
        let registry_id = format!("lsrc-{seed}");

        let store = backend.open().await;
        store.insert_environment(org(), environment.clone(), Terms::default()).await.unwrap();
        store
            .insert_cluster(org(), cluster.clone(), registry_id.clone(), Terms::default())
            .await
            .unwrap();
        store
            .insert_cluster(org(), provisioning.clone(), "lsrc-unused".to_owned(), Terms::default())
            .await
            .unwrap();
        store.insert_desired_topic(org(), topic.clone()).await.unwrap();
        store.insert_service_account(org(), account.clone(), Terms::default()).await.unwrap();
        store.insert_role_binding(org(), binding.clone(), Terms::default()).await.unwrap();
        for key in &keys {
            store.insert_api_key(org(), key.clone(), Terms::default()).await.unwrap();
        }
        store.close().await.unwrap();

        let store = backend.open().await;
        let governed = environment.governance.is_some();
        let read = store.environment(org(), environment.id.clone()).await.unwrap();
        assert_eq!(read, Some(environment.clone()), "seed {seed}");
        for row in [&cluster, &provisioning] {
            assert_eq!(
                store.cluster(org(), row.id.clone()).await.unwrap().as_ref(),
                Some(row),
                "seed {seed}"
            );
        }
        assert_eq!(store.desired_topics(org(), provisioning.id.clone()).await.unwrap(), [topic]);
        let read = store.service_account(org(), account.id.clone()).await.unwrap();
        assert_eq!(read, Some(account), "seed {seed}");
        let read = store.role_binding(org(), binding.id.clone()).await.unwrap();
        assert_eq!(read, Some(binding), "seed {seed}");
        for key in keys {
            assert_eq!(
                store.api_key(org(), key.id.clone()).await.unwrap(),
                Some(key),
                "seed {seed}"
            );
        }
        let expected = governed.then(|| Registry {
            id: registry_id,
            environment_id: environment.id.clone(),
            cloud: cluster.cloud,
            region: cluster.region,
            created_us: cluster.created_us,
            updated_us: cluster.created_us,
        });
        assert_eq!(store.registry(org(), environment.id).await.unwrap(), expected, "seed {seed}");
        store.close().await.unwrap();
    }
}

async fn first_rows_read_back_after_reopening(backend: Backend) {
    let dice = Dice::new(99);
    let environment = dice.environment();
    let (cluster, user) = (dice.cluster(&environment.id, Phase::Provisioning), dice.user());
    let scope = KeyScope::Cluster {
        cluster_id: cluster.id.clone(),
        environment_id: environment.id.clone(),
    };
    let rows = BootstrapRows {
        organization: dice.organization(),
        role_binding: dice.role_binding(),
        api_keys: vec![dice.api_key(&user.id, scope), dice.api_key(&user.id, KeyScope::Cloud)],
        environment,
        cluster,
        user,
    };
    let store = backend.open().await;
    assert_eq!(store.installation(SystemWide::Installation).await.unwrap(), None);
    store.bootstrap(SystemWide::Installation, rows.clone()).await.unwrap();
    assert!(
        store.bootstrap(SystemWide::Installation, rows.clone()).await.is_err(),
        "a second first start changes nothing"
    );
    store.close().await.unwrap();

    let store = backend.open().await;
    let installation = Installation {
        organization_id: rows.organization.id.clone(),
        environment_id: rows.environment.id.clone(),
        cluster_id: rows.cluster.id.clone(),
        user_id: rows.user.id.clone(),
        created_us: rows.organization.created_us,
    };
    assert_eq!(store.installation(SystemWide::Installation).await.unwrap(), Some(installation));
    let read = store.organization(OrgScope::of(&rows.organization.id)).await.unwrap();
    assert_eq!(read, Some(rows.organization));
    let read = store.environment(org(), rows.environment.id.clone()).await.unwrap();
    assert_eq!(read, Some(rows.environment));
    assert_eq!(store.cluster(org(), rows.cluster.id.clone()).await.unwrap(), Some(rows.cluster));
    assert_eq!(store.user(org(), rows.user.id.clone()).await.unwrap(), Some(rows.user));
    let read = store.role_binding(org(), rows.role_binding.id.clone()).await.unwrap();
    assert_eq!(read, Some(rows.role_binding));
    for key in rows.api_keys {
        assert_eq!(store.api_key(org(), key.id.clone()).await.unwrap(), Some(key));
    }
}
