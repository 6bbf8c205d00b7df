use std::net::IpAddr;
use std::time::Duration;

use common_errors::{Error, ErrorKind};

use super::{App, SignInError, SignedIn};
use crate::audit;
use crate::authz::Caller;
use crate::devices::{Decision, LIFE, PAUSE, Standing, readable};
use crate::model::KeyScope;

/// What a device that wants to be signed in is told.
#[derive(Clone)]
pub struct DeviceCode {
    /// What it shows when it asks.
    pub device_code: String,
    /// What its person types where they are signed in.
    pub user_code: String,
    /// How long it may wait.
    pub life: Duration,
    /// How long it pauses between two questions.
    pub pause: Duration,
}

/// A device that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingDevice {
    /// From where it asked.
    pub address: Option<IpAddr>,
    /// How long it still waits.
    pub left: Duration,
}

impl App {
    /// Lets a device wait until somebody approves it.
    ///
    /// # Errors
    /// Too many wait already.
    pub fn begin_device(&self, address: Option<IpAddr>) -> Result<DeviceCode, SignInError> {
        let now = self.parts.clock.mono();
        let begun = self.devices.begin(&*self.parts.rng, now, address);
        let (device_code, code) = begun.ok_or(SignInError::Throttled(PAUSE))?;
        Ok(DeviceCode { device_code, user_code: readable(&code), life: LIFE, pause: PAUSE })
    }

    /// The device with this code, so that a person sees whom they would approve.
    ///
    /// # Errors
    /// None waits; too many codes that were none.
    pub fn device(&self, caller: &Caller, code: &str) -> Result<WaitingDevice, SignInError> {
        let now = self.begin_typing(caller)?;
        let (address, left) = self.devices.look(now, code).ok_or_else(nobody_waits)?;
        self.sign_ins.attempts.succeeded(&caller.principal_id, caller.address);
        Ok(WaitingDevice { address, left })
    }

    /// Lets a device act for the caller, or refuses it.
    ///
    /// # Errors
    /// None waits; too many codes that were none.
    pub fn decide_device(
        &self,
        caller: &Caller,
        code: &str,
        approve: bool,
    ) -> Result<(), SignInError> {
        let now = self.begin_typing(caller)?;
        let person_id = caller.principal_id.clone();
        let organization = common_types::crn::organization(&caller.organization_id);
        audit::about("user", &person_id, || format!("{organization}/user={person_id}"));
        let decision = if approve {
            let organization_id = caller.organization_id.clone();
            Decision::Approved { organization_id, person_id }
        } else {
            Decision::Denied
        };
        if !self.devices.decide(now, code, decision) {
            return Err(nobody_waits().into());
        }
        self.sign_ins.attempts.succeeded(&caller.principal_id, caller.address);
        Ok(())
    }

    /// Signs a device in that was approved.
    ///
    /// # Errors
    /// `authorization_pending`, `slow_down`, `expired_token` and `access_denied`, as RFC 8628 has them; IP filters;
    /// the store.
    pub async fn device_session(
        &self,
        device_code: &str,
        address: Option<IpAddr>,
    ) -> Result<SignedIn, Error> {
        audit::mechanism("DEVICE_CODE");
        let bad = |code: &'static str, detail: &str| Error::new(ErrorKind::Invalid, code, detail);
        let decision = match self.devices.ask(self.parts.clock.mono(), device_code) {
            Standing::Pending => {
                return Err(bad("authorization_pending", "nobody approved the device yet"));
            }
            Standing::TooFast => {
                return Err(bad("slow_down", "the device asks too often; pause for longer"));
            }
            Standing::Over => {
                return Err(bad(
                    "expired_token",
                    "the code is over, or there was none; begin again",
                ));
            }
            Standing::Decided(decision) => decision,
        };
        let Decision::Approved { organization_id, person_id } = decision else {
            return Err(bad("access_denied", "the device was refused"));
        };
        let mut caller =
            self.known(organization_id, person_id, String::new(), KeyScope::Cloud).await?;
        caller.address = address;
        self.check_address(&caller).await?;
        let (user, organization) = self.myself(&caller).await?;
        let token = self.begin_session(&caller).await?;
        Ok(SignedIn { token, user, organization })
    }

    /// Codes are typed by people, a few at a time.
    fn begin_typing(&self, caller: &Caller) -> Result<Duration, SignInError> {
        let now = self.parts.clock.mono();
        let begun = self.sign_ins.attempts.begin(now, &caller.principal_id, caller.address);
        begun.map_err(SignInError::Throttled)?;
        Ok(now)
    }
}

fn nobody_waits() -> Error {
    let detail = "no device waits with this code: it may have waited too long";
    Error::new(ErrorKind::NotFound, "resource_not_found", detail)
}
