//! People who sign in at an identity provider.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_seams::Clock as _;
use serde_json::{Value, json};

use crate::authenticator::code;
use crate::people_provider::{Answer, CLIENT, PeopleProvider, SECRET, query_of};
use crate::rig::{Reply, Rig};
use crate::sessions::{ask, event_of, get, sign_in};
use crate::workloads::{Signer, signed_part};

const CONNECTION: &str = "/weir/v1/sso-connection";
const GROUPS: &str = "/iam/v2/sso/group-mappings";
const ADA: &str = "ada@example.com";

async fn connect(rig: &Rig, provider: &PeopleProvider, domain: &str) -> Reply {
    let body = json!({"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET,
        "domains": [domain], "scopes": ["groups"]});
    rig.call("PATCH", CONNECTION, body).await
}

/// An organisation whose provider speaks for example.com.
async fn connected() -> (Rig, PeopleProvider) {
    let (rig, provider) = (Rig::settled().await, PeopleProvider::new().await);
    connect(&rig, &provider, "example.com").await.expect(200);
    (rig, provider)
}

async fn let_anybody_join(rig: &Rig) {
    let path = format!("/org/v2/organizations/{}", rig.first.organization_id);
    let body = json!({"jit_enabled": true});
    rig.call("PATCH", &path, body).await.expect(200);
}

/// Begins in a browser: where it goes, and its cookie.
async fn begin(rig: &Rig, email: &str) -> (String, String) {
    let begun = ask(rig, None, "POST", "/weir/v1/sso-sign-ins", json!({"email": email})).await;
    let begun = begun.expect(200);
    let cookie = begun.headers["set-cookie"].to_str().unwrap();
    let (pair, terms) = cookie.split_once("; ").unwrap();
    assert_eq!(terms, "Path=/; Max-Age=600; HttpOnly; SameSite=Strict");
    assert_eq!(begun.headers["cache-control"], "no-store");
    (begun.text("/authorization_url"), pair.to_owned())
}

