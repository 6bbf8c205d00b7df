//! An etcd that asks who one is.

use std::collections::BTreeMap;
use std::sync::Arc;

use common_seams::OsRng;
use storage::store::{ObjectStore as _, PutMode, StoreError};
use storage_etcd::{EtcdAddress, EtcdStore, Login};

use crate::canned::{Canned, say};
use crate::server::{Server, open};

fn login(user: &str) -> Login {
    let variables = BTreeMap::from([("ETCDCTL_USER".to_owned(), user.to_owned())]);
    Login::from_environment(&variables).unwrap()
}

fn open_as(address: &EtcdAddress, user: &str) -> EtcdStore {
    EtcdStore::open(address.clone(), login(user), Arc::new(OsRng::new())).unwrap()
}

#[tokio::test]
async fn only_who_may_gets_in() {
    let server = Server::start().await;
    let address = EtcdAddress { hosts: vec![server.host.clone()], prefix: "cell".to_owned() };
    server.post("/v3/auth/role/add", r#"{"name":"root"}"#).await;
    for user in ["root", "stranger"] {
        let add = format!(r#"{{"name":"{user}","password":"secret"}}"#);
        server.post("/v3/auth/user/add", &add).await;
    }
    server.post("/v3/auth/user/grant", r#"{"user":"root","role":"root"}"#).await;
    server.post("/v3/auth/enable", "{}").await;
    let known = open_as(&address, "root:secret");
    known.put("k".into(), "body".into(), PutMode::IfAbsent).await.unwrap();
    assert_eq!(known.get("k".into()).await.unwrap().0, "body");
    let nobody = open(&address);
    for refused in [nobody, open_as(&address, "root:wrong"), open_as(&address, "stranger:secret")] {
        let error = refused.put("l".into(), "body".into(), PutMode::IfAbsent).await.unwrap_err();
        assert!(matches!(error, StoreError::Denied { .. }), "{error}");
    }
    // A change of rights makes tokens of before it useless.
    server.post_as_root("/v3/auth/user/add", r#"{"name":"new","password":"x"}"#).await;
    known.put("m".into(), "body".into(), PutMode::IfAbsent).await.unwrap();
}

#[tokio::test]
async fn a_token_is_renewed_once_and_not_for_ever() {
    let expired = say(401, r#"{"message":"etcdserver: invalid auth token","code":16}"#);
    let answers = [
        say(200, r#"{"token":"first"}"#),
        say(200, r#"{"header":{"revision":"5"},"succeeded":true}"#),
        expired.clone(),
        say(200, r#"{"token":"second"}"#),
        say(200, r#"{"header":{"revision":"6"},"succeeded":true}"#),
        expired.clone(),
        say(200, r#"{"token":"third"}"#),
        expired,
    ];
    let server = Canned::start(answers).await;
    let store = open_as(&server.address(), "me:secret");
    for key in ["a", "b"] {
        store.put(key.into(), "x".into(), PutMode::IfAbsent).await.unwrap();
    }
    let error = store.put("c".into(), "x".into(), PutMode::IfAbsent).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error}");
    let seen = server.seen.lock().clone();
    let tokens: Vec<&str> = seen.iter().map(|s| s.token.as_deref().unwrap_or("-")).collect();
    assert_eq!(tokens, ["-", "first", "first", "-", "second", "second", "-", "third"]);
    let logins = seen.iter().filter(|s| s.path == "/v3/auth/authenticate").count();
    assert_eq!(logins, 3);
}
