use std::sync::Arc;

/// The one organisation that a query reaches. Nothing that belongs to an organisation can be read or
/// changed without saying whose it is, and what is another's is not found.
///
/// ```
/// use api_app::OrgScope;
///
/// let org = OrgScope::of("9bd1…");
/// assert_eq!(org.id(), "9bd1…");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrgScope(Arc<str>);

impl OrgScope {
    /// The organisation with this id. In a use-case it is the caller's: see `Caller::org`.
    #[must_use]
    pub fn of(organization_id: &str) -> Self {
        Self(organization_id.into())
    }

    /// The organisation's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0
    }
}

/// Why a query reaches every organisation. There are no reasons but these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemWide {
    /// The installation as a whole, before there is anybody to ask for it.
    Installation,
    /// Whose credentials these are: what is found says which organisation it is.
    Authentication,
    /// Brokers, which serve the clusters of all organisations and know clusters alone.
    Brokers,
    /// Events of the audit log, which say themselves whose they are.
    Audit,
    /// Messages on their way, which say themselves whose they are, and what is counted to write some.
    Notifications,
    /// How far the events of clusters have come: a number, and of no event what it says.
    Events,
    /// Rules over every audit log, each finding of which says whose it is.
    Security,
    /// How the store is: counts and ages that name nobody.
    Vitals,
    /// Dropping what is too old to count.
    Housekeeping,
}
