use super::text_enum::text_enum;

text_enum! {
    /// What a filter covers.
    OperationGroup {
        /// The control plane's API.
        Management = "MANAGEMENT",
    }
}

/// Blocks of addresses under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpGroup {
    /// `ipg-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Unique in the organisation.
    pub group_name: String,
    /// The blocks.
    pub cidr_blocks: Vec<String>,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}

/// From where an organisation's control plane may be asked. Without any filter: from everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpFilter {
    /// `ipf-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Unique in the organisation.
    pub filter_name: String,
    /// `management` or `multiple`, as the client said it.
    pub resource_group: String,
    /// The CRN of the organisation.
    pub resource_scope: String,
    /// What it covers.
    pub operation_groups: Vec<OperationGroup>,
    /// Ids of groups; whoever is in one of them may ask.
    pub ip_group_ids: Vec<String>,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
