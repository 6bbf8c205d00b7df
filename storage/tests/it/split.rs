//! Two stores as one, and only when they belong together.

use std::sync::Arc;

use storage::split::{SplitError, SplitStore, refuse_split};
use storage::store::{ObjectStore, PutMode};
use storage_testkit::SimStore;
use uuid::Uuid;

use crate::sample::well;

async fn bind(records: &SimStore, meta: &SimStore, id: u128) -> Result<SplitStore, SplitError> {
    let (records, meta) = (Arc::new(records.clone()), Arc::new(meta.clone()));
    SplitStore::bind(records, meta, Uuid::from_u128(id)).await
}

async fn fails(records: &SimStore, meta: &SimStore) -> SplitError {
    bind(records, meta, 3).await.unwrap_err()
}

async fn create(store: &dyn ObjectStore, key: &str) {
    store.put(key.to_owned(), "body".into(), PutMode::IfAbsent).await.unwrap();
}

#[tokio::test]
async fn metadata_lies_in_the_one_and_all_else_in_the_other() {
    let (records, meta) = (well(), well());
    let split = bind(&records, &meta, 1).await.unwrap();
    for key in ["meta/current", "cell.json", "metals/x", "wal/a", "meta/snap/b"] {
        create(&split, key).await;
        assert_eq!(split.get(key.into()).await.unwrap().0, "body");
    }
    assert_eq!(meta.keys(), ["meta/current", "meta/owner", "meta/snap/b"]);
    assert_eq!(records.keys(), ["cell.json", "meta-store.json", "metals/x", "wal/a"]);
    assert_eq!(split.list("meta/snap".into()).await.unwrap(), ["meta/snap/b"]);
    assert_eq!(split.list("wal".into()).await.unwrap(), ["wal/a"]);
    let mut all = [records.keys(), meta.keys()].concat();
    all.sort();
    assert_eq!(split.list(String::new()).await.unwrap(), all);
    let mut found = Vec::new();
    while let Some(next) =
        split.list_after(String::new(), found.last().cloned(), 1).await.unwrap().pop()
    {
        found.push(next.key);
    }
    assert_eq!(found, all, "one at a time");
    split.delete("meta/current".into()).await.unwrap();
    assert!(!meta.keys().contains(&"meta/current".to_owned()));
}

#[tokio::test]
async fn halves_know_each_other_and_nobody_else() {
    let (records, meta) = (well(), well());
    bind(&records, &meta, 1).await.unwrap();
    create(&records, "cell.json").await;
    bind(&records, &meta, 2).await.unwrap();
    assert_eq!(refuse_split(&records).await, Err(SplitError::Elsewhere));
    refuse_split(&well()).await.unwrap();
    let bound = async |records: &SimStore, meta: &SimStore| {
        SplitStore::bound(Arc::new(records.clone()), Arc::new(meta.clone())).await.map(|_| ())
    };
    assert_eq!(bound(&records, &meta).await, Ok(()));
    assert_eq!(bound(&well(), &well()).await, Err(SplitError::Together));
    assert_eq!(bound(&records, &well()).await, Err(SplitError::Emptied));
    assert_eq!(bound(&well(), &meta).await, Err(SplitError::OtherCell));
    assert_eq!(fails(&records, &well()).await, SplitError::Emptied);
    assert_eq!(fails(&well(), &meta).await, SplitError::OtherCell);
    let (others, other_meta) = (well(), well());
    bind(&others, &other_meta, 4).await.unwrap();
    assert_eq!(fails(&records, &other_meta).await, SplitError::OtherCell);
    for key in ["cell.json", "meta/current"] {
        let together = well();
        create(&together, key).await;
        assert_eq!(fails(&together, &well()).await, SplitError::Together);
    }
}

#[tokio::test]
async fn a_first_start_that_was_cut_short_is_finished() {
    let (records, meta) = (well(), well());
    bind(&records, &meta, 1).await.unwrap();
    assert!(meta.vanish("meta/owner"));
    bind(&records, &meta, 2).await.unwrap();
    assert_eq!(records.object("meta-store.json"), meta.object("meta/owner"));
}
