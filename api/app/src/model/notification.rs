use sha2::{Digest, Sha256};

use super::text_enum::text_enum;

text_enum! {
    /// What takes notifications.
    TargetKind {
        /// Any HTTPS address: JSON of our own, signed.
        Webhook = "Webhook",
        /// An incoming webhook of Slack.
        Slack = "Slack",
        /// A workflow of Microsoft Teams that begins with a webhook.
        MsTeams = "MsTeams",
    }
}

text_enum! {
    /// Whether a subscription counts.
    SubscriptionState {
        /// It does.
        Enabled = "ENABLED",
        /// It does not, until somebody enables it.
        Disabled = "DISABLED",
    }
}

text_enum! {
    /// How far a message got.
    DeliveryState {
        /// It waits for its turn, or for another try.
        Pending = "PENDING",
        /// Its receiver took it.
        Delivered = "DELIVERED",
        /// It was given up.
        Failed = "FAILED",
    }
}

text_enum! {
    /// What somebody can be told of. There is none that nothing raises.
    NoticeType {
        /// A cluster can be used.
        ClusterReady = "cluster-ready",
        /// A cluster was deleted.
        ClusterDeleted = "cluster-deleted",
        /// Half of what may be is there.
        Quota50 = "service-quota-50",
        /// Nearly all of it.
        Quota90 = "service-quota-90",
        /// All of it: the next one is refused.
        Quota100 = "service-quota-100",
        /// Many sign-ins from one address failed.
        FailedSignIns = "security-failed-sign-ins",
        /// A key was used from an address that it was not used from before.
        NewAddress = "security-new-address",
        /// Somebody was denied much.
        UnusualDenials = "security-unusual-denials",
        /// A program has a key and the rights of an administrator.
        BroadKey = "security-broad-key",
        /// A key was never replaced.
        OldKey = "security-old-key",
        /// Other machines reach the API without what keeps strangers out.
        PublicBind = "security-public-bind",
    }
}

impl NoticeType {
    /// The name that people read, and what it tells.
    #[must_use]
    pub const fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::ClusterReady => {
                ("Cluster ready", "A cluster was provisioned or brought back, and can be used.")
            }
            Self::ClusterDeleted => {
                ("Cluster deleted", "A cluster was deleted, and nobody can use it.")
            }
            Self::Quota50 => ("Service quota at 50 %", "Half of a limit is used."),
            Self::Quota90 => ("Service quota at 90 %", "Nine tenths of a limit are used."),
            Self::Quota100 => {
                ("Service quota exhausted", "All of a limit is used; the next one is refused.")
            }
            Self::FailedSignIns => {
                ("Failed sign-ins", "Many sign-ins from one address failed in a short time.")
            }
            Self::NewAddress => (
                "Key used from a new address",
                "A key was used from an address that it was not used from before.",
            ),
            Self::UnusualDenials => {
                ("Unusual denials", "Somebody was denied much in a short time.")
            }
            Self::BroadKey => {
                ("Broad key", "A program has a key and the rights of an administrator.")
            }
            Self::OldKey => ("Old key", "A key was not replaced for long."),
            Self::PublicBind => {
                ("Public API", "Other machines reach the API without TLS, or without an IP filter.")
            }
        }
    }

    /// `SERVICE`, `QUOTA` or `SECURITY`.
    #[must_use]
    pub const fn category(self) -> &'static str {
        match self {
            Self::ClusterReady | Self::ClusterDeleted => "SERVICE",
            Self::Quota50 | Self::Quota90 | Self::Quota100 => "QUOTA",
            Self::FailedSignIns
            | Self::NewAddress
            | Self::UnusualDenials
            | Self::BroadKey
            | Self::OldKey
            | Self::PublicBind => "SECURITY",
        }
    }

    /// `INFO`, `WARN` or `CRITICAL`.
    #[must_use]
    pub const fn severity(self) -> &'static str {
        match self {
            Self::ClusterReady | Self::ClusterDeleted | Self::Quota50 | Self::OldKey => "INFO",
            Self::Quota90
            | Self::FailedSignIns
            | Self::NewAddress
            | Self::UnusualDenials
            | Self::BroadKey => "WARN",
            Self::Quota100 | Self::PublicBind => "CRITICAL",
        }
    }
}

