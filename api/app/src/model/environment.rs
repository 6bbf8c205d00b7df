use super::text_enum::text_enum;

text_enum! {
    /// How much schema governance an environment has.
    Package {
        /// The small package.
        Essentials = "ESSENTIALS",
        /// The large package.
        Advanced = "ADVANCED",
    }
}

/// A place for clusters that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `env-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Unique among the environments of the organisation that are not being deleted.
    pub display_name: String,
    /// Schema governance, where it is on.
    pub governance: Option<Package>,
    /// Grows with every change of what is wanted.
    pub generation: i64,
    /// When deleting was asked for. From then on it reads as gone.
    pub deletion_requested_us: Option<i64>,
    /// When the last cluster was gone. The row stays, so that the id is never used again.
    pub deleted_us: Option<i64>,
    /// When it was created.
    pub created_us: i64,
    /// When a person last changed it.
    pub updated_us: i64,
}
