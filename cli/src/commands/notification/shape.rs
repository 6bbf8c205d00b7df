use api_client::Path;

use crate::ctx::{Ctx, Kind};
use crate::error::CliError;
use crate::output::Column;

pub(super) const INTEGRATION: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("NAME", "/display_name"),
    Column::new("KIND", "/target/kind"),
    Column::new("STATE", "/status/state"),
    Column::new("LAST ERROR", "/status/last_error"),
    Column::wide("URL", "/target/webhook_url"),
    Column::wide("LAST TRIED", "/status/last_attempt_at"),
    Column::wide("REASON", "/status/reason"),
    Column::wide("DROPPED", "/status/dropped"),
];

/// The answer that made one shows what its messages are signed with.
pub(super) const NEW_INTEGRATION: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("NAME", "/display_name"),
    Column::new("KIND", "/target/kind"),
    Column::new("SIGNING SECRET", "/signing_secret"),
];

pub(super) const SUBSCRIPTION: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("TYPE", "/notification_type/id"),
    Column::new("STATE", "/current_state"),
    Column::new("INTEGRATION", "/integrations/0/id"),
    Column::wide("INTEGRATIONS", "/integrations"),
];

pub(super) fn integrations() -> Path {
    Path::new("/notifications/v1/integrations")
}

/// The id of an integration that is named by id or name.
pub(super) async fn integration(ctx: &Ctx, name: &str) -> Result<String, CliError> {
    let kind = Kind { noun: "integration", prefix: "int-", list: "weir notification list" };
    ctx.resolve(name, &kind, &integrations().query("page_size", "100")).await
}

pub(super) fn subscriptions() -> Path {
    Path::new("/notifications/v1/subscriptions")
}
