use serde_json::{Value, json};

use super::shape;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, text_of};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The secret that messages to a webhook are signed with is shown once.\n\nExamples:\n  weir notification create ops --kind slack --url https://hooks.slack.com/services/T0/B0/x\n  weir notification create pager --kind webhook --url https://pager.example.com/weir"
)]
pub(crate) struct Args {
    /// Name that people read
    name: String,
    /// What takes the messages
    #[arg(long, value_parser = ["webhook", "slack", "msteams"])]
    kind: String,
    /// Where to: an https URL
    #[arg(long, value_name = "URL")]
    url: String,
    /// What the integration is for
    #[arg(long, default_value = "")]
    description: String,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let kind = match args.kind.as_str() {
        "slack" => "Slack",
        "msteams" => "MsTeams",
        _ => "Webhook",
    };
    let body = json!({
        "display_name": args.name,
        "description": args.description,
        "target": {"kind": kind, "webhook_url": args.url},
    });
    let made = ctx.api()?.post(&shape::integrations(), &body).await?;
    let id = text_of(made.get("id"));
    let is_signed = made.get("signing_secret").is_some_and(Value::is_string);
    let done =
        Outcome::object(made, shape::NEW_INTEGRATION).next(format!("weir notification test {id}"));
    Ok(if is_signed { done.note("The secret is shown this once.") } else { done })
}
