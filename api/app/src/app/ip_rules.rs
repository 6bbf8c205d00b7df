use common_errors::{Error, ErrorKind};

use super::App;
use crate::authz::Caller;
use crate::failures::from_repo;
use crate::ip_rules::IpRules;
use crate::ports::IpGuard;

impl App {
    /// Refuses a caller whose address the filters do not allow.
    pub(crate) async fn check_address(&self, caller: &Caller) -> Result<(), Error> {
        let (filters, groups) = self.parts.repo.ip_rules(caller.org()).await.map_err(from_repo)?;
        if IpRules::of(&filters, &groups)?.allow(caller.address) {
            return Ok(());
        }
        let from = caller.address.map_or_else(|| "here".to_owned(), |address| address.to_string());
        let what = if caller.key_id.is_empty() { "session" } else { "API key" };
        // Not 403: clients take that for an object that is gone.
        let detail = format!(
            "invalid {what} for {from}: the IP filters of the organization do not allow this \
             address"
        );
        Err(Error::new(ErrorKind::Unauthenticated, "ip_address_refused", detail))
    }

    /// What a change of IP filters must not do.
    pub(crate) fn guard(caller: &Caller, rehearsal: bool) -> IpGuard {
        IpGuard { address: caller.address, rehearsal }
    }
}
