use std::net::IpAddr;

use common_errors::{Error, ErrorKind};

use super::App;
use crate::authz::Caller;
use crate::cidr::Cidr;
use crate::failures::{from_repo, internal};
use crate::model::{IpFilter, IpGroup};

/// From where an organisation may be asked: from everywhere, or from these blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IpRules(Option<Vec<Cidr>>);

impl IpRules {
    /// A filter allows who is in one of its groups; several filters allow who is in any of theirs.
    pub(crate) fn of(filters: &[IpFilter], groups: &[IpGroup]) -> Result<Self, Error> {
        if filters.is_empty() {
            return Ok(Self(None));
        }
        let mut blocks = Vec::new();
        let named =
            |group: &&IpGroup| filters.iter().any(|filter| filter.ip_group_ids.contains(&group.id));
        for text in groups.iter().filter(named).flat_map(|group| &group.cidr_blocks) {
            let block =
                text.parse::<Cidr>().map_err(|error| internal(format!("stored: {error}")))?;
            blocks.push(block);
        }
        Ok(Self(Some(blocks)))
    }

    pub(crate) fn allow(&self, address: Option<IpAddr>) -> bool {
        match (&self.0, address) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(blocks), Some(address)) => blocks.iter().any(|block| block.contains(address)),
        }
    }
}

impl App {
    /// Refuses a caller whose address the filters do not allow.
    pub(crate) async fn check_address(&self, caller: &Caller) -> Result<(), Error> {
        let organization_id = caller.organization_id.clone();
        let (filters, groups) =
            self.parts.repo.ip_rules(organization_id, false).await.map_err(from_repo)?;
        if IpRules::of(&filters, &groups)?.allow(caller.address) {
            return Ok(());
        }
        let from = caller.address.map_or_else(|| "here".to_owned(), |address| address.to_string());
        // Not 403: clients take that for an object that is gone.
        let detail = format!(
            "invalid API key for {from}: the IP filters of the organization do not allow this \
             address"
        );
        Err(Error::new(ErrorKind::Unauthenticated, "ip_address_refused", detail))
    }

    /// Refuses a change after which its author could not take it back.
    pub(crate) async fn keeps_caller_in(
        &self,
        caller: &Caller,
        change: impl FnOnce(&mut Vec<IpFilter>, &mut Vec<IpGroup>),
    ) -> Result<(), Error> {
        let organization_id = caller.organization_id.clone();
        let (mut filters, mut groups) =
            self.parts.repo.ip_rules(organization_id, true).await.map_err(from_repo)?;
        change(&mut filters, &mut groups);
        if IpRules::of(&filters, &groups)?.allow(caller.address) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "would_lock_out",
            "after this change the address that you ask from would be refused; add a group with it \
             first",
        ))
    }
}
