use sha2::{Digest, Sha256};

use super::NoticeType;
use super::text_enum::text_enum;

text_enum! {
    /// What is looked for.
    FindingRule {
        /// Many sign-ins from one address failed.
        FailedSignIns = "failed-sign-ins",
        /// A key was used from an address that it was not used from before.
        NewAddress = "new-address",
        /// Somebody was denied much.
        UnusualDenials = "unusual-denials",
        /// A program has a key and the rights of an administrator.
        BroadKey = "broad-key",
        /// A key was never replaced.
        OldKey = "old-key",
        /// Other machines reach the API without what keeps strangers out.
        PublicBind = "public-bind",
    }
}

text_enum! {
    /// How far somebody got with a finding.
    FindingState {
        /// Nobody looked at it.
        Open = "OPEN",
        /// Somebody knows of it.
        Acknowledged = "ACKNOWLEDGED",
        /// It is over, or taken care of.
        Resolved = "RESOLVED",
    }
}

impl FindingRule {
    /// What tells of it.
    #[must_use]
    pub const fn notice_type(self) -> NoticeType {
        match self {
            Self::FailedSignIns => NoticeType::FailedSignIns,
            Self::NewAddress => NoticeType::NewAddress,
            Self::UnusualDenials => NoticeType::UnusualDenials,
            Self::BroadKey => NoticeType::BroadKey,
            Self::OldKey => NoticeType::OldKey,
            Self::PublicBind => NoticeType::PublicBind,
        }
    }

    /// `INFO`, `WARN` or `CRITICAL`.
    #[must_use]
    pub const fn severity(self) -> &'static str {
        self.notice_type().severity()
    }

    /// Whether it looks at how things are, and is over when they are no longer so. What happened stays.
    #[must_use]
    pub const fn is_standing(self) -> bool {
        match self {
            Self::FailedSignIns | Self::NewAddress | Self::UnusualDenials => false,
            Self::BroadKey | Self::OldKey | Self::PublicBind => true,
        }
    }
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityHit {
    /// The rule.
    pub rule: FindingRule,
    /// What it is about: with the rule, one finding.
    pub subject: String,
    /// The CRN of what it was seen with; empty when it is about no resource.
    pub resource: String,
    /// What was seen.
    pub detail: String,
    /// Since when.
    pub first_us: i64,
    /// Until when.
    pub last_us: i64,
}

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityFinding {
    /// `fnd-…`, of organisation, rule and subject.
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// What was seen.
    pub hit: SecurityHit,
    /// How far somebody got with it.
    pub state: FindingState,
    /// When it was first seen; it is as old as that.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}

impl SecurityFinding {
    /// The id of what a rule says of an organisation: always the same.
    #[must_use]
    pub fn id_of(organization_id: &str, hit: &SecurityHit) -> String {
        let mut digest = Sha256::new();
        for part in [organization_id, hit.rule.as_str(), &hit.subject] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        let bytes = digest.finalize();
        let hex: String = bytes.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
        format!("fnd-{hex}")
    }
}

/// An address that a key was used from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAddress {
    /// The key.
    pub key_id: String,
    /// The address.
    pub address: String,
    /// When it was first used from there.
    pub first_us: i64,
}

/// Addresses that are remembered of one key.
pub const SEEN_ADDRESSES_MAX: usize = 64;
/// Findings of an organisation: beyond them nothing new is written down.
pub const FINDINGS_MAX: u64 = 10_000;
