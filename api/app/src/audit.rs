//! What is known of a request for the audit log while it is carried out.
//!
//! The edge opens a trail; use-cases note who asks and what is decided; the store writes the event in the
//! transaction of the change, or the edge afterwards. The trail belongs to the task of the request, so that
//! no use-case and no query can forget to hand it on.

use std::future::Future;
use std::sync::Arc;

use common_types::crn;
use parking_lot::Mutex;

use crate::authz::{Action, Caller, Decision, Resource, Thing};
use crate::model::{AuditEvent, AuditKind, AuditResult};

tokio::task_local! {
    static TRAIL: Trail;
}

/// The audit trail of one request.
#[derive(Debug, Clone)]
pub struct Trail(Arc<Mutex<Draft>>);

#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) event: AuditEvent,
    /// Whether the request changes something when it succeeds.
    is_change: bool,
    /// Whether something was not allowed.
    pub(crate) is_denied: bool,
    /// Whether somebody wanted to sign in with a password.
    pub(crate) is_sign_in: bool,
    /// With which result the store has the event.
    kept: Option<AuditResult>,
}

/// What is to be done with an event when its request is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Nothing,
    /// Written when there is time for it.
    Queue(AuditEvent),
    /// Written before the answer is sent.
    Write(AuditEvent),
    /// It is there, but ended otherwise.
    Correct {
        id: String,
        result: AuditResult,
        code: String,
    },
}

impl Trail {
    /// Opens a trail. `event` says what the edge knows.
    #[must_use]
    pub fn new(event: AuditEvent, is_change: bool) -> Self {
        let draft = Draft { event, is_change, is_denied: false, is_sign_in: false, kept: None };
        Self(Arc::new(Mutex::new(draft)))
    }

    /// Carries the request out.
    pub async fn follow<T>(&self, work: impl Future<Output = T>) -> T {
        TRAIL.scope(self.clone(), work).await
    }

    pub(crate) fn end(&self, status: u16, code: &str) -> Ending {
        let mut draft = self.0.lock();
        let draft = &mut *draft;
        let failed = status >= 400;
        code.clone_into(&mut draft.event.error_code);
        let is_denied = status == 403 || (draft.is_denied && status == 404);
        let kind = match status {
            401 => AuditKind::Authentication,
            // An exchange of tokens that is refused is a 400, as OAuth has it.
            400 if draft.is_sign_in && draft.is_denied => AuditKind::Authentication,
            403 | 429 if draft.is_sign_in => AuditKind::Authentication,
            _ if is_denied => AuditKind::Authorization,
            _ => AuditKind::Request,
        };
        let result = match (kind, failed) {
            (AuditKind::Authentication | AuditKind::Authorization, _) => AuditResult::Denied,
            (AuditKind::Request, true) => AuditResult::Failure,
            (AuditKind::Request, false) => AuditResult::Success,
        };
        if let Some(kept) = draft.kept {
            let (id, code) = (draft.event.id.clone(), code.to_owned());
            return if kept == result {
                Ending::Nothing
            } else {
                Ending::Correct { id, result, code }
            };
        }
        let event = AuditEvent { kind, result, ..draft.event.clone() };
        match kind {
            AuditKind::Authentication | AuditKind::Authorization => Ending::Queue(event),
            AuditKind::Request if !draft.is_change || event.principal.is_empty() => Ending::Nothing,
            AuditKind::Request if failed => Ending::Queue(event),
            AuditKind::Request => Ending::Write(event),
        }
    }
}

/// The event that belongs into the transaction of a change, until [`kept`] is told that it is durable.
#[must_use]
pub fn due() -> Option<AuditEvent> {
    due_as(AuditResult::Success)
}

/// The same for what is about to be changed outside of the store.
pub(crate) fn due_as(result: AuditResult) -> Option<AuditEvent> {
    let event = TRAIL.try_with(|trail| {
        let draft = trail.0.lock();
        let is_due = draft.is_change && draft.kept.is_none();
        is_due.then(|| AuditEvent { result, ..draft.event.clone() })
    });
    event.ok().flatten()
}

/// The event is durable.
pub fn kept(result: AuditResult) {
    note(|draft| draft.kept = Some(result));
}

/// Notes something, where there is a trail.
pub(crate) fn note(change: impl FnOnce(&mut Draft)) {
    // Passes and start-up change things without a request.
    let _ = TRAIL.try_with(|trail| change(&mut trail.0.lock()));
}

/// What the request is about, once it is known.
pub(crate) fn about(resource_type: &str, resource_name: &str, subject: impl FnOnce() -> String) {
    note(|draft| {
        resource_type.clone_into(&mut draft.event.resource_type);
        resource_name.clone_into(&mut draft.event.resource_name);
        draft.event.subject = subject();
    });
}

/// What the request is about, before anything is decided.
pub(crate) fn of_thing(resource: Resource<'_>, kind: &str, id: &str) {
    about(kind, id, || subject(resource.organization_id, resource.thing, kind, id));
}

/// Who asks.
pub(crate) fn signed_in(caller: &Caller) {
    note(|draft| {
        draft.event.organization_id.clone_from(&caller.organization_id);
        draft.event.principal = format!("User:{}", caller.principal_id);
    });
}

/// A key was shown. What is not shaped like one is kept out of the log: it may be a secret.
pub(crate) fn shown_key(key: &str) {
    let is_key =
        key.len() == 16 && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if is_key {
        note(|draft| key.clone_into(&mut draft.event.key_id));
    }
}

/// A session was shown, or begins: its id, which opens nothing.
pub(crate) fn shown_session(id: &str) {
    note(|draft| id.clone_into(&mut draft.event.key_id));
}

/// Who of a pool of identities asks.
pub(crate) fn identified(identity: &str) {
    note(|draft| identity.clone_into(&mut draft.event.identity));
}

/// How somebody shows who they are.
pub(crate) fn mechanism(name: &str) {
    note(|draft| name.clone_into(&mut draft.event.mechanism));
}

/// Something was decided about this caller.
pub(crate) fn decided(
    caller: &Caller,
    action: Action,
    resource: Resource<'_>,
    (kind, id): (&str, &str),
    decision: Decision,
) {
    let org = &caller.organization_id;
    let kind = kind.to_lowercase().replace(' ', "-");
    about(&kind, id, || subject(org, resource.thing, &kind, id));
    note(|draft| {
        draft.event.operation = format!("{action:?}").to_lowercase();
        draft.is_denied |= decision != Decision::Allowed;
    });
}

/// The CRN as the caller would write it, also of what is another's.
fn subject(org: &str, thing: Thing<'_>, kind: &str, id: &str) -> String {
    match thing {
        Thing::Organization => crn::organization(org),
        Thing::Environment(id) => crn::environment(org, id),
        Thing::Cluster { environment_id, cluster_id }
        | Thing::Metrics { environment_id, cluster_id } => {
            crn::cloud_cluster(org, environment_id, cluster_id)
        }
        Thing::IdentityPool { provider_id, .. } => {
            format!("{}/identity-provider={provider_id}/{kind}={id}", crn::organization(org))
        }
        Thing::ClientQuota { .. }
        | Thing::Identity(_)
        | Thing::IdentityProvider
        | Thing::IpRules
        | Thing::AuditLog
        | Thing::Notifications
        | Thing::Security
        | Thing::RoleBinding(_)
        | Thing::ApiKey { .. } => format!("{}/{kind}={id}", crn::organization(org)),
    }
}

#[cfg(test)]
mod tests;
