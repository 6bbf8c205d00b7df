//! An etcd of this test run: its own folder and ports, gone with the run.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common_seams::OsRng;
use serde_json::Value;
use storage_etcd::{EtcdAddress, EtcdStore, Login};
use tokio::sync::OnceCell;

pub(crate) struct Server {
    pub(crate) host: String,
    /// Its shell stops the server when our end of its input closes, however this process ends.
    _shell: Child,
}

static SERVER: OnceCell<Server> = OnceCell::const_new();
static PREFIXES: AtomicU32 = AtomicU32::new(0);

/// A prefix of its own in the server that all tests share.
pub(crate) async fn address() -> EtcdAddress {
    let server = SERVER.get_or_init(Server::start).await;
    let prefix = format!("tests/{}", PREFIXES.fetch_add(1, Ordering::SeqCst));
    EtcdAddress { hosts: vec![server.host.clone()], prefix }
}

/// A store without credentials.
pub(crate) fn open(address: &EtcdAddress) -> EtcdStore {
    EtcdStore::open(address.clone(), Login::default(), Arc::new(OsRng::new())).unwrap()
}

impl Server {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("weir-etcd-").tempdir().unwrap().keep();
        // etcd does not tell which port it was given; another process may take it in between.
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (client, peer) = (format!("http://{}", free()), format!("http://{}", free()));
        // `read` ends when this process does.
        let script = "etcd --data-dir \"$0/data\" --listen-client-urls \"$1\" \
            --advertise-client-urls \"$1\" --listen-peer-urls \"$2\" \
            --initial-advertise-peer-urls \"$2\" --initial-cluster \"default=$2\" \
            >\"$0/log\" 2>&1 & pid=$!; read -r _; kill -KILL $pid; wait $pid; rm -rf \"$0\"";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).arg(&folder).args([&client, &peer]);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { host: client, _shell: shell.spawn().unwrap() };
        for _ in 0..600 {
            if server.try_post("/v3/kv/range", r#"{"key":"eA=="}"#).await.is_some() {
                return server;
            }
            // A server that starts gives no other sign that it is up.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        let install = "these tests need a real etcd: apt-get install etcd-server";
        panic!("etcd did not come up in {}: {log}\n{install}", folder.display());
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Value {
        self.try_post(path, body).await.unwrap_or_else(|| panic!("{path} {body}"))
    }

    /// For a server that knows its user `root`.
    pub(crate) async fn post_as_root(&self, path: &str, body: &str) {
        let login = r#"{"name":"root","password":"secret"}"#;
        let reply = self.post("/v3/auth/authenticate", login).await;
        let request = http().post(format!("{}{path}", self.host)).body(body.to_owned());
        let token = reply["token"].as_str().unwrap();
        let reply = request.header("Authorization", token).send().await.unwrap();
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
    }

    async fn try_post(&self, path: &str, body: &str) -> Option<Value> {
        post(&self.host, path, body).await
    }
}

/// Asks etcd without the store.
pub(crate) async fn post(host: &str, path: &str, body: &str) -> Option<Value> {
    let reply = http().post(format!("{host}{path}")).body(body.to_owned()).send().await.ok()?;
    let reply = reply.error_for_status().ok()?;
    serde_json::from_slice(&reply.bytes().await.ok()?).ok()
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build().unwrap()
}
