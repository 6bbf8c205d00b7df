//! Objects in a real etcd.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use common_seams::SeededRng;
use storage::prove::prove;
use storage::store::{ByteRange, ETag, Listed, ObjectStore as _, PutMode, StoreError};
use storage_etcd::EtcdAddress;

use crate::server::{address, open, post};

const MIB: usize = 1 << 20;

fn body(size: usize, seed: usize) -> Bytes {
    (0..size).map(|i| ((i / 7 + seed) % 251).to_le_bytes()[0]).collect()
}

/// Keys of etcd that hold parts.
async fn parts(address: &EtcdAddress) -> u64 {
    let key = |last: char| STANDARD.encode(format!("{}/p{last}", address.prefix));
    let request =
        format!(r#"{{"key":"{}","range_end":"{}","count_only":true}}"#, key('/'), key('0'));
    let reply = post(&address.hosts[0], "/v3/kv/range", &request).await.unwrap();
    reply["count"].as_str().unwrap_or("0").parse().unwrap()
}

#[tokio::test]
async fn etcd_keeps_every_promise_and_is_left_clean() {
    let address = address().await;
    let store = open(&address);
    prove(&store, &SeededRng::new(1)).await.unwrap();
    assert_eq!(store.list(String::new()).await.unwrap(), Vec::<String>::new());
    assert_eq!(parts(&address).await, 0);
}

#[tokio::test]
async fn an_object_of_any_size_is_one_object() {
    let address = address().await;
    let store = open(&address);
    let sizes = [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 3];
    for size in sizes {
        let (key, body) = (format!("f/{size:08}"), body(size, size));
        let tag = store.put(key.clone(), body.clone().into(), PutMode::IfAbsent).await.unwrap();
        assert_eq!(store.get(key.clone()).await.unwrap(), (body.clone(), tag));
        let again = store.put(key.clone(), body.clone().into(), PutMode::IfAbsent).await;
        assert_eq!(again, Err(StoreError::Exists(key.clone())));
        if size > MIB {
            let range = (MIB as u64 - 1)..(MIB as u64 + 1);
            let part = store.get_range(key, ByteRange::Between(range)).await.unwrap();
            assert_eq!((part.bytes, part.size), (body.slice(MIB - 1..MIB + 1), size as u64));
        }
    }
    let listed: Vec<Listed> = store.list_after("f".into(), None, usize::MAX).await.unwrap();
    assert_eq!(listed.iter().map(|l| l.size).collect::<Vec<_>>(), sizes.map(|s| s as u64));
    let behind = store.list_after("f".into(), Some("f/00000001".into()), 1).await.unwrap();
    assert_eq!(behind[0].key, format!("f/{:08}", MIB - 1));
}

#[tokio::test]
async fn what_was_replaced_or_deleted_leaves_nothing() {
    let address = address().await;
    let store = open(&address);
    let put = |mode, size| store.put("k".into(), body(size, size).into(), mode);
    let mut tag = put(PutMode::IfAbsent, 3 * MIB).await.unwrap();
    for (size, expected) in [(2 * MIB + 1, 3), (10, 1), (0, 0), (MIB * 2, 2)] {
        let old = tag.clone();
        tag = put(PutMode::IfMatch(old.clone()), size).await.unwrap();
        assert_eq!(parts(&address).await, expected, "after {size}");
        assert_eq!(store.get("k".into()).await.unwrap(), (body(size, size), tag.clone()));
        let stale = put(PutMode::IfMatch(old), 5).await;
        assert_eq!(stale, Err(StoreError::Changed("k".into())));
    }
    let foreign = put(PutMode::IfMatch(ETag("\"x\"".into())), 5).await;
    assert_eq!(foreign, Err(StoreError::Changed("k".into())));
    store.delete("k".into()).await.unwrap();
    assert_eq!(parts(&address).await, 0);
    let gone = put(PutMode::IfMatch(tag), 5).await;
    assert_eq!(gone, Err(StoreError::Changed("k".into())));
}

#[tokio::test]
async fn prefixes_do_not_see_each_other() {
    let whole = address().await;
    let inner = EtcdAddress { prefix: format!("{}/o", whole.prefix), ..whole.clone() };
    let (whole, inner) = (open(&whole), open(&inner));
    inner.put("k".into(), "inner".into(), PutMode::IfAbsent).await.unwrap();
    assert_eq!(whole.get("k".into()).await, Err(StoreError::NotFound("k".into())));
}

#[tokio::test]
async fn more_than_a_page_is_listed() {
    let store = open(&address().await);
    let keys: Vec<String> = (0..1203).map(|n| format!("f/{n:05}")).collect();
    for key in &keys {
        store.put(key.clone(), "x".into(), PutMode::IfAbsent).await.unwrap();
    }
    assert_eq!(store.list("f".into()).await.unwrap(), keys);
    let some = store.list_after("f".into(), Some(keys[99].clone()), 1001).await.unwrap();
    assert_eq!((some.len(), &some[1000].key), (1001, &keys[1100]));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    let store = open(&address().await);
    let error = store
        .put("k".into(), Bytes::from(vec![0; 121 * MIB]).into(), PutMode::IfAbsent)
        .await
        .unwrap_err();
    assert!(matches!(&error, StoreError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("too many for etcd"), "{error}");
}
