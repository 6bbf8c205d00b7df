//! A whole control plane in one process, with a clock that stands still and seeded randomness, so that
//! answers are the same in every run.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use api::{ApiState, Home, HttpSettings, router};
use api_app::{
    AccessPublisher, App, AppParts, BootstrapNames, Bootstrapped, Endpoints, FirstSecrets, Peppers,
    Post, PostError, Poster, PublishError, SecurityRules,
};
use api_db::{Store, StoreConfig};
use api_outward::HttpKeySets;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common_seams::{ManualClock, SeededRng};
use common_types::access::{AccessChange, AccessSnapshot};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use provisioner_local::LocalCell;
use reconciler::{Outcome, Worker};
use sea_orm::{ConnectionTrait, Database};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::fake_data_plane::FakeDataPlane;

/// Reads keys of identity providers from this machine.
static KEY_SETS: LazyLock<Arc<HttpKeySets>> = LazyLock::new(|| {
    let networks = vec!["127.0.0.0/8".parse().unwrap()];
    Arc::new(HttpKeySets::new(networks).unwrap())
});

/// How long what is deleted can be brought back, where anything can.
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// Keeps what was published; refuses when told to.
#[derive(Debug, Default)]
pub(crate) struct Brokers {
    pub(crate) snapshot: Mutex<AccessSnapshot>,
    pub(crate) down: Mutex<bool>,
    /// How often a change was enough.
    pub(crate) changes: AtomicU64,
}

impl AccessPublisher for Brokers {
    fn publish(&self, snapshot: AccessSnapshot) -> BoxFuture<'_, Result<(), PublishError>> {
        Box::pin(async move {
            if *self.down.lock() {
                return Err(PublishError("planned fault".to_owned()));
            }
            let mut held = self.snapshot.lock();
            assert!(snapshot.revision > held.revision, "the revision must grow");
            *held = snapshot;
            Ok(())
        })
    }

    fn change(&self, change: AccessChange) -> BoxFuture<'_, Result<bool, PublishError>> {
        Box::pin(async move {
            if *self.down.lock() {
                return Err(PublishError("planned fault".to_owned()));
            }
            let mut held = self.snapshot.lock();
            assert!(change.state.revision > held.revision, "the revision must grow");
            if held.revision + 1 != change.state.revision {
                return Ok(false);
            }
            let AccessChange { about, state } = change;
            held.revision = state.revision;
            held.tenants.retain(|it| !about.contains(it));
            held.keys.retain(|_, entry| !about.contains(&entry.tenant));
            held.acls.retain(|it, _| !about.contains(it));
            held.granted.retain(|it, _| !about.contains(it));
            held.quotas.retain(|it, _| !about.contains(it));
            held.tenants.extend(state.tenants);
            held.keys.extend(state.keys);
            held.acls.extend(state.acls);
            held.granted.extend(state.granted);
            held.quotas.extend(state.quotas);
            self.changes.fetch_add(1, Ordering::Relaxed);
            Ok(true)
        })
    }
}

/// Keeps what was sent, and answers as it is told; the answer is the last one for ever.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub(crate) posts: Mutex<Vec<Post>>,
    pub(crate) answer: Mutex<Option<Result<u16, PostError>>>,
}

impl Poster for Mailbox {
    fn check(&self, url: &str) -> Result<(), PostError> {
        if url.starts_with("https://") {
            Ok(())
        } else {
            Err(PostError::Refused("must begin with https://".to_owned()))
        }
    }

    fn post(&self, post: Post) -> BoxFuture<'_, Result<u16, PostError>> {
        self.posts.lock().push(post);
        let answer = self.answer.lock().clone().unwrap_or(Ok(204));
        Box::pin(async move { answer })
    }
}

