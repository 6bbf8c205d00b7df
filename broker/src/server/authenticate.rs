//! SASL/PLAIN (RFC 4616) in Kafka's envelope: SaslHandshake v1, then SaslAuthenticate.

use std::net::IpAddr;

use common_types::TenantId;
use kafka_protocol::messages::{
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;
use protocol::versions::key;

use crate::cell::{AccessError, Cell, Session};
use crate::usage::Presence;

/// How far a login has come.
#[derive(Debug)]
pub(super) struct Login {
    expected: Option<TenantId>,
    mechanism_agreed: bool,
    session: Option<Session>,
    presence: Option<Presence>,
}

impl Login {
    pub(super) fn new(expected: Option<TenantId>) -> Self {
        Self { expected, mechanism_agreed: false, session: None, presence: None }
    }

    /// Where what the client does is counted, once it has signed in.
    pub(super) fn presence(&self) -> Option<&Presence> {
        self.presence.as_ref()
    }

    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Brings the session up to date. False: the key was deleted.
    pub(super) fn refresh(&mut self, cell: &Cell) -> bool {
        self.session.as_mut().is_none_or(|s| cell.refresh(s))
    }

    pub(super) fn handshake(&mut self, r: &SaslHandshakeRequest) -> SaslHandshakeResponse {
        self.mechanism_agreed = r.mechanism.as_str() == "PLAIN";
        let error = if self.mechanism_agreed {
            error_code::NONE
        } else {
            error_code::UNSUPPORTED_SASL_MECHANISM
        };
        SaslHandshakeResponse::default()
            .with_error_code(error)
            .with_mechanisms(vec![StrBytes::from_static_str("PLAIN")])
    }

    /// Checks user name and password. The connection is closed after a refusal.
    pub(super) fn authenticate(
        &mut self,
        cell: &Cell,
        r: &SaslAuthenticateRequest,
        address: IpAddr,
    ) -> SaslAuthenticateResponse {
        let refuse = |code: i16, text: &str| {
            SaslAuthenticateResponse::default()
                .with_error_code(code)
                .with_error_message(Some(StrBytes::from_string(text.to_owned())))
        };
        if !self.mechanism_agreed {
            return refuse(error_code::ILLEGAL_SASL_STATE, "SaslHandshake must come first");
        }
        let Some((user, password)) = plain(&r.auth_bytes) else {
            return refuse(error_code::SASL_AUTHENTICATION_FAILED, "malformed SASL/PLAIN message");
        };
        match cell.authenticate(user, password, self.expected) {
            Ok(session) => {
                self.presence = Some(cell.usage.signed_in(session.tenant));
                self.session = Some(session.at(address));
                SaslAuthenticateResponse::default()
            }
            Err(e @ (AccessError::Denied | AccessError::OtherTenant)) => {
                cell.note_stranger(key::SASL_AUTHENTICATE, user, address);
                refuse(error_code::SASL_AUTHENTICATION_FAILED, &e.to_string())
            }
        }
    }
}

/// `[authzid] NUL authcid NUL passwd`; an authzid other than the authcid is refused.
fn plain(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let mut parts = bytes.splitn(3, |b| *b == 0);
    let (authzid, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    let user_text = std::str::from_utf8(user).ok()?;
    (authzid.is_empty() || authzid == user).then_some((user_text, password))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn plain_messages() {
        assert_eq!(plain(b"\0key\0secret"), Some(("key", &b"secret"[..])));
        assert_eq!(plain(b"key\0key\0s\0t"), Some(("key", &b"s\0t"[..])));
        assert_eq!(plain(b"other\0key\0secret"), None);
        assert_eq!(plain(b"\0key"), None);
        assert_eq!(plain(b"\0\xff\0secret"), None);
    }
}