/// Where notifications go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationIntegration {
    /// `int-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Unique in the organisation.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// What takes them.
    pub kind: TargetKind,
    /// Its address and the key of its signatures, sealed: who knows the address of a channel can write to it.
    pub target: Vec<u8>,
    /// Which pepper sealed it.
    pub pepper_version: u32,
    /// How it goes.
    pub health: IntegrationHealth,
    /// When it was created.
    pub created_us: i64,
    /// When what is wanted of it was last changed.
    pub updated_us: i64,
}

/// How deliveries to an integration go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrationHealth {
    /// When something was last tried; 0 for never.
    pub last_us: i64,
    /// Why that did not arrive; empty when it did.
    pub last_error: String,
    /// Since when nothing arrives.
    pub failing_since_us: Option<i64>,
    /// Why nothing is sent any more; empty while something is.
    pub disabled: String,
    /// Messages that were left out because too many waited.
    pub dropped: i64,
}

/// Which notifications go where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationSubscription {
    /// `sub-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// What it is about.
    pub notice_type: NoticeType,
    /// `int-…`
    pub integration_ids: Vec<String>,
    /// Whether it counts.
    pub state: SubscriptionState,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}

/// Something that happened and that somebody may want to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub notice_type: NoticeType,
    /// Whose it is.
    pub organization_id: String,
    /// The CRN of what it happened to.
    pub resource: String,
    /// One line.
    pub title: String,
    /// What to know, and what to do.
    pub message: String,
    /// When it happened.
    pub at_us: i64,
}

impl Notice {
    /// An id that follows from what happened: however often it is told, it is the same.
    #[must_use]
    pub fn id(&self) -> String {
        let mut digest = Sha256::new();
        for part in [self.notice_type.as_str(), &self.organization_id, &self.resource, &self.title]
        {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        digest.update(self.at_us.to_le_bytes());
        let bytes = digest.finalize();
        let hex: String = bytes.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
        format!("ntf-{hex}")
    }
}

/// A message on its way to one integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Of the message and the integration: one integration gets a message once in this table.
    pub id: String,
    /// `ntf-…`: what the receiver knows it by.
    pub notification_id: String,
    /// `int-…`
    pub integration_id: String,
    /// What happened.
    pub notice: Notice,
    /// How far it got.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_us: i64,
    /// When it arrived or was given up; 0 for not yet.
    pub ended_us: i64,
    /// Why the last try failed; empty when it did not.
    pub error: String,
    /// When it was written down.
    pub created_us: i64,
}

impl Delivery {
    /// A message that waits.
    #[must_use]
    pub fn of(notice: &Notice, integration_id: &str) -> Self {
        let notification_id = notice.id();
        Self {
            id: format!("{notification_id}.{integration_id}"),
            notification_id,
            integration_id: integration_id.to_owned(),
            notice: notice.clone(),
            state: DeliveryState::Pending,
            attempts: 0,
            due_us: notice.at_us,
            ended_us: 0,
            error: String::new(),
            created_us: notice.at_us,
        }
    }
}

/// Messages of one integration that may wait; what comes on top of them is counted and left out.
pub const DELIVERIES_WAITING_MAX: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_notice_is_what_happened() {
        let notice = Notice {
            notice_type: NoticeType::ClusterReady,
            organization_id: "o".to_owned(),
            resource: "crn".to_owned(),
            title: "t".to_owned(),
            message: "m".to_owned(),
            at_us: 5,
        };
        assert_eq!(notice.id(), Delivery::of(&notice, "int-1").notification_id);
        assert_eq!(notice.id().len(), 24);
        let later = Notice { at_us: 6, ..notice.clone() };
        let elsewhere = Notice {
            organization_id: "oc".to_owned(),
            resource: "rn".to_owned(),
            ..notice.clone()
        };
        assert!(notice.id() != later.id() && notice.id() != elsewhere.id());
    }
}
