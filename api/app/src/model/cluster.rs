use super::text_enum::text_enum;

text_enum! {
    /// How a cluster is spread over zones.
    Availability {
        /// One zone.
        SingleZone = "SINGLE_ZONE",
        /// Several zones.
        MultiZone = "MULTI_ZONE",
        /// The newer word for one zone.
        Low = "LOW",
        /// The newer word for several zones.
        High = "HIGH",
    }
}

text_enum! {
    /// The tier of a cluster.
    ClusterKind {
        /// Shared, elastic, smallest.
        Basic = "Basic",
        /// Shared, elastic.
        Standard = "Standard",
        /// Shared, elastic, private networks.
        Enterprise = "Enterprise",
        /// A cell of its own, sized in units.
        Dedicated = "Dedicated",
        /// Shared, elastic, cheapest per byte.
        Freight = "Freight",
    }
}

text_enum! {
    /// How far the cell has come.
    Phase {
        /// Not yet usable.
        Provisioning = "PROVISIONING",
        /// Usable.
        Provisioned = "PROVISIONED",
        /// Will not become usable as asked.
        Failed = "FAILED",
    }
}

/// The tier of a cluster with its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterConfig {
    /// The tier.
    pub kind: ClusterKind,
    /// Largest elastic size; not of Dedicated.
    pub max_ecku: Option<i32>,
    /// Size; only of Dedicated.
    pub cku: Option<i32>,
    /// Kept as asked; only of Dedicated.
    pub encryption_key: Option<String>,
    /// Kept as asked.
    pub zones: Option<Vec<String>>,
    /// Kept as asked; only of Dedicated.
    pub release_priority: Option<String>,
}

/// A logical Kafka cluster: one tenant of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// `lkc-…`; also the tenant id.
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Its environment.
    pub environment_id: String,
    /// The name people read.
    pub display_name: String,
    /// As asked.
    pub availability: Availability,
    /// As asked, in upper case.
    pub cloud: String,
    /// As asked.
    pub region: String,
    /// As asked, with defaults filled in.
    pub config: ClusterConfig,
    /// As asked.
    pub network_id: Option<String>,
    /// As asked.
    pub byok_id: Option<String>,
    /// Whether deleting is refused.
    pub deletion_protection: bool,
    /// The cell that it is placed on.
    pub placement: String,
    /// How far the cell has come.
    pub phase: Phase,
    /// Why the phase is what it is.
    pub message: Option<String>,
    /// Grows with every change of what is wanted.
    pub generation: i64,
    /// The generation that the cell has reached.
    pub observed_generation: i64,
    /// When deleting was asked for. From then on it reads as gone.
    pub deletion_requested_us: Option<i64>,
    /// When the tenant was gone. The row stays, so that the id is never used again.
    pub deleted_us: Option<i64>,
    /// When it was created.
    pub created_us: i64,
    /// When a person last changed it.
    pub updated_us: i64,
}
