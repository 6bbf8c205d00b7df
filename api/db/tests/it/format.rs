//! The format that a store carries.

use api_app::{Repo, Terms};
use api_db::{OpenError, Store, StoreConfig};
use sea_orm::{ConnectionTrait, Database};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(newer_format_is_refused_by_name);

async fn set_format(config: &StoreConfig, version: i32) {
    let url = match config {
        StoreConfig::Sqlite(path) => format!("sqlite://{}", path.display()),
        StoreConfig::Postgres(url) => url.without_password().to_owned(),
        StoreConfig::Memory => panic!("nobody else can open it"),
    };
    let db = Database::connect(url).await.unwrap();
    db.execute_unprepared(&format!("UPDATE store_format SET version = {version}")).await.unwrap();
    db.close().await.unwrap();
}

async fn newer_format_is_refused_by_name(backend: Backend) {
    backend.open().await.close().await.unwrap();
    set_format(&backend.config, 4711).await;
    let refused = Store::open(&backend.config).await;
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("format 4711") && text.contains("reads up to 17"), "{text}");
}

#[tokio::test]
async fn older_file_is_brought_up_and_a_copy_of_it_is_kept() {
    let backend = Backend::sqlite();
    let row = Dice::new(1).environment();
    let store = backend.open().await;
    store.insert_environment(org(), row.clone(), Terms::default()).await.unwrap();
    store.close().await.unwrap();
    set_format(&backend.config, 0).await;
    let store = backend.open().await;
    assert_eq!(store.environment(org(), row.id.clone()).await.unwrap(), Some(row.clone()));
    store.close().await.unwrap();
    let StoreConfig::Sqlite(path) = &backend.config else { panic!() };
    let copy = path.with_file_name("control.db.format-0");
    assert!(copy.is_file());
    let copy = Store::open(&StoreConfig::Sqlite(copy)).await.unwrap();
    assert_eq!(copy.environment(org(), row.id.clone()).await.unwrap(), Some(row));
}

#[tokio::test]
async fn file_that_is_no_store_is_named_as_damaged() {
    let backend = Backend::sqlite();
    let StoreConfig::Sqlite(path) = &backend.config else { panic!() };
    std::fs::write(path, "this is not a database, however long it may be".repeat(100)).unwrap();
    let refused = Store::open(&backend.config).await;
    assert!(
        matches!(&refused, Err(OpenError::Damaged { path: p, .. }) if p == path),
        "{refused:?}"
    );
}

#[tokio::test]
async fn torn_file_is_named_as_damaged() {
    let backend = Backend::sqlite();
    let store = backend.open().await;
    for seed in 0..40 {
        store
            .insert_environment(org(), Dice::new(seed).environment(), Terms::default())
            .await
            .unwrap();
    }
    store.close().await.unwrap();
    let StoreConfig::Sqlite(path) = &backend.config else { panic!() };
    let mut bytes = std::fs::read(path).unwrap();
    for byte in &mut bytes[8192..24576] {
        *byte ^= 0x5a;
    }
    std::fs::write(path, bytes).unwrap();
    let refused = Store::open(&backend.config).await;
    assert!(matches!(refused, Err(OpenError::Damaged { .. })), "{refused:?}");
}

#[tokio::test]
async fn sqlite_keeps_a_write_ahead_log_and_syncs_every_commit() {
    let backend = Backend::sqlite();
    let store = backend.open().await;
    let StoreConfig::Sqlite(path) = &backend.config else { panic!() };
    store.insert_environment(org(), Dice::new(1).environment(), Terms::default()).await.unwrap();
    assert!(path.with_file_name("control.db-wal").is_file());
    assert_eq!(store.synchronous().await.unwrap(), Some(2), "2 is FULL");
}
