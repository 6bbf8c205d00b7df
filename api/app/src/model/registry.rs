/// The schema registry of an environment. It appears with the first cluster of an environment that
/// has governance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// `lsrc-…`
    pub id: String,
    /// Its environment; at most one each.
    pub environment_id: String,
    /// The cloud of the environment's first cluster.
    pub cloud: String,
    /// The region of the environment's first cluster.
    pub region: String,
    /// When it appeared.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
