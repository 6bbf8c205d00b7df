use api_app::{App, model};
use api_types::SsoConnection;

pub(crate) fn sso_connection(app: &App, row: model::SsoConnection) -> SsoConnection {
    SsoConnection {
        api_version: "weir/v1".to_owned(),
        kind: "SsoConnection".to_owned(),
        issuer: row.issuer,
        client_id: row.client_id,
        has_client_secret: !row.secret.is_empty(),
        domains: row.domains,
        scopes: row.scopes,
        redirect_uri: app.sso_redirect_uri(),
    }
}
