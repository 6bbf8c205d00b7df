use super::text_enum::text_enum;

text_enum! {
    /// How a person proves who they are.
    AuthType {
        /// With a password kept here.
        Local = "AUTH_TYPE_LOCAL",
        /// At an identity provider.
        Sso = "AUTH_TYPE_SSO",
    }
}

/// The owner of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// A bare UUID.
    pub id: String,
    /// The name people read.
    pub display_name: String,
    /// Whether people are added at their first single sign-on.
    pub jit_enabled: bool,
    /// When it was created.
    pub created_us: i64,
    /// When a person last changed it.
    pub updated_us: i64,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `u-…`
    pub id: String,
    /// Their organisation.
    pub organization_id: String,
    /// Unique.
    pub email: String,
    /// The name people read.
    pub full_name: String,
    /// How they prove who they are.
    pub auth_type: AuthType,
    /// argon2id in PHC form; only of [`AuthType::Local`].
    pub password_hash: Option<String>,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}

/// An identity for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// `sa-…`
    pub id: String,
    /// Its organisation.
    pub organization_id: String,
    /// Unique within the organisation.
    pub display_name: String,
    /// Free text.
    pub description: String,
    /// When it was created.
    pub created_us: i64,
    /// When it was last changed.
    pub updated_us: i64,
}
