use api_app::model::{GroupMapping, SsoConnection, SsoLink};

use super::{from_json, to_json};
use crate::entity::{group_mapping, sso_connection, sso_link};
use crate::errors::Fault;

/// `domains` are rows of their own.
pub(crate) fn sso_connection(
    row: sso_connection::Model,
    domains: Vec<String>,
) -> Result<SsoConnection, Fault> {
    Ok(SsoConnection {
        domains,
        scopes: from_json("scopes", &row.scopes)?,
        pepper_version: u32::try_from(row.pepper_version).map_err(|_| {
            Fault::Corrupt("sso_connection.pepper_version is out of range".to_owned())
        })?,
        organization_id: row.organization_id,
        issuer: row.issuer,
        client_id: row.client_id,
        secret: row.secret,
        created_us: row.created_us,
        updated_us: row.updated_us,
    })
}

pub(crate) fn sso_connection_row(it: SsoConnection) -> sso_connection::Model {
    sso_connection::Model {
        organization_id: it.organization_id,
        issuer: it.issuer,
        client_id: it.client_id,
        secret: it.secret,
        pepper_version: i64::from(it.pepper_version),
        scopes: to_json(&it.scopes),
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}

pub(crate) fn sso_link_row(it: SsoLink) -> sso_link::Model {
    sso_link::Model {
        organization_id: it.organization_id,
        issuer: it.issuer,
        subject: it.subject,
        person_id: it.person_id,
        created_us: it.created_us,
    }
}

pub(crate) fn group_mapping(row: group_mapping::Model) -> GroupMapping {
    GroupMapping {
        id: row.id,
        organization_id: row.organization_id,
        display_name: row.display_name,
        description: row.description,
        filter: row.filter,
        created_us: row.created_us,
        updated_us: row.updated_us,
    }
}

pub(crate) fn group_mapping_row(it: GroupMapping) -> group_mapping::Model {
    group_mapping::Model {
        id: it.id,
        organization_id: it.organization_id,
        display_name: it.display_name,
        description: it.description,
        filter: it.filter,
        created_us: it.created_us,
        updated_us: it.updated_us,
    }
}
