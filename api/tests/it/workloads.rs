//! An identity provider of a test: signs tokens, and publishes its keys on this machine.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_seams::Clock as _;
use parking_lot::Mutex;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};

use crate::rig::{Reply, Rig};

pub(crate) const PROVIDERS: &str = "/iam/v2/identity-providers";
pub(crate) const ISSUER: &str = "https://ci.example.com";
/// Whom the pool of these tests lets in.
pub(crate) const FILTER: &str = r#"claims.aud == "weir" && claims.sub.startsWith("repo:acme/")"#;

/// One RSA key of this run: ring signs with them, but makes none.
static RSA: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .args(["-outform", "DER"])
        .output()
        .expect("openssl makes the RSA key of this test: apt-get install openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
});

/// A key that signs tokens.
pub(crate) enum Signer {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl Signer {
    pub(crate) fn rsa() -> Self {
        // Which of the two forms openssl writes depends on its version.
        let key = RsaKeyPair::from_pkcs8(&RSA).or_else(|_| RsaKeyPair::from_der(&RSA));
        Self::Rsa(key.unwrap())
    }

    pub(crate) fn ec() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
        Self::Ec(key.unwrap())
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
        }
    }

    /// The key as it is published.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Rsa(key) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({"kid": kid, "kty": "RSA", "use": "sig", "alg": "RS256",
                    "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e)})
            }
            Self::Ec(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kid": kid, "kty": "EC", "crv": "P-256",
                    "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
            }
        }
    }

    pub(crate) fn sign(&self, text: &str) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Ec(key) => key.sign(&random, text.as_bytes()).unwrap().as_ref().to_vec(),
        }
    }

    pub(crate) fn token(&self, kid: &str, claims: &Value) -> String {
        self.token_with(&json!({"alg": self.algorithm(), "kid": kid, "typ": "JWT"}), claims)
    }

    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = signed_part(header, claims);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.sign(&signed)))
    }
}

/// Header and claims of a token.
pub(crate) fn signed_part(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Where keys are published.
pub(crate) struct Published {
    pub(crate) uri: String,
    pub(crate) keys: Arc<Mutex<Value>>,
    pub(crate) reads: Arc<AtomicU32>,
}

impl Published {
    pub(crate) async fn new(keys: Vec<Value>) -> Self {
        let keys = Arc::new(Mutex::new(json!({ "keys": keys })));
        let reads = Arc::new(AtomicU32::new(0));
        let (shown, counted) = (keys.clone(), reads.clone());
        let answer = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let keys = shown.lock().clone();
            async move { Json(keys) }
        };
        let router = Router::new().route("/keys", get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { uri, keys, reads }
    }

    pub(crate) fn reads(&self) -> u32 {
        self.reads.load(Ordering::Relaxed)
    }
}

/// A provider with a pool, and its signing keys: `rsa` and `ec`.
pub(crate) struct Workload {
    pub(crate) rsa: Signer,
    pub(crate) ec: Signer,
    pub(crate) published: Published,
    pub(crate) provider: String,
    pub(crate) pool: String,
}

impl Workload {
    pub(crate) async fn new(rig: &Rig) -> Self {
        let (rsa, ec) = (Signer::rsa(), Signer::ec());
        let published = Published::new(vec![rsa.jwk("rsa"), ec.jwk("ec")]).await;
        let provider = make_provider(rig, &published.uri).await;
        let pool = make_pool(rig, &provider, FILTER).await;
        Self { rsa, ec, published, provider, pool }
    }

    pub(crate) fn pools(&self) -> String {
        format!("{PROVIDERS}/{}/identity-pools", self.provider)
    }

    /// An access token for a good token.
    pub(crate) async fn access(&self, rig: &Rig) -> String {
        let token = self.ec.token("ec", &claims(rig));
        exchange(rig, &self.pool, &token).await.expect(200).text("/access_token")
    }
}

pub(crate) async fn make_provider(rig: &Rig, jwks_uri: &str) -> String {
    let body =
        json!({"display_name": "ci", "description": "", "issuer": ISSUER, "jwks_uri": jwks_uri});
    rig.call("POST", PROVIDERS, body).await.expect(201).text("/id")
}

pub(crate) async fn make_pool(rig: &Rig, provider: &str, filter: &str) -> String {
    let body = json!({"display_name": "deployers", "description": "",
        "identity_claim": "claims.sub", "filter": filter});
    let path = format!("{PROVIDERS}/{provider}/identity-pools");
    rig.call("POST", &path, body).await.expect(201).text("/id")
}

/// Claims that the pool lets in now.
pub(crate) fn claims(rig: &Rig) -> Value {
    let now = rig.clock.wall_us() / 1_000_000;
    json!({"iss": ISSUER, "sub": "repo:acme/app", "aud": "weir", "iat": now, "nbf": now,
        "exp": now + 300})
}

/// A request for an access token.
pub(crate) async fn exchange(rig: &Rig, pool: &str, token: &str) -> Reply {
    let form = form(pool, token);
    let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    send_form(rig, &fields).await
}

pub(crate) fn form(pool: &str, token: &str) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
        ("subject_token", token.to_owned()),
        ("identity_pool_id", pool.to_owned()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt".to_owned()),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token".to_owned()),
        ("expires_in", "900".to_owned()),
    ]
}

pub(crate) async fn send_form(rig: &Rig, fields: &[(&str, &str)]) -> Reply {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(':', "%3A").replace('+', "%2B")))
        .collect();
    let request = Request::builder()
        .method("POST")
        .uri("/sts/v1/oauth2/token")
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded");
    rig.send(request.body(Body::from(pairs.join("&"))).unwrap()).await
}

/// A request of whoever shows this token.
pub(crate) async fn bearer(rig: &Rig, token: &str, method: &str, path: &str, body: Value) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {token}"));
    let body = if body.is_null() {
        Body::empty()
    } else {
        request = request.header("content-type", "application/json");
        Body::from(body.to_string())
    };
    rig.send(request.body(body).unwrap()).await
}
