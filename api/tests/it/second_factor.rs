//! Codes of an authenticator beside the password.

use std::time::Duration;

use common_seams::Clock as _;
use serde_json::{Value, json};

use crate::authenticator::code;
use crate::rig::{Reply, Rig};
use crate::sessions::{ask, event_of, get, sign_in, try_to_sign_in};

const FACTOR: &str = "/weir/v1/second-factor";

/// The code that is shown when the next request arrives.
fn now(rig: &Rig, secret: &str) -> String {
    code(secret, rig.clock.wall_us() / 1_000_000 + 1)
}

/// Brings the clock to the first second of a step, so that no request falls into the next one.
fn next_step(rig: &Rig) {
    let seconds = rig.clock.wall_us() / 1_000_000;
    rig.clock.advance(Duration::from_secs(u64::try_from(30 - seconds % 30).unwrap()));
}

async fn show(rig: &Rig, code: &str) -> Reply {
    let body = json!({"email": rig.secrets.login_email, "password": rig.secrets.login_password,
        "code": code});
    ask(rig, None, "POST", "/sessions", body).await
}

async fn begin(rig: &Rig, token: &str) -> String {
    let body = json!({"password": rig.secrets.login_password});
    let begun = ask(rig, Some(token), "POST", FACTOR, body).await.expect(200);
    let secret = begun.text("/secret");
    let uri = format!("otpauth://totp/Weir:admin@localhost?secret={secret}&issuer=Weir");
    assert_eq!((secret.len(), begun.text("/uri")), (32, uri));
    assert!(!event_of(rig, &begun).await.to_string().contains(&secret));
    secret
}

async fn confirm(rig: &Rig, token: &str, code: &str) -> Reply {
    ask(rig, Some(token), "POST", &format!("{FACTOR}/confirm"), json!({"code": code})).await
}

/// Somebody with a second factor: token, secret, recovery codes.
async fn with_a_factor(rig: &Rig) -> (String, String, Vec<String>) {
    let token = sign_in(rig).await;
    let secret = begin(rig, &token).await;
    next_step(rig);
    let confirmed = confirm(rig, &token, &now(rig, &secret)).await.expect(200);
    let codes = confirmed.body["recovery_codes"].as_array().unwrap().clone();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    next_step(rig);
    (token, secret, codes)
}

