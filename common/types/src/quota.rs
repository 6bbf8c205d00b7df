//! How fast the principals of a tenant may send and read.
//!
//! A quota is a ceiling for each principal by itself, over all brokers of a cell together; it promises no
//! throughput. The control plane keeps them, brokers enforce them (KIP-13, KIP-219).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What stands for every principal without a quota of its own, where principals are named.
pub const DEFAULT_PRINCIPAL: &str = "<default>";

/// Ceilings in bytes per second, each at least 1. Nothing: no ceiling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throughput {
    /// Of Produce requests.
    pub ingress: Option<u64>,
    /// Of the records in Fetch answers.
    pub egress: Option<u64>,
}

/// The quotas of one tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// By principal, without the `User:` prefix.
    pub own: BTreeMap<String, Throughput>,
    /// Of each principal that has none of its own.
    #[serde(default)]
    pub default: Option<Throughput>,
}

impl Quotas {
    /// What holds for a principal. As in Kafka, a direction that its own quota leaves open is that of the
    /// default.
    #[must_use]
    pub fn of(&self, principal: &str) -> Throughput {
        let own = self.own.get(principal).copied().unwrap_or_default();
        let default = self.default.unwrap_or_default();
        Throughput {
            ingress: own.ingress.or(default.ingress),
            egress: own.egress.or(default.egress),
        }
    }

    /// Sets what holds for a principal, or for [`DEFAULT_PRINCIPAL`].
    pub fn set(&mut self, principal: &str, throughput: Throughput) {
        if principal == DEFAULT_PRINCIPAL {
            self.default = Some(throughput);
        } else {
            self.own.insert(principal.to_owned(), throughput);
        }
    }
}

/// A change of one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateChange {
    /// It stays as it is.
    Keep,
    /// No ceiling from now on.
    Remove,
    /// This one, in bytes per second.
    Set(u64),
}

/// A change of what one principal may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThroughputChange {
    /// `sa-…`, `u-…` or [`DEFAULT_PRINCIPAL`].
    pub principal: String,
    /// Of what it sends.
    pub ingress: RateChange,
    /// Of what it reads.
    pub egress: RateChange,
}

impl ThroughputChange {
    /// What holds after the change.
    #[must_use]
    pub fn after(&self, before: Throughput) -> Throughput {
        Throughput {
            ingress: self.ingress.after(before.ingress),
            egress: self.egress.after(before.egress),
        }
    }
}

impl RateChange {
    const fn after(self, before: Option<u64>) -> Option<u64> {
        match self {
            Self::Keep => before,
            Self::Remove => None,
            Self::Set(rate) => Some(rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_quota_wins_and_the_default_fills_what_it_leaves_open() {
        let mut quotas = Quotas::default();
        assert_eq!(quotas.of("sa-1"), Throughput::default());
        quotas.set(DEFAULT_PRINCIPAL, Throughput { ingress: Some(10), egress: Some(20) });
        quotas.set("sa-1", Throughput { ingress: Some(500), egress: None });
        assert_eq!(quotas.of("sa-1"), Throughput { ingress: Some(500), egress: Some(20) });
        assert_eq!(quotas.of("sa-2"), Throughput { ingress: Some(10), egress: Some(20) });
        assert!(!quotas.own.contains_key(DEFAULT_PRINCIPAL));
    }
}
