//! Signing in: SaslHandshake v1, then SaslAuthenticate with SASL/PLAIN (RFC 4616) or OAUTHBEARER (RFC 7628). Who showed a
//! token shows the next one on the same connection before it ends (KIP-368).

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use common_types::TenantId;
use kafka_protocol::messages::{
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
};
use kafka_protocol::protocol::StrBytes;
use protocol::error_code;
use protocol::versions::key;

use super::bearer::{self, INVALID_TOKEN};
use crate::cell::{AccessError, Bearer, Cell, Session, TokenRefused, TokenSession};
use crate::usage::Presence;

/// How a client says who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mechanism {
    Plain,
    OauthBearer,
}

/// What becomes of a connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is signed in.
    GoOn,
    /// The client says that it read why it is not, and is told more.
    Acknowledge,
    /// It ends.
    End,
}

/// How far a login has come.
#[derive(Debug)]
pub(super) struct Login {
    expected: Option<TenantId>,
    agreed: Option<Mechanism>,
    session: Option<Session>,
    presence: Option<Presence>,
    /// When the session ends, on the monotonic clock.
    until: Option<Duration>,
    /// Why a token was not taken, until the client asks.
    refused: Option<String>,
}

impl Login {
    pub(super) fn new(expected: Option<TenantId>) -> Self {
        Self { expected, agreed: None, session: None, presence: None, until: None, refused: None }
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

    /// Whether the token ended, and the client showed no other.
    pub(super) fn is_over(&self, cell: &Cell) -> bool {
        self.until.is_some_and(|until| cell.clock.mono() >= until)
    }

    pub(super) fn handshake(&mut self, r: &SaslHandshakeRequest) -> SaslHandshakeResponse {
        self.agreed = match r.mechanism.as_str() {
            "PLAIN" => Some(Mechanism::Plain),
            "OAUTHBEARER" => Some(Mechanism::OauthBearer),
            _ => None,
        };
        let error = match self.agreed {
            Some(_) => error_code::NONE,
            None => error_code::UNSUPPORTED_SASL_MECHANISM,
        };
        SaslHandshakeResponse::default()
            .with_error_code(error)
            .with_mechanisms(["PLAIN", "OAUTHBEARER"].map(StrBytes::from_static_str).into())
    }

    /// Checks what the client shows.
    pub(super) fn authenticate(
        &mut self,
        cell: &Cell,
        r: &SaslAuthenticateRequest,
        version: i16,
        address: IpAddr,
    ) -> (SaslAuthenticateResponse, Next) {
        if let Some(why) = self.refused.take() {
            return refuse(error_code::SASL_AUTHENTICATION_FAILED, &why);
        }
        match self.agreed.take() {
            None => refuse(error_code::ILLEGAL_SASL_STATE, "SaslHandshake must come first"),
            Some(Mechanism::Plain) if self.session.is_some() => {
                let why = "who signed in does so again with a token alone";
                refuse(error_code::ILLEGAL_SASL_STATE, why)
            }
            Some(Mechanism::Plain) => self.plain(cell, &r.auth_bytes, address),
            Some(Mechanism::OauthBearer) => match bearer::read(&r.auth_bytes) {
                Ok(shown) => self.bearer(cell, &shown, version, address),
                Err(why) => {
                    let text = format!("malformed SASL/OAUTHBEARER message: {why}");
                    refuse(error_code::SASL_AUTHENTICATION_FAILED, &text)
                }
            },
        }
    }

    /// Checks user name and password.
    fn plain(
        &mut self,
        cell: &Cell,
        message: &[u8],
        address: IpAddr,
    ) -> (SaslAuthenticateResponse, Next) {
        let failed = error_code::SASL_AUTHENTICATION_FAILED;
        let Some((user, password)) = plain(message) else {
            return refuse(failed, "malformed SASL/PLAIN message");
        };
        match cell.authenticate(user, password, self.expected) {
            Ok(session) => {
                self.begin(cell, session.at(address));
                (SaslAuthenticateResponse::default(), Next::GoOn)
            }
            Err(e @ (AccessError::Denied | AccessError::OtherTenant)) => {
                cell.note_stranger(key::SASL_AUTHENTICATE, user, address);
                refuse(failed, &e.to_string())
            }
        }
    }

    /// Checks a token: the first, or the next one of the same principal.
    fn bearer(
        &mut self,
        cell: &Cell,
        shown: &Bearer<'_>,
        version: i16,
        address: IpAddr,
    ) -> (SaslAuthenticateResponse, Next) {
        let TokenSession { session, life } = match cell.authenticate_token(shown, self.expected) {
            Ok(let_in) => let_in,
            Err(refused) => return self.not_taken(cell, &refused, address),
        };
        if self.session.as_ref().is_some_and(|before| !before.is_again(&session)) {
            let why = "who signs in again must be the same principal, in the same cluster";
            return refuse(error_code::SASL_AUTHENTICATION_FAILED, why);
        }
        self.until = cell.clock.mono().checked_add(life);
        self.begin(cell, session.at(address));
        let answer = SaslAuthenticateResponse::default();
        if version == 0 {
            // It has no word for it; the session ends all the same.
            return (answer, Next::GoOn);
        }
        let life_ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        (answer.with_session_lifetime_ms(life_ms), Next::GoOn)
    }

    fn begin(&mut self, cell: &Cell, session: Session) {
        self.presence.get_or_insert_with(|| cell.usage.signed_in(session.tenant));
        self.session = Some(session);
    }

    /// RFC 7628, 3.2.3: the client hears that it failed, acknowledges, and then the exchange fails.
    fn not_taken(
        &mut self,
        cell: &Cell,
        refused: &TokenRefused,
        address: IpAddr,
    ) -> (SaslAuthenticateResponse, Next) {
        cell.note_refused_token(key::SASL_AUTHENTICATE, refused, address);
        *self = Self { refused: Some(refused.to_string()), ..Self::new(self.expected) };
        let answer = SaslAuthenticateResponse::default();
        (answer.with_auth_bytes(Bytes::from_static(INVALID_TOKEN)), Next::Acknowledge)
    }
}

fn refuse(code: i16, text: &str) -> (SaslAuthenticateResponse, Next) {
    let answer = SaslAuthenticateResponse::default()
        .with_error_code(code)
        .with_error_message(Some(StrBytes::from_string(text.to_owned())));
    (answer, Next::End)
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