/// Comes back in a browser with this cookie.
async fn end(rig: &Rig, cookie: &str, answer: &Answer, iss: Option<&str>) -> Reply {
    let mut body = json!({"state": answer.state, "code": answer.code});
    if let Some(iss) = iss {
        body["iss"] = json!(iss);
    }
    let mut request = Request::builder()
        .method("POST")
        .uri("/weir/v1/sso-sessions")
        .header("host", "localhost")
        .header("content-type", "application/json");
    if !cookie.is_empty() {
        request = request.header("cookie", format!("other=1; {cookie}"));
    }
    rig.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// All of it, for somebody of whom the provider says this.
async fn enter(rig: &Rig, provider: &PeopleProvider, said: Value) -> Reply {
    let email = said["email"].as_str().unwrap().to_owned();
    let (url, cookie) = begin(rig, &email).await;
    let answer = provider.authorize(rig, &url, &said);
    end(rig, &cookie, &answer, None).await
}

fn ada() -> Value {
    json!({"email": ADA, "sub": "1"})
}

fn refused(reply: Reply, why: &str) {
    let reply = reply.expect(403);
    assert_eq!(reply.text("/errors/0/code"), "sso_refused", "{why}");
    assert!(reply.detail().contains(why), "{why}: {}", reply.detail());
    let cookie = reply.headers.get("set-cookie");
    assert_eq!((cookie, reply.body.get("token")), (None, None));
}

#[tokio::test]
async fn whoever_was_invited_signs_in_at_the_provider() {
    let (rig, provider) = connected().await;
    let shown = rig.get(CONNECTION).await.expect(200);
    assert!(!shown.body.to_string().contains(SECRET));
    assert_eq!(
        shown.body,
        json!({"api_version": "weir/v1", "kind": "SsoConnection",
        "issuer": provider.issuer, "client_id": CLIENT, "has_client_secret": true,
        "domains": ["example.com"], "scopes": ["groups"],
        "redirect_uri": "http://127.0.0.1:8080/sso"})
    );
    for (query, is_sso) in [
        ("email=Whoever@Example.com", true),
        ("email=ada@example.com&client_id=cli", false),
        ("email=admin@localhost", false),
        ("email=ada@sub.example.com", false),
        ("email=example.com", false),
        ("", false),
    ] {
        let path = format!("/api/login/realm?{query}");
        let realm = ask(&rig, None, "GET", &path, Value::Null).await.expect(200);
        assert_eq!(realm.body["is_sso"], is_sso, "{query}");
    }
    let invited = json!({"email": ADA, "auth_type": "AUTH_TYPE_SSO"});
    let invited = rig.call("POST", "/iam/v2/invitations", invited).await.expect(201);
    let body = json!({"token": invited.text("/link"), "password": "a long password"});
    let accepted = ask(&rig, None, "POST", "/weir/v1/memberships", body).await.expect(403);
    assert_eq!(accepted.text("/errors/0/code"), "sso_required");

    let (url, cookie) = begin(&rig, " Ada@Example.com").await;
    assert!(query_of(&url)["scope"].ends_with(" groups"), "{url}");
    assert_eq!(query_of(&url)["login_hint"], ADA);
    let entered = end(&rig, &cookie, &provider.authorize(&rig, &url, &ada()), None).await;
    let entered = entered.expect(200);
    assert!(entered.headers["set-cookie"].to_str().unwrap().starts_with("weir_sso=; "));
    let user = invited.text("/user/id");
    assert_eq!(entered.text("/user/resource_id"), user);
    let me = get(&rig, &entered.text("/token"), "/api/me").await.expect(200);
    assert_eq!(me.text("/user/email"), ADA);
    let person = rig.get(&format!("/iam/v2/users/{user}")).await.expect(200);
    assert_eq!(person.text("/auth_type"), "AUTH_TYPE_SSO");
    let invitation = format!("/iam/v2/invitations/{}", invited.text("/id"));
    assert_eq!(rig.get(&invitation).await.text("/status"), "INVITE_STATUS_ACCEPTED");
    let event = event_of(&rig, &entered).await;
    let who = &event["data"]["authenticationInfo"];
    assert_eq!(who["principal"], format!("User:{user}"));
    assert_eq!((&who["identity"], &who["metadata"]["mechanism"]), (&json!("1"), &json!("SSO")));
    assert!(!event.to_string().contains("code-"), "{event}");
}

#[tokio::test]
async fn what_the_provider_says_wrongly_signs_nobody_in() {
    let (rig, provider) = connected().await;
    let_anybody_join(&rig).await;
    let now = rig.clock.wall_us() / 1_000_000;
    for (name, value, why) in [
        ("nonce", json!("another"), "(nonce)"),
        ("nonce", Value::Null, "(nonce)"),
        ("aud", json!("another"), "(aud)"),
        ("aud", json!([CLIENT, "another"]), "(azp)"),
        ("azp", json!("another"), "(azp)"),
        ("iss", json!("https://evil.example.com"), "(iss)"),
        ("exp", json!(now - 100), "(exp)"),
        ("exp", Value::Null, "exp is no time"),
        ("iat", json!(now + 1_000_000), "(iat)"),
        ("nbf", json!(now + 1_000_000), "(nbf)"),
        ("sub", json!(""), "(sub)"),
        ("email_verified", json!(false), "(email_verified)"),
        ("email_verified", Value::Null, "(email_verified)"),
        ("email", json!("ada@example.org"), "does not speak for this domain"),
        ("email", json!("ada@evil.com@example.org"), "does not speak for this domain"),
    ] {
        let mut said = ada();
        said[name] = value;
        // Each failure makes the next one wait.
        rig.clock.advance(Duration::from_secs(900));
        let (url, cookie) = begin(&rig, ADA).await;
        let answer = provider.authorize(&rig, &url, &said);
        refused(end(&rig, &cookie, &answer, None).await, why);
    }
    type Sign = fn(&Value) -> String;
    let strange: [(Sign, &str); 4] = [
        (|claims| signed_part(&json!({"alg": "none", "kid": "rsa"}), claims) + ".", "algorithm"),
        (
            |claims| {
                let signed = signed_part(&json!({"alg": "HS256", "kid": "rsa"}), claims);
                format!("{signed}.{}", URL_SAFE_NO_PAD.encode("x"))
            },
            "algorithm",
        ),
        (|claims| Signer::ec().token("ec", claims), "(kid)"),
        (|_| "no token".to_owned(), "no signed JSON Web Token"),
    ];
    for (sign, why) in strange {
        rig.clock.advance(Duration::from_secs(900));
        let (url, cookie) = begin(&rig, ADA).await;
        let answer = provider.authorize_as(&rig, &url, &ada(), |_, claims| sign(claims));
        refused(end(&rig, &cookie, &answer, None).await, why);
    }
    let people = rig.get("/iam/v2/users").await.expect(200);
    assert_eq!(people.names("email"), ["admin@localhost"], "nobody joined");
    rig.clock.advance(Duration::from_secs(900));
    enter(&rig, &provider, ada()).await.expect(200);
}

#[tokio::test]
async fn the_browser_that_left_comes_back_once_and_in_time() {
    let (rig, provider) = connected().await;
    let_anybody_join(&rig).await;
    let over = "begun in another browser";
    let (url, cookie) = begin(&rig, ADA).await;
    let answer = provider.authorize(&rig, &url, &ada());
    end(&rig, &cookie, &answer, None).await.expect(200);
    refused(end(&rig, &cookie, &answer, None).await, over);
    // Somebody gives a link to another that would sign them in as the giver.
    let (url, _) = begin(&rig, ADA).await;
    let theirs = provider.authorize(&rig, &url, &ada());
    refused(end(&rig, "", &theirs, None).await, over);
    let (url, _) = begin(&rig, ADA).await;
    let (_, mine) = begin(&rig, ADA).await;
    refused(end(&rig, &mine, &provider.authorize(&rig, &url, &ada()), None).await, over);
    refused(end(&rig, "weir_sso=", &theirs, None).await, over);
    // A code of one sign-in in another: the verifier is another.
    let (url, _) = begin(&rig, ADA).await;
    let stolen = provider.authorize(&rig, &url, &ada()).code;
    let (url, cookie) = begin(&rig, ADA).await;
    let answer = Answer { code: stolen, ..provider.authorize(&rig, &url, &ada()) };
    refused(end(&rig, &cookie, &answer, None).await, "does not take the code");
    // Too late.
    let (url, cookie) = begin(&rig, ADA).await;
    let answer = provider.authorize(&rig, &url, &json!({"email": ADA, "exp": i64::MAX}));
    rig.clock.advance(Duration::from_secs(600));
    refused(end(&rig, &cookie, &answer, None).await, over);
    // The connection became another meanwhile.
    let (url, cookie) = begin(&rig, ADA).await;
    let answer = provider.authorize(&rig, &url, &ada());
    rig.call("PATCH", CONNECTION, json!({"scopes": []})).await.expect(200);
    refused(end(&rig, &cookie, &answer, None).await, "changed meanwhile");
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_none() {
    let (rig, provider) = (Rig::settled().await, PeopleProvider::new().await);
    *provider.desk().extra.lock() = json!({"authorization_response_iss_parameter_supported": true});
    connect(&rig, &provider, "example.com").await.expect(200);
    let_anybody_join(&rig).await;
    for (iss, taken) in
        [(None, false), (Some("https://evil.example.com"), false), (Some(&*provider.issuer), true)]
    {
        let (url, cookie) = begin(&rig, ADA).await;
        let reply = end(&rig, &cookie, &provider.authorize(&rig, &url, &ada()), iss).await;
        if taken { drop(reply.expect(200)) } else { refused(reply, "(iss)") }
    }
}

#[tokio::test]
async fn a_person_is_who_the_provider_says_and_not_who_has_the_address() {
    let (rig, provider) = connected().await;
    refused(enter(&rig, &provider, ada()).await, "invited");
    let_anybody_join(&rig).await;
    let first = enter(&rig, &provider, ada()).await.expect(200);
    let user = first.text("/user/resource_id");
    assert_eq!(first.text("/user/first_name"), "Ada");
    // The same person with another address is the same; another one with that address is nobody.
    let renamed = json!({"email": "countess@example.com", "sub": "1"});
    let again = enter(&rig, &provider, renamed).await.expect(200);
    assert_eq!(again.text("/user/resource_id"), user);
    assert_eq!(again.text("/user/email"), ADA);
    refused(enter(&rig, &provider, json!({"email": ADA, "sub": "2"})).await, "invited");
    // Without a role nothing is there.
    let environment = format!("/org/v2/environments/{}", rig.first.environment_id);
    get(&rig, &first.text("/token"), &environment).await.expect(404);
    let body = json!({"email": ADA, "password": "a long password"});
    ask(&rig, None, "POST", "/sessions", body).await.expect(403);
    rig.call("DELETE", &format!("/iam/v2/users/{user}"), Value::Null).await.expect(204);
    get(&rig, &first.text("/token"), "/api/me").await.expect(401);
    let new = enter(&rig, &provider, json!({"email": ADA, "sub": "2"})).await.expect(200);
    assert_ne!(new.text("/user/resource_id"), user);
}

#[tokio::test]
async fn nobody_of_another_organization_is_signed_in_or_sent_away() {
    let (ours, theirs) = Rig::two_organizations().await;
    let provider = PeopleProvider::new().await;
    let victim = json!({"email": "victim@example.com"});
    theirs.call("POST", "/iam/v2/invitations", victim).await.expect(201);
    let taken = connect(&ours, &provider, "example.com").await.expect(409);
    assert!(taken.detail().contains("another organization"), "{}", taken.detail());
    connect(&ours, &provider, "example.org").await.expect(200);
    let taken = connect(&theirs, &provider, "example.org").await.expect(409);
    assert_eq!(taken.body["errors"][0]["source"]["pointer"], "/domains");
    theirs.get(CONNECTION).await.expect(404);
    // Invited there later: the address finds nobody here.
    let victim = json!({"email": "victim@example.org"});
    theirs.call("POST", "/iam/v2/invitations", victim).await.expect(201);
    let_anybody_join(&ours).await;
    let said = json!({"email": "victim@example.org"});
    refused(enter(&ours, &provider, said).await, "invited");
}

#[tokio::test]
async fn a_password_and_its_second_factor_are_not_gone_around() {
    let (rig, provider) = (Rig::settled().await, PeopleProvider::new().await);
    connect(&rig, &provider, "localhost").await.expect(200);
    let token = sign_in(&rig).await;
    let body = json!({"password": rig.secrets.login_password});
    let begun = ask(&rig, Some(&token), "POST", "/weir/v1/second-factor", body).await.expect(200);
    let code = code(&begun.text("/secret"), rig.clock.wall_us() / 1_000_000 + 1);
    let path = "/weir/v1/second-factor/confirm";
    ask(&rig, Some(&token), "POST", path, json!({ "code": code })).await.expect(200);
    let said = json!({"email": "admin@localhost"});
    refused(enter(&rig, &provider, said.clone()).await, "second factor");
    let path = format!("/weir/v1/users/{}/second-factor", rig.first.user_id);
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    let entered = enter(&rig, &provider, said).await.expect(200);
    assert_eq!(entered.text("/user/resource_id"), rig.first.user_id);
    sign_in(&rig).await;
}

#[tokio::test]
async fn sessions_end_with_the_provider_that_vouched_for_them() {
    let (rig, provider) = connected().await;
    let_anybody_join(&rig).await;
    let by_password = sign_in(&rig).await;
    let more = json!({"domains": ["example.com", "example.org"]});
    let fewer = json!({"domains": ["example.com"]});
    for (method, body, ends) in [
        ("PATCH", more, false),
        ("PATCH", fewer, true),
        ("PATCH", json!({"client_id": "weir", "issuer": provider.issuer}), false),
        ("DELETE", Value::Null, true),
    ] {
        let token = enter(&rig, &provider, ada()).await.expect(200).text("/token");
        let reply = rig.call(method, CONNECTION, body).await;
        assert!(reply.status.is_success(), "{}", reply.body);
        let status = get(&rig, &token, "/api/me").await.status.as_u16();
        assert_eq!(status, if ends { 401 } else { 200 });
        get(&rig, &by_password, "/api/me").await.expect(200);
    }
    rig.get(CONNECTION).await.expect(404);
    let body = json!({"email": ADA});
    ask(&rig, None, "POST", "/weir/v1/sso-sign-ins", body).await.expect(404);
}

#[tokio::test]
async fn a_key_that_is_new_at_the_provider_is_found() {
    let (rig, provider) = connected().await;
    let_anybody_join(&rig).await;
    enter(&rig, &provider, ada()).await.expect(200);
    *provider.desk().rotated.lock() = true;
    rig.clock.advance(Duration::from_secs(30));
    let (url, cookie) = begin(&rig, ADA).await;
    let answer = provider.authorize_as(&rig, &url, &ada(), |desk, claims| desk.ec_token(claims));
    end(&rig, &cookie, &answer, None).await.expect(200);
}

#[tokio::test]
async fn a_connection_holds_what_can_be_one() {
    let (rig, provider) = (Rig::settled().await, PeopleProvider::new().await);
    rig.call("PATCH", CONNECTION, json!({"client_id": "x"})).await.expect(400);
    let good = json!({"issuer": provider.issuer, "client_id": CLIENT, "domains": ["Example.com"]});
    for (name, value) in [
        ("issuer", json!("http://id.example.com")),
        ("issuer", json!("https://10.0.0.1")),
        ("issuer", json!("https://id.example.com/?a=b")),
        ("issuer", json!("javascript:alert(1)")),
        ("client_id", json!(" ")),
        ("client_secret", json!("a\nb")),
        ("domains", json!([])),
        ("domains", json!(["%"])),
        ("scopes", json!(["a b"])),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let reply = rig.call("PATCH", CONNECTION, body).await;
        assert!([400, 422].contains(&reply.status.as_u16()), "{}", reply.body);
        assert_eq!(reply.text("/errors/0/source/pointer"), format!("/{name}"));
    }
    rig.call("PATCH", &format!("{CONNECTION}?dry_run=true"), good.clone()).await.expect(200);
    rig.get(CONNECTION).await.expect(404);
    let made = rig.call("PATCH", CONNECTION, good).await.expect(200);
    assert_eq!(
        (&made.body["has_client_secret"], made.text("/domains/0")),
        (&json!(false), "example.com".to_owned())
    );
    rig.call("PATCH", CONNECTION, json!({"client_secret": SECRET})).await.expect(200);
    // A secret goes to nobody but whom it was set for.
    let other = PeopleProvider::new().await;
    let moved = rig.call("PATCH", CONNECTION, json!({"issuer": other.issuer})).await.expect(422);
    assert_eq!(moved.text("/errors/0/source/pointer"), "/client_secret");
    let stale = [("if-match", "\"1\"")];
    let (key, secret) = rig.auth.clone();
    let view = rig.with_key(&key, &secret);
    view.call_with(&stale, "PATCH", CONNECTION, json!({"scopes": []})).await.expect(412);
    view.call_with(&stale, "DELETE", CONNECTION, Value::Null).await.expect(412);
}

#[tokio::test]
async fn a_provider_that_is_away_is_named() {
    let rig = Rig::settled().await;
    let body = json!({"issuer": "http://127.0.0.1:1/id", "client_id": CLIENT,
        "domains": ["example.com"]});
    rig.call("PATCH", CONNECTION, body).await.expect(200);
    let begun = ask(&rig, None, "POST", "/weir/v1/sso-sign-ins", json!({"email": ADA})).await;
    let begun = begun.expect(503);
    assert_eq!(begun.text("/errors/0/code"), "identity_provider_unavailable");
}

#[tokio::test]
async fn a_group_gives_its_roles_to_whom_the_provider_says_it_has() {
    let (rig, provider) = connected().await;
    let_anybody_join(&rig).await;
    let filter = "\"eng\" in claims.groups";
    let body = json!({"display_name": "eng", "description": "builds", "filter": filter});
    let made = rig.call("POST", GROUPS, body.clone()).await.expect(201);
    let id = made.text("/id");
    let path = format!("{GROUPS}/{id}");
    assert!(id.starts_with("group-"), "{id}");
    assert_eq!((made.text("/principal"), made.text("/state")), (id.clone(), "ENABLED".to_owned()));
    assert_eq!(
        (made.text("/api_version"), made.text("/filter")),
        ("iam.v2/sso".into(), filter.into())
    );
    assert_eq!(rig.get(&path).await.expect(200).body, made.body);
    assert_eq!(rig.get(GROUPS).await.expect(200).names("id"), std::slice::from_ref(&id));
    rig.call("POST", GROUPS, body).await.expect(409);
    let bad = json!({"display_name": "bad", "filter": "1 + 1"});
    rig.call("POST", GROUPS, bad).await.expect(422);
    let crn = format!(
        "crn://confluent.cloud/organization={}/environment={}",
        rig.first.organization_id, rig.first.environment_id
    );
    let bind = json!({"principal": format!("User:{id}"), "role_name": "EnvironmentAdmin",
        "crn_pattern": crn});
    let binding = rig.call("POST", "/iam/v2/role-bindings", bind.clone()).await.expect(201);

    let enter_as = async |sub: &str, groups: Value| {
        let said = json!({"email": format!("{sub}@example.com"), "sub": sub, "groups": groups});
        enter(&rig, &provider, said).await.expect(200).text("/token")
    };
    let member = enter_as("1", json!(["eng", "all"])).await;
    let other = enter_as("2", json!(["sales"])).await;
    let nobody = enter_as("3", Value::Null).await;
    let environment = format!("/org/v2/environments/{}", rig.first.environment_id);
    let sees = async |token: &str| get(&rig, token, &environment).await.status == 200;
    let all = async || (sees(&member).await, sees(&other).await, sees(&nobody).await);
    assert_eq!(all().await, (true, false, false));
    let named = json!({"display_name": "of the group"});
    ask(&rig, Some(&member), "PATCH", &environment, named.clone()).await.expect(200);
    ask(&rig, Some(&member), "POST", "/org/v2/environments", named).await.expect(403);
    get(&rig, &member, &path).await.expect(404);

    let sales = json!({"filter": "has(claims.groups) && \"sales\" in claims.groups"});
    rig.call("PATCH", &path, sales).await.expect(200);
    assert_eq!(all().await, (false, true, false), "from the next request on");
    let unbound = format!("/iam/v2/role-bindings/{}", binding.text("/id"));
    rig.call("DELETE", &unbound, Value::Null).await.expect(200);
    assert_eq!(all().await, (false, false, false));
    rig.call("POST", "/iam/v2/role-bindings", bind.clone()).await.expect(201);
    assert_eq!(all().await, (false, true, false));
    rig.call("DELETE", &path, Value::Null).await.expect(204);
    assert_eq!(all().await, (false, false, false));
    rig.get(&path).await.expect(404);
    rig.call("POST", "/iam/v2/role-bindings", bind).await.expect(422);
}