#[tokio::test]
async fn a_factor_is_asked_for_once_it_is_confirmed_and_a_code_opens_once() {
    let rig = Rig::settled().await;
    let (email, password) = (rig.secrets.login_email.clone(), rig.secrets.login_password.clone());
    let token = sign_in(&rig).await;
    let wrong = ask(&rig, Some(&token), "POST", FACTOR, json!({"password": "wrong"})).await;
    wrong.expect(403);
    assert_eq!(confirm(&rig, &token, "123456").await.expect(404).status.as_u16(), 404);
    let forgotten = begin(&rig, &token).await;
    let secret = begin(&rig, &token).await;
    assert_ne!(forgotten, secret);
    try_to_sign_in(&rig, &email, &password).await.expect(200);
    assert_eq!(get(&rig, &token, FACTOR).await.body["enabled"], json!(false));
    confirm(&rig, &token, &now(&rig, &forgotten)).await.expect(403);
    next_step(&rig);
    let confirmed = now(&rig, &secret);
    let reply = confirm(&rig, &token, &confirmed).await.expect(200);
    assert_eq!(reply.body["recovery_codes"].as_array().unwrap().len(), 10);
    let event = event_of(&rig, &reply).await;
    assert_eq!(event["data"]["methodName"], "UpdateSecondFactor");
    assert!(!event.to_string().contains(reply.body["recovery_codes"][0].as_str().unwrap()));
    let state = get(&rig, &token, FACTOR).await.expect(200);
    assert_eq!(
        (&state.body["enabled"], &state.body["recovery_codes_left"]),
        (&json!(true), &json!(10))
    );

    let asked = try_to_sign_in(&rig, &email, &password).await.expect(403);
    assert_eq!(asked.text("/errors/0/code"), "second_factor_required");
    let wrong = try_to_sign_in(&rig, &email, "wrong").await.expect(403);
    assert_eq!(wrong.text("/errors/0/code"), "sign_in_refused", "strangers learn nothing");
    show(&rig, &confirmed).await.expect(403);
    next_step(&rig);
    let fresh = now(&rig, &secret);
    show(&rig, &fresh).await.expect(200);
    let again = show(&rig, &fresh).await.expect(403);
    assert_eq!(again.text("/errors/0/code"), "second_factor_refused");
    let event = event_of(&rig, &again).await;
    assert_eq!(event["type"], "io.confluent.cloud/authentication");
    assert!(!event.to_string().contains(&fresh));
    let twice = ask(&rig, Some(&token), "POST", FACTOR, json!({"password": password})).await;
    twice.expect(409);
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_a_factor_is_removed_with_a_code() {
    let rig = Rig::settled().await;
    let (token, _, codes) = with_a_factor(&rig).await;
    show(&rig, &codes[0]).await.expect(200);
    show(&rig, &codes[0]).await.expect(403);
    let state = get(&rig, &token, FACTOR).await;
    assert_eq!(state.body["recovery_codes_left"], json!(9));
    let remove = async |code: &str| {
        let body = json!({"password": rig.secrets.login_password, "code": code});
        ask(&rig, Some(&token), "POST", &format!("{FACTOR}/remove"), body).await
    };
    remove("000000").await.expect(403);
    remove(&codes[1]).await.expect(204);
    remove(&codes[2]).await.expect(404);
    sign_in(&rig).await;
}

#[tokio::test]
async fn codes_that_are_tried_make_even_the_right_one_wait() {
    let rig = Rig::settled().await;
    let (_, secret, _) = with_a_factor(&rig).await;
    let (email, password) = (rig.secrets.login_email.clone(), rig.secrets.login_password.clone());
    for seconds in [0, 0, 0, 0, 0, 1, 2, 4, 8, 16] {
        rig.clock.advance(Duration::from_secs(seconds));
        // Asking without a code in between gives nothing back.
        try_to_sign_in(&rig, &email, &password).await;
        show(&rig, "000000").await.expect(403);
    }
    next_step(&rig);
    show(&rig, &now(&rig, &secret)).await.expect(429);
    rig.clock.advance(Duration::from_secs(120));
    next_step(&rig);
    show(&rig, &now(&rig, &secret)).await.expect(200);
}

#[tokio::test]
async fn a_factor_goes_with_its_person_and_no_key_reaches_one() {
    let rig = Rig::settled().await;
    let body = json!({"email": "ada@example.com"});
    let made = rig.call("POST", "/iam/v2/invitations", body).await.expect(201);
    let body = json!({"token": made.text("/link"), "password": "a password of hers"});
    let joined = ask(&rig, None, "POST", "/weir/v1/memberships", body).await.expect(200);
    let (token, body) = (joined.text("/token"), json!({"password": "a password of hers"}));
    let begun = ask(&rig, Some(&token), "POST", FACTOR, body).await.expect(200);
    next_step(&rig);
    confirm(&rig, &token, &now(&rig, &begun.text("/secret"))).await.expect(200);
    let own = sign_in(&rig).await;
    assert_eq!(get(&rig, &own, FACTOR).await.body["enabled"], json!(false), "that is hers");
    rig.get(FACTOR).await.expect(401);
    let again = async || {
        let body = json!({"email": "ada@example.com", "password": "a password of hers"});
        ask(&rig, None, "POST", "/sessions", body).await.status.as_u16()
    };
    assert_eq!(again().await, 403);
    let reset = format!("/weir/v1/users/{}/second-factor", made.text("/user/id"));
    ask(&rig, Some(&token), "DELETE", &reset, Value::Null).await.expect(403);
    let done = rig.call("DELETE", &reset, Value::Null).await.expect(204);
    let event = event_of(&rig, &done).await;
    assert_eq!(event["data"]["methodName"], "DeleteUserSecondFactor");
    assert!(event.to_string().contains(&made.text("/user/id")), "{event}");
    assert_eq!(again().await, 200, "she lost it, and the administrator knows her");
    rig.call("DELETE", &reset, Value::Null).await.expect(204);
    rig.call("DELETE", "/weir/v1/users/u-none/second-factor", Value::Null).await.expect(404);
    let user = format!("/iam/v2/users/{}", made.text("/user/id"));
    rig.call("DELETE", &user, Value::Null).await.expect(204);
    get(&rig, &token, FACTOR).await.expect(401);
}
