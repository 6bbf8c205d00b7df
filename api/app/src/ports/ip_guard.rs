use std::net::IpAddr;

use crate::ip_rules::IpRules;
use crate::model::{IpFilter, IpGroup};

/// Who must not be refused after a change of IP filters. The store asks it inside of the transaction that
/// changes them: two changes at the same time, each of which leaves a way in, may leave none together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IpGuard {
    /// From where the author of the change asks.
    pub address: Option<IpAddr>,
    /// Everything is done and then undone: only what would be refused shows.
    pub rehearsal: bool,
}

impl IpGuard {
    /// Whether the address may still ask when these are all there are. Rules that cannot be read refuse.
    #[must_use]
    pub fn holds(&self, filters: &[IpFilter], groups: &[IpGroup]) -> bool {
        IpRules::of(filters, groups).is_ok_and(|rules| rules.allow(self.address))
    }
}
