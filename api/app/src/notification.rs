//! What goes over the wire of a notification, and when it is tried again. Nothing here asks anybody.

use std::fmt::Write as _;
use std::time::Duration;

use common_seams::Rng;
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;

use crate::model::{NotificationIntegration, TargetKind, micros};
use crate::ports::Post;
use crate::secret::Peppers;

/// The first pause; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(3600);
/// Tries of one message: the last one is some four hours after the first.
pub(crate) const TRIES_MAX: u32 = 12;
/// How long nothing may arrive before nothing is sent any more.
pub(crate) const FAILING_MAX: Duration = Duration::from_secs(86_400);

/// Where an integration leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) url: String,
    /// The key of the signatures of a webhook; empty for others.
    pub(crate) secret: String,
}

/// What is told.
pub(crate) struct Message<'a> {
    pub(crate) id: &'a str,
    pub(crate) notice_type: &'a str,
    pub(crate) severity: &'a str,
    pub(crate) organization_id: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) title: &'a str,
    pub(crate) message: &'a str,
    /// RFC 3339.
    pub(crate) created_at: &'a str,
}

/// Seals a target into a row, and notes the pepper.
pub(crate) fn seal(
    peppers: &Peppers,
    rng: &dyn Rng,
    row: &mut NotificationIntegration,
    target: &Target,
) -> Option<()> {
    row.pepper_version = peppers.current();
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    let mut text = serde_json::to_vec(target).ok()?;
    let sealed = cipher(peppers, row)?.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(row.id.as_bytes()),
        &mut text,
    );
    sealed.ok()?;
    row.target = [nonce.as_slice(), &text].concat();
    Some(())
}

/// The target of a row. `None` when pepper, integration or bytes are others.
pub(crate) fn open(peppers: &Peppers, row: &NotificationIntegration) -> Option<Target> {
    let (nonce, text) = row.target.split_first_chunk::<NONCE_LEN>()?;
    let mut text = text.to_vec();
    let opened = cipher(peppers, row)?.open_in_place(
        Nonce::assume_unique_for_key(*nonce),
        Aad::from(row.id.as_bytes()),
        &mut text,
    );
    serde_json::from_slice(opened.ok()?).ok()
}

fn cipher(peppers: &Peppers, row: &NotificationIntegration) -> Option<LessSafeKey> {
    let org = &row.organization_id;
    let bytes = peppers.derive(row.pepper_version, &format!("notification {}:{org}", org.len()))?;
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?))
}

/// A message as its receiver takes it. What is signed is the time, a dot and the body.
pub(crate) fn post(kind: TargetKind, target: &Target, it: &Message<'_>, now_us: i64) -> Post {
    let body = match kind {
        TargetKind::Webhook => json!({
            "id": it.id,
            "title": it.title,
            "message": it.message,
            "created_at": it.created_at,
            "notification_type": it.notice_type,
            "severity": it.severity,
            "organization_id": it.organization_id,
            "resource_name": it.resource,
        }),
        TargetKind::Slack => {
            json!({"text": format!("*{}*\n{}", escaped(it.title), escaped(it.message))})
        }
        TargetKind::MsTeams => json!({"type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.2",
                "body": [
                    {"type": "TextBlock", "weight": "bolder", "wrap": true, "text": it.title},
                    {"type": "TextBlock", "wrap": true, "text": it.message},
                ],
            },
        }]}),
    };
    let body = body.to_string().into_bytes();
    let mut headers = Vec::new();
    if kind == TargetKind::Webhook {
        let seconds = now_us / 1_000_000;
        headers.push(("weir-notification-id", it.id.to_owned()));
        // Where one would lead has no key yet.
        if !target.secret.is_empty() {
            headers.push(("weir-signature", signature(&target.secret, seconds, &body)));
        }
    }
    Post { url: target.url.clone(), headers, body }
}

