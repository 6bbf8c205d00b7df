use api_client::Path;
use serde_json::json;

use crate::commands::session;
use crate::config::Secret;
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, ask_new_secret};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The password is asked for, read from WEIR_PASSWORD, or from stdin where nobody can be asked.\nIt has at least 12 characters. You are signed in then, as with `weir login`.\n\nExamples:\n  weir invitation accept 'https://weir.example.com/invite#i-abc.…' --full-name \"Ada Lovelace\""
)]
pub(crate) struct Args {
    /// The link, in quotes
    link: String,
    /// Your name, as people shall read it
    #[arg(long, value_name = "NAME")]
    full_name: Option<String>,
}

pub(super) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let endpoint = endpoint_of(&args.link).unwrap_or(&ctx.settings.endpoint.value);
    let endpoint = endpoint.trim_end_matches('/').to_owned();
    let password = match std::env::var("WEIR_PASSWORD").ok().filter(|text| !text.is_empty()) {
        Some(password) => Secret::new(password),
        None => ask_new_secret("Your new password: ").await?,
    };
    let body = json!({
        "token": args.link,
        "password": password.reveal(),
        "full_name": args.full_name,
    });
    let api = ctx.client_of(&endpoint, None)?;
    let made = api.post(&Path::new("/weir/v1/memberships"), &body).await?;
    session::begun(ctx, &endpoint, &made).await
}

/// Where a link leads; a token alone leads nowhere.
fn endpoint_of(link: &str) -> Option<&str> {
    link.trim().split_once("/invite#").map(|(endpoint, _)| endpoint)
}

#[cfg(test)]
mod tests {
    use super::endpoint_of;

    #[test]
    fn a_link_says_where_it_leads() {
        assert_eq!(endpoint_of("http://a:1/invite#i-x.y"), Some("http://a:1"));
        assert_eq!(endpoint_of(" https://a/api/invite#i-x.y"), Some("https://a/api"));
        assert_eq!(endpoint_of("i-x.y"), None);
    }
}