pub(crate) struct Rig {
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) first: Bootstrapped,
    pub(crate) secrets: FirstSecrets,
    pub(crate) brokers: Arc<Brokers>,
    pub(crate) cell: Arc<FakeDataPlane>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) worker: Worker,
    pub(crate) hint: Arc<Notify>,
    pub(crate) auth: (String, String),
    /// Keeps the folder until the test ends.
    _folder: Option<TempDir>,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::on(StoreConfig::Memory, Duration::ZERO).await
    }

    /// The same where what is deleted can be brought back for so long, and the first cluster is there.
    pub(crate) async fn with_undo(window: Duration) -> Self {
        let rig = Self::on(StoreConfig::Memory, window).await;
        rig.settle().await;
        rig
    }

    async fn on(config: StoreConfig, undo_window: Duration) -> Self {
        let store = Arc::new(Store::open(&config).await.unwrap());
        let clock = Arc::new(ManualClock::at_ms(1_700_000_000_000));
        let rng = Arc::new(SeededRng::new(42));
        let (brokers, cell) = (Arc::new(Brokers::default()), Arc::new(FakeDataPlane::default()));
        let (hint, mailbox) = (Arc::new(Notify::new()), Arc::new(Mailbox::default()));
        let app = Arc::new(App::new(AppParts {
            repo: store.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
            peppers: Peppers::new(1, [9; 32]),
            endpoints: Endpoints {
                api_base_url: "http://127.0.0.1:8080".to_owned(),
                kafka_bootstrap: "SASL_SSL://127.0.0.1:9093".to_owned(),
                kafka_rest_base_url: "http://127.0.0.1:8080".to_owned(),
                registry_base_url: "http://127.0.0.1:8081".to_owned(),
            },
            data_plane: cell.clone(),
            kafka: cell.clone(),
            meter: cell.clone(),
            key_sets: KEY_SETS.clone(),
            poster: mailbox.clone(),
            security: SecurityRules::default(),
            publisher: brokers.clone(),
            undo_window,
            hint: hint.clone(),
        }));
        let first = app.bootstrap(&BootstrapNames::default()).await.unwrap();
        let secrets = first.secrets.clone().unwrap();
        app.publish_access().await.unwrap();
        let home = Home {
            version: "0.0.0".to_owned(),
            status: "running".to_owned(),
            addresses: [("api".to_owned(), "http://127.0.0.1:8080".to_owned())].into(),
            next_command: "weir topic create <orders>".to_owned(),
        };
        let settings = HttpSettings { body_max: 4096, ..HttpSettings::default() };
        let state = ApiState::new(app.clone(), home, settings, clock.clone(), rng.clone());
        let worker = Worker {
            name: "test".to_owned(),
            store,
            provision: Arc::new(LocalCell::new(cell.clone())),
            clock: clock.clone(),
            rng,
            lease: Duration::from_secs(30),
        };
        let auth = (secrets.api_key.clone(), secrets.api_secret.clone());
        let router = router(state);
        Self {
            mailbox,
            app,
            router,
            first,
            secrets,
            brokers,
            cell,
            clock,
            worker,
            hint,
            auth,
            _folder: None,
        }
    }

    /// The same with the first cluster there.
    pub(crate) async fn settled() -> Self {
        let rig = Self::new().await;
        rig.settle().await;
        rig
    }

    /// Two organisations of one control plane, each as its administrator sees it.
    pub(crate) async fn two_organizations() -> (Self, Self) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("control.db");
        let one = Self::on(StoreConfig::Sqlite(path.clone()), DAY).await;
        // A store makes its first organisation once. This one shall forget that it did.
        let db = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
        db.execute_unprepared("DELETE FROM installation").await.unwrap();
        db.close().await.unwrap();
        let names = BootstrapNames {
            login_email: "other@localhost".to_owned(),
            ..BootstrapNames::default()
        };
        let first = one.app.bootstrap(&names).await.unwrap();
        one.app.publish_access().await.unwrap();
        one.settle().await;
        let secrets = first.secrets.clone().unwrap();
        let auth = (secrets.api_key.clone(), secrets.api_secret.clone());
        let two = Self {
            mailbox: one.mailbox.clone(),
            app: one.app.clone(),
            router: one.router.clone(),
            first,
            secrets,
            brokers: one.brokers.clone(),
            cell: one.cell.clone(),
            clock: one.clock.clone(),
            worker: one.worker.clone(),
            hint: one.hint.clone(),
            auth,
            _folder: Some(folder),
        };
        (one, two)
    }

    /// Makes passes until nothing is due.
    pub(crate) async fn settle(&self) {
        while self.worker.turn().await.unwrap() != Outcome::Idle {}
    }

    /// The same control plane for somebody else.
    pub(crate) fn with_key(&self, key: &str, secret: &str) -> View<'_> {
        View { rig: self, auth: (key.to_owned(), secret.to_owned()) }
    }

    /// With the administrator's key of the first cluster.
    pub(crate) fn kafka(&self) -> View<'_> {
        self.with_key(&self.secrets.kafka_api_key, &self.secrets.kafka_api_secret)
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        self.with_key(&self.auth.0, &self.auth.1).call(method, path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, Value::Null).await
    }

    /// Calls without letting time pass.
    pub(crate) async fn call_at_once(&self, method: &str, path: &str, body: Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:8080")
            .header("authorization", basic(&self.auth.0, &self.auth.1))
            .header("content-type", "application/json");
        self.reply(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Posts under an `Idempotency-Key`.
    pub(crate) async fn post_once(&self, key: &str, path: &str, body: Value) -> Reply {
        let view = self.with_key(&self.auth.0, &self.auth.1);
        view.call_with(&[("idempotency-key", key)], "POST", path, body).await
    }

    /// What a request is answered, when only the status matters.
    pub(crate) async fn status_of(&self, request: Request<Body>) -> u16 {
        self.answer(request).await.status().as_u16()
    }

    pub(crate) async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        self.clock.advance(Duration::from_secs(1));
        at_an_address(&mut request);
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        self.clock.advance(Duration::from_secs(1));
        self.reply(request).await
    }

    async fn reply(&self, mut request: Request<Body>) -> Reply {
        at_an_address(&mut request);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let id = parts.headers.get("x-request-id").expect("every answer has a request id");
        assert_eq!(id.len(), 36);
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            assert_eq!(parts.headers["content-type"], "application/json", "{:?}", parts.status);
            serde_json::from_slice(&bytes).unwrap()
        };
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// Where requests come from that do not say it.
pub(crate) const HERE: &str = "192.0.2.10";

pub(crate) fn at_an_address(request: &mut Request<Body>) {
    if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
        let address = SocketAddr::new(HERE.parse().unwrap(), 40_000);
        request.extensions_mut().insert(ConnectInfo(address));
    }
}

