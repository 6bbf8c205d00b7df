//! From where an organisation may be asked.

use std::net::IpAddr;

use common_errors::Error;

use crate::cidr::Cidr;
use crate::failures::internal;
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
