/// Where the people of an organisation sign in: an OpenID Connect provider, and for whom it speaks.
#[derive(Clone, PartialEq, Eq)]
pub struct SsoConnection {
    /// Its organisation, which has one at most.
    pub organization_id: String,
    /// The provider, letter for letter as in `iss` of its tokens.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// How we prove it, sealed; empty for a client that has no secret.
    pub secret: Vec<u8>,
    /// Which pepper sealed it.
    pub pepper_version: u32,
    /// Domains of e-mail addresses that the provider speaks for, in lower case. Each is of one connection of the store.
    pub domains: Vec<String>,
    /// What is asked for beside `openid`, `email` and `profile`.
    pub scopes: Vec<String>,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}

impl std::fmt::Debug for SsoConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SsoConnection")
            .field("organization_id", &self.organization_id)
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("domains", &self.domains)
            .finish_non_exhaustive()
    }
}

impl SsoConnection {
    /// Whether the provider speaks for this e-mail address, which is in lower case.
    #[must_use]
    pub fn covers(&self, email: &str) -> bool {
        domain_of(email).is_some_and(|domain| self.domains.iter().any(|own| own == domain))
    }
}

/// The domain of an e-mail address.
pub(crate) fn domain_of(email: &str) -> Option<&str> {
    email.rsplit_once('@').map(|(_, domain)| domain).filter(|domain| !domain.is_empty())
}

/// Who of the provider a person is. Nothing but this pair names somebody for good: addresses change hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoLink {
    /// The organisation of both.
    pub organization_id: String,
    /// `iss` of the tokens.
    pub issuer: String,
    /// `sub` in them.
    pub subject: String,
    /// `u-…`
    pub person_id: String,
    /// When the person signed in this way first.
    pub created_us: i64,
}

/// Those who signed in at the provider and whom a filter lets in. Together they are one principal: `User:group-…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMapping {
    /// `group-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Unique in the organisation.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// Who belongs to it, in CEL over what the provider said at sign-in.
    pub filter: String,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
