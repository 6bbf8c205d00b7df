//! An OpenID Connect provider of people, on this machine. It checks what a provider has to check, and can be told to
//! misbehave.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common_seams::Clock as _;
use parking_lot::Mutex;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::rig::Rig;
use crate::workloads::Signer;

pub(crate) const CLIENT: &str = "weir";
pub(crate) const SECRET: &str = "s3cret&more";

pub(crate) struct PeopleProvider {
    pub(crate) issuer: String,
    desk: Arc<Desk>,
}

/// What the provider knows.
pub(crate) struct Desk {
    issuer: String,
    pub(crate) rsa: Signer,
    ec: Signer,
    codes: Mutex<HashMap<String, Granted>>,
    made: AtomicU32,
    /// More of its configuration.
    pub(crate) extra: Mutex<Value>,
    /// Whether it publishes a second key.
    pub(crate) rotated: Mutex<bool>,
}

/// A code that can be traded once.
struct Granted {
    challenge: String,
    redirect_uri: String,
    token: String,
}

/// What the provider adds to the address that it sends the browser back to.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) state: String,
    pub(crate) code: String,
}

impl PeopleProvider {
    pub(crate) async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/people", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            issuer: issuer.clone(),
            rsa: Signer::rsa(),
            ec: Signer::ec(),
            codes: Mutex::default(),
            made: AtomicU32::new(0),
            extra: Mutex::new(json!({})),
            rotated: Mutex::new(false),
        });
        let router = Router::new()
            .route("/people/.well-known/openid-configuration", get(configuration))
            .route("/people/keys", get(keys))
            .route("/people/token", post(token))
            .with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, desk }
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Signs somebody in who was sent to `url`, and sends them back. `said` replaces claims of the token.
    pub(crate) fn authorize(&self, rig: &Rig, url: &str, said: &Value) -> Answer {
        self.authorize_as(rig, url, said, |desk, claims| desk.rsa.token("rsa", claims))
    }

    /// The same with a token that is signed in another way.
    pub(crate) fn authorize_as(
        &self,
        rig: &Rig,
        url: &str,
        said: &Value,
        sign: impl FnOnce(&Desk, &Value) -> String,
    ) -> Answer {
        let asked = query_of(url);
        assert!(url.starts_with(&format!("{}/authorize?", self.issuer)), "{url}");
        assert_eq!(
            (asked["response_type"].as_str(), asked["client_id"].as_str()),
            ("code", CLIENT)
        );
        assert_eq!(asked["code_challenge_method"], "S256");
        assert_eq!(asked["redirect_uri"], "http://127.0.0.1:8080/sso");
        assert!(asked["scope"].starts_with("openid email profile"), "{}", asked["scope"]);
        let now = rig.clock.wall_us() / 1_000_000;
        let mut claims = json!({"iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now,
            "exp": now + 300, "nonce": asked["nonce"], "email_verified": true, "name": "Ada"});
        for (name, value) in said.as_object().unwrap_or(&Map::new()) {
            claims[name] = value.clone();
        }
        let code = format!("code-{}", self.desk.made.fetch_add(1, Ordering::Relaxed));
        let granted = Granted {
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            token: sign(&self.desk, &claims),
        };
        self.desk.codes.lock().insert(code.clone(), granted);
        Answer { state: asked["state"].clone(), code }
    }
}

impl Desk {
    pub(crate) fn ec_token(&self, claims: &Value) -> String {
        self.ec.token("ec", claims)
    }
}

async fn configuration(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let issuer = &desk.issuer;
    let mut document = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys"),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token")});
    for (name, value) in desk.extra.lock().as_object().unwrap() {
        document[name] = value.clone();
    }
    Json(document)
}

async fn keys(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let mut keys = vec![desk.rsa.jwk("rsa")];
    if *desk.rotated.lock() {
        keys.push(desk.ec.jwk("ec"));
    }
    Json(json!({ "keys": keys }))
}

async fn token(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let bad = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    // RFC 6749: encoded as in a form.
    let client = STANDARD.encode(format!("{CLIENT}:s3cret%26more"));
    if headers.get("authorization").is_none_or(|shown| *shown != format!("Basic {client}")[..]) {
        return bad("invalid_client");
    }
    let Some(granted) = form.get("code").and_then(|code| desk.codes.lock().remove(code)) else {
        return bad("invalid_grant");
    };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let is_ours = form.get("grant_type").is_some_and(|it| it == "authorization_code")
        && form.get("redirect_uri") == Some(&granted.redirect_uri)
        && challenge == granted.challenge;
    if !is_ours {
        return bad("invalid_grant");
    }
    let answer = json!({"access_token": "x", "token_type": "Bearer", "id_token": granted.token});
    (StatusCode::OK, Json(answer))
}

/// The query of an address, as a browser reads it.
pub(crate) fn query_of(url: &str) -> HashMap<String, String> {
    let (_, query) = url.split_once('?').unwrap();
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let mut digit = || rest.next().and_then(|d| char::from(d).to_digit(16)).unwrap();
            bytes.push(if byte == b'%' { (digit() * 16 + digit()) as u8 } else { byte });
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}
