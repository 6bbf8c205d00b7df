//! The failures that several use-cases share, with their stable codes.

use common_errors::{Error, ErrorKind};

use crate::app::CARRIED_OUT;
use crate::audit;
use crate::ports::{PublishError, RepoError};

pub(crate) fn not_found(kind: &str, id: &str) -> Error {
    Error::new(
        ErrorKind::NotFound,
        "resource_not_found",
        format!("resource not found: there is no {kind} {id:?} that you may see"),
    )
}

pub(crate) fn forbidden(what: &str) -> Error {
    audit::note(|draft| draft.is_denied = true);
    Error::new(
        ErrorKind::Forbidden,
        "forbidden_access",
        format!("your role does not allow to {what}; ask an administrator for a role binding"),
    )
}

/// A value that breaks a rule.
pub(crate) fn invalid(pointer: &str, detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, "invalid_configuration", detail).at(pointer)
}

/// A query parameter that breaks a rule.
pub(crate) fn bad_filter(parameter: &str, detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, "invalid_filter", detail).at(parameter)
}

pub(crate) fn missing(pointer: &str) -> Error {
    let name = pointer.rsplit('/').next().unwrap_or(pointer);
    Error::new(ErrorKind::Invalid, "missing_member", format!("{name} is required")).at(pointer)
}

pub(crate) fn taken(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Conflict, "resource_already_exists", detail)
}

pub(crate) fn internal(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Internal, "internal", detail)
}

/// Store failures that no use-case treats in a way of its own.
pub(crate) fn from_repo(error: RepoError) -> Error {
    match error {
        RepoError::Taken { existing_id } => taken(format!("already exists as {existing_id}")),
        RepoError::ParentGone(id) => not_found("parent", &id),
        RepoError::Stale => Error::new(
            ErrorKind::Conflict,
            "changed_meanwhile",
            "the object was changed by somebody else at the same time; read it and try again",
        ),
        RepoError::LockedOut => Error::new(
            ErrorKind::Conflict,
            "would_lock_out",
            "after this change the address that you ask from would be refused; add a group with it \
             first",
        ),
        RepoError::LastAdministrator => Error::new(
            ErrorKind::Conflict,
            "last_administrator",
            "nobody else who can sign in is OrganizationAdmin; bind that role to somebody first",
        ),
        RepoError::Repeated => Error::new(
            ErrorKind::Conflict,
            CARRIED_OUT,
            "the request was carried out at the same time; send it again for its answer",
        ),
        RepoError::Unavailable(why) => Error::new(
            ErrorKind::Unavailable,
            "store_unavailable",
            format!("the control-plane store cannot answer now: {why}"),
        ),
        RepoError::Corrupt(why) => internal(format!("a stored value cannot be read: {why}")),
    }
}

pub(crate) fn from_publish(error: &PublishError) -> Error {
    Error::new(ErrorKind::Unavailable, "access_not_in_force", error.to_string())
}
