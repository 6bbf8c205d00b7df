//! `admin.json` at every start: written on the first one, refreshed later, made anew when it is lost.

use std::path::Path;

use api_app::model::{KeyScope, Role};
use api_app::{App, Asked, Bootstrapped, Caller, Grant, KeyWish, Scope};

use super::admin_file::AdminFile;
use super::control_plane::{ControlPlane, app_error};
use crate::config::Secret;
use crate::error::CliError;
use crate::output::note;

/// Addresses that may differ at every start.
pub(super) struct Addresses<'a> {
    pub(super) api: &'a str,
    pub(super) kafka: &'a str,
    pub(super) kafka_tls: &'a str,
    pub(super) ca: &'a Path,
}

/// Keys as they are shown once.
struct Fresh {
    api_key: String,
    api_secret: String,
    kafka_api_key: String,
    kafka_api_secret: String,
    login_password: Option<String>,
}

/// Returns what `admin.json` holds, and whether its keys are new.
pub(super) async fn keep(
    folder: &Path,
    control: &ControlPlane,
    addresses: &Addresses<'_>,
) -> Result<(AdminFile, bool), CliError> {
    let first = control.first();
    let (admin, fresh) = match (&first.secrets, AdminFile::read(folder)?) {
        (Some(secrets), _) => {
            let fresh = Fresh {
                api_key: secrets.api_key.clone(),
                api_secret: secrets.api_secret.clone(),
                kafka_api_key: secrets.kafka_api_key.clone(),
                kafka_api_secret: secrets.kafka_api_secret.clone(),
                login_password: Some(secrets.login_password.clone()),
            };
            (compose(first, fresh, addresses), true)
        }
        (None, Some(stored)) => (refreshed(stored, addresses), false),
        (None, None) => {
            note("admin.json is missing: new keys are made, the old ones stay valid");
            (compose(first, mint(control.app(), first).await?, addresses), true)
        }
    };
    admin.write(folder)?;
    Ok((admin, fresh))
}

fn compose(first: &Bootstrapped, fresh: Fresh, addresses: &Addresses<'_>) -> AdminFile {
    AdminFile {
        api_key: fresh.api_key,
        api_secret: Secret::new(fresh.api_secret),
        endpoint: addresses.api.to_owned(),
        organization_id: first.organization_id.clone(),
        environment_id: first.environment_id.clone(),
        cluster_id: first.cluster_id.clone(),
        kafka_api_key: fresh.kafka_api_key,
        kafka_api_secret: Secret::new(fresh.kafka_api_secret),
        kafka_bootstrap: addresses.kafka.to_owned(),
        kafka_tls_bootstrap: addresses.kafka_tls.to_owned(),
        ca_cert_path: addresses.ca.to_owned(),
        login_email: api_app::BootstrapNames::default().login_email,
        login_password: fresh.login_password.map(Secret::new),
    }
}

fn refreshed(stored: AdminFile, addresses: &Addresses<'_>) -> AdminFile {
    AdminFile {
        endpoint: addresses.api.to_owned(),
        kafka_bootstrap: addresses.kafka.to_owned(),
        kafka_tls_bootstrap: addresses.kafka_tls.to_owned(),
        ca_cert_path: addresses.ca.to_owned(),
        ..stored
    }
}

/// Makes keys for the first person. Whoever can write the data folder may: it holds everything.
async fn mint(app: &App, first: &Bootstrapped) -> Result<Fresh, CliError> {
    let caller = Caller {
        principal_id: first.user_id.clone(),
        organization_id: first.organization_id.clone(),
        key_id: String::new(),
        key_scope: KeyScope::Cloud,
        address: None,
        grants: vec![Grant { role: Role::OrganizationAdmin, scope: Scope::Organization }],
    };
    let wish = |resource: &str| KeyWish {
        description: Some("made because admin.json was missing".to_owned()),
        resource_id: Some(resource.to_owned()),
        ..KeyWish::default()
    };
    let cloud =
        app.create_api_key(&caller, wish("cloud"), Asked::plainly()).await.map_err(app_error)?;
    let kafka = app
        .create_api_key(&caller, wish(&first.cluster_id), Asked::plainly())
        .await
        .map_err(app_error)?;
    Ok(Fresh {
        api_key: cloud.key.id,
        api_secret: cloud.secret,
        kafka_api_key: kafka.key.id,
        kafka_api_secret: kafka.secret,
        login_password: None,
    })
}
