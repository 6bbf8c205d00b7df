//! Signing in with a code on another device.

use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::{Reply, Rig};
use crate::sessions::{ask, event_of, get, sign_in};

async fn begin(rig: &Rig) -> Reply {
    ask(rig, None, "POST", "/weir/v1/device-codes", Value::Null).await.expect(200)
}

async fn poll(rig: &Rig, device: &Reply) -> Reply {
    rig.clock.advance(Duration::from_secs(5));
    let body = json!({"device_code": device.text("/device_code")});
    ask(rig, None, "POST", "/weir/v1/device-sessions", body).await
}

async fn decide(rig: &Rig, token: &str, code: &str, approve: bool) -> Reply {
    let path = format!("/weir/v1/device-codes/{code}");
    ask(rig, Some(token), "PATCH", &path, json!({"approve": approve})).await
}

#[tokio::test]
async fn a_device_acts_for_whoever_approved_it() {
    let rig = Rig::settled().await;
    let token = sign_in(&rig).await;
    let device = begin(&rig).await;
    let code = device.text("/user_code");
    assert_eq!((code.len(), device.body["interval"].as_u64()), (9, Some(5)));
    let pending = poll(&rig, &device).await.expect(400);
    assert_eq!(pending.text("/errors/0/code"), "authorization_pending");
    let body = json!({"device_code": device.text("/device_code")});
    let fast = ask(&rig, None, "POST", "/weir/v1/device-sessions", body).await.expect(400);
    assert_eq!(fast.text("/errors/0/code"), "slow_down");

    let path = format!("/weir/v1/device-codes/{}", code.to_lowercase());
    let seen = get(&rig, &token, &path).await.expect(200);
    assert_eq!(seen.text("/address"), crate::rig::HERE);
    let approved = decide(&rig, &token, &code, true).await.expect(204);
    let event = event_of(&rig, &approved).await;
    assert_eq!(event["data"]["methodName"], "UpdateDeviceCode");
    decide(&rig, &token, &code, true).await.expect(404);
    let made = poll(&rig, &device).await.expect(200);
    assert_eq!(made.text("/user/resource_id"), rig.first.user_id);
    let event = event_of(&rig, &made).await;
    assert_eq!(event["data"]["methodName"], "CreateDeviceSession");
    assert_eq!(event["data"]["authenticationInfo"]["metadata"]["mechanism"], "DEVICE_CODE");
    assert!(!event.to_string().contains(&device.text("/device_code")));
    get(&rig, &made.text("/token"), "/me").await.expect(200);
    poll(&rig, &device).await.expect(400);
}

#[tokio::test]
async fn a_device_that_is_refused_or_waits_too_long_is_not_signed_in() {
    let rig = Rig::settled().await;
    let token = sign_in(&rig).await;
    let device = begin(&rig).await;
    decide(&rig, &token, &device.text("/user_code"), false).await.expect(204);
    let refused = poll(&rig, &device).await.expect(400);
    assert_eq!(refused.text("/errors/0/code"), "access_denied");
    let late = begin(&rig).await;
    rig.clock.advance(Duration::from_secs(15 * 60));
    decide(&rig, &token, &late.text("/user_code"), true).await.expect(404);
    assert_eq!(poll(&rig, &late).await.text("/errors/0/code"), "expired_token");
    // Keys approve nothing, and whoever tries codes waits.
    let waiting = begin(&rig).await;
    let path = format!("/weir/v1/device-codes/{}", waiting.text("/user_code"));
    rig.call("PATCH", &path, json!({"approve": true})).await.expect(401);
    for _ in 0..7 {
        decide(&rig, &token, "BCDF-BCDF", true).await;
    }
    decide(&rig, &token, &waiting.text("/user_code"), true).await.expect(429);
}

#[tokio::test]
async fn whoever_is_gone_signs_no_device_in() {
    let rig = Rig::settled().await;
    let body = json!({"email": "ada@example.com"});
    let made = rig.call("POST", "/iam/v2/invitations", body).await.expect(201);
    let body = json!({"token": made.text("/link"), "password": "a password of hers"});
    let joined = ask(&rig, None, "POST", "/weir/v1/memberships", body).await.expect(200);
    let device = begin(&rig).await;
    decide(&rig, &joined.text("/token"), &device.text("/user_code"), true).await.expect(204);
    let user = format!("/iam/v2/users/{}", made.text("/user/id"));
    rig.call("DELETE", &user, Value::Null).await.expect(204);
    poll(&rig, &device).await.expect(404);
}