/// The header of HTTP Basic.
pub(crate) fn basic(key: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{key}:{secret}")))
}

/// Requests with one key.
pub(crate) struct View<'a> {
    rig: &'a Rig,
    auth: (String, String),
}

impl View<'_> {
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        self.call_with(&[], method, path, body).await
    }

    pub(crate) async fn call_with(
        &self,
        headers: &[(&str, &str)],
        method: &str,
        path: &str,
        body: Value,
    ) -> Reply {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header("host", "localhost:8080")
            .header("authorization", basic(&self.auth.0, &self.auth.1));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let content = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        self.rig.send(request.body(content).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, Value::Null).await
    }
}

impl Reply {
    pub(crate) fn text(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer);
        found.and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {}", self.body)).into()
    }

    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    pub(crate) fn detail(&self) -> String {
        self.text("/errors/0/detail")
    }

    /// Names in a list.
    pub(crate) fn names(&self, member: &str) -> Vec<String> {
        let data = self.body["data"].as_array().unwrap();
        data.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
    }
}

/// A list of requests with their answers, to be compared with a golden file.
#[derive(Default)]
pub(crate) struct Transcript(pub(crate) String);

impl Transcript {
    pub(crate) fn add(&mut self, what: &str, reply: &Reply) {
        let _ = writeln!(self.0, "== {what}\n{}", reply.status.as_u16());
        for name in ["www-authenticate", "retry-after", "x-weir-warning"] {
            if let Some(value) = reply.headers.get(name) {
                let _ = writeln!(self.0, "{name}: {}", value.to_str().unwrap());
            }
        }
        if !reply.body.is_null() {
            let id = reply.headers["x-request-id"].to_str().unwrap();
            let text = serde_json::to_string_pretty(&reply.body).unwrap();
            let _ = writeln!(self.0, "{}", text.replace(id, "<request id>"));
        }
    }
}
