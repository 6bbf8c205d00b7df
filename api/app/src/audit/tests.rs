use super::*;
use crate::model::AuditService;

fn event() -> AuditEvent {
    AuditEvent {
        id: "r-1".into(),
        organization_id: "o".into(),
        created_us: 1,
        kind: AuditKind::Request,
        service: AuditService::Cloud,
        method: "CreateEnvironment".into(),
        subject: String::new(),
        resource_type: String::new(),
        resource_name: String::new(),
        operation: String::new(),
        principal: "User:sa-1".into(),
        key_id: String::new(),
        mechanism: "HTTP_BASIC".into(),
        identity: String::new(),
        address: String::new(),
        request: "POST /".into(),
        result: AuditResult::Success,
        error_code: String::new(),
    }
}

#[test]
fn only_a_change_that_nobody_wrote_is_written_before_the_answer() {
    let trail = Trail::new(event(), true);
    assert_eq!(trail.end(201, ""), Ending::Write(event()));
    let failed = AuditEvent { result: AuditResult::Failure, error_code: "x".into(), ..event() };
    assert_eq!(Trail::new(event(), true).end(409, "x"), Ending::Queue(failed));
    assert_eq!(Trail::new(event(), false).end(200, ""), Ending::Nothing);
    assert_eq!(Trail::new(event(), false).end(500, "x"), Ending::Nothing);
}

#[tokio::test]
async fn what_the_store_has_is_corrected_when_it_ended_otherwise() {
    let trail = Trail::new(event(), true);
    trail
        .follow(async {
            assert_eq!(due().map(|event| event.result), Some(AuditResult::Success));
            kept(AuditResult::Success);
            assert_eq!(due(), None, "an event is written once");
        })
        .await;
    assert_eq!(trail.end(204, ""), Ending::Nothing);
    let (id, code) = ("r-1".to_owned(), "x".to_owned());
    assert_eq!(trail.end(503, "x"), Ending::Correct { id, result: AuditResult::Failure, code });
}

#[tokio::test]
async fn a_hidden_thing_is_a_denial_and_a_missing_one_is_not() {
    let kinds = |trail: &Trail, status| match trail.end(status, "x") {
        Ending::Queue(event) => Some((event.kind, event.result)),
        Ending::Nothing | Ending::Write(_) | Ending::Correct { .. } => None,
    };
    let missing = Trail::new(event(), false);
    assert_eq!(kinds(&missing, 404), None);
    let hidden = Trail::new(event(), false);
    hidden.follow(async { note(|draft| draft.is_denied = true) }).await;
    let denied = Some((AuditKind::Authorization, AuditResult::Denied));
    assert_eq!(kinds(&hidden, 404), denied);
    assert_eq!(kinds(&Trail::new(event(), true), 403), denied);
    let unknown = Some((AuditKind::Authentication, AuditResult::Denied));
    assert_eq!(kinds(&Trail::new(event(), false), 401), unknown);
}

#[tokio::test]
async fn a_secret_in_the_place_of_a_key_is_not_noted() {
    let trail = Trail::new(event(), true);
    trail.follow(async { shown_key("cfltSECRETsecretSECRET") }).await;
    assert_eq!(trail.0.lock().event.key_id, "");
    trail.follow(async { shown_key("ABCDEFGHIJKLMNO1") }).await;
    assert_eq!(trail.0.lock().event.key_id, "ABCDEFGHIJKLMNO1");
}