/// `t=1764000000,v1=` and the HMAC-SHA-256 of `1764000000.` and the body, in hexadecimal.
fn signature(secret: &str, seconds: i64, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.expect("HMAC takes a key of any length");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let mut text = format!("t={seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Slack reads three characters as markup of links and mentions.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// How long to wait behind this many tries that failed.
pub(crate) fn pause_us(tries: u32) -> i64 {
    let doublings = tries.saturating_sub(1).min(20);
    micros(FIRST_PAUSE.saturating_mul(1 << doublings).min(PAUSE_MAX))
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;
    use serde_json::Value;

    use super::*;
    use crate::model::IntegrationHealth;

    fn row(id: &str) -> NotificationIntegration {
        NotificationIntegration {
            id: id.to_owned(),
            organization_id: "o".to_owned(),
            display_name: "d".to_owned(),
            description: String::new(),
            kind: TargetKind::Webhook,
            target: Vec::new(),
            pepper_version: 0,
            health: IntegrationHealth::default(),
            created_us: 1,
            updated_us: 1,
        }
    }

    fn message() -> Message<'static> {
        Message {
            id: "ntf-1",
            notice_type: "cluster-ready",
            severity: "INFO",
            organization_id: "o",
            resource: "crn",
            title: "<b> & co",
            message: "m",
            created_at: "2026-01-01T00:00:00Z",
        }
    }

    #[test]
    fn a_target_opens_for_its_integration_and_pepper_alone() {
        let (peppers, rng) = (Peppers::new(1, [7; 32]), SeededRng::new(1));
        let target = Target { url: "https://hooks/secret".to_owned(), secret: "s".to_owned() };
        let mut sealed = row("int-1");
        seal(&peppers, &rng, &mut sealed, &target).unwrap();
        assert!(!sealed.target.windows(6).any(|part| part == b"secret"));
        assert_eq!(open(&peppers, &sealed), Some(target));
        assert_eq!(open(&Peppers::new(1, [8; 32]), &sealed), None);
        assert_eq!(
            open(&peppers, &NotificationIntegration { id: "int-2".to_owned(), ..sealed.clone() }),
            None
        );
        assert_eq!(open(&peppers, &NotificationIntegration { target: vec![1; 9], ..sealed }), None);
    }

    #[test]
    fn a_webhook_is_signed_and_the_others_have_their_shapes() {
        let target = Target { url: "https://r".to_owned(), secret: "key".to_owned() };
        let read = |post: &Post| serde_json::from_slice::<Value>(&post.body).unwrap();
        let sent = post(TargetKind::Webhook, &target, &message(), 7_900_000);
        assert_eq!(read(&sent)["title"], "<b> & co");
        assert_eq!(sent.headers[0], ("weir-notification-id", "ntf-1".to_owned()));
        let signed = &sent.headers[1].1;
        assert_eq!(*signed, signature("key", 7, &sent.body));
        assert!(signed.starts_with("t=7,v1=") && signed.len() == 7 + 64, "{signed}");
        assert_ne!(*signed, signature("other", 7, &sent.body));
        assert_ne!(*signed, signature("key", 8, &sent.body));
        let slack = post(TargetKind::Slack, &target, &message(), 7);
        assert_eq!(read(&slack)["text"], "*&lt;b&gt; &amp; co*\nm");
        assert!(slack.headers.is_empty());
        let teams = post(TargetKind::MsTeams, &target, &message(), 7);
        assert_eq!(read(&teams)["attachments"][0]["content"]["body"][1]["text"], "m");
    }

    /// The signature as anybody computes it: `printf '7.{}' | openssl dgst -sha256 -hmac key`.
    #[test]
    fn a_signature_is_what_others_compute() {
        let expected = "t=7,v1=77bc83bd1f40422311e47918b203449aecf84b02c1568bb1b570ac2a474cc2d8";
        assert_eq!(signature("key", 7, b"{}"), expected);
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_the_last_try_comes_within_half_a_day() {
        assert_eq!([pause_us(1), pause_us(2), pause_us(3)], [5_000_000, 10_000_000, 20_000_000]);
        assert_eq!(pause_us(u32::MAX), 3_600_000_000);
        let all: i64 = (1..TRIES_MAX).map(pause_us).sum();
        assert!(all > 2 * 3_600_000_000 && all < 12 * 3_600_000_000, "{all}");
    }
}
