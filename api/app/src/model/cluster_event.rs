/// Something that happened to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterEvent {
    /// Grows with every event of the installation.
    pub id: i64,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// `lkc-…`
    pub cluster_id: String,
    /// The generation of the wish that it is about.
    pub generation: i64,
    /// Who did it: a principal, or `reconciler`.
    pub actor: String,
    /// What happened, in one word: `ClusterServed`.
    pub reason: String,
    /// The rest, for people; may be empty.
    pub message: String,
}
