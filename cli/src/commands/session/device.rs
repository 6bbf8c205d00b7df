use std::time::Duration;

use api_client::Path;
use serde_json::{Value, json};

use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, tell};

/// Signs in with a code that somebody approves elsewhere.
pub(super) async fn login(ctx: &Ctx, endpoint: &str) -> Result<Outcome, CliError> {
    let api = ctx.client_of(endpoint, None)?;
    let begun = api.post(&Path::new("/weir/v1/device-codes"), &json!({})).await?;
    let text = |name: &str| begun.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = text("user_code");
    tell(&format!("Where you are signed in, run:  weir auth approve {code}"))?;
    let interval = begun.get("interval").and_then(Value::as_u64).unwrap_or(5);
    let mut pause = Duration::from_secs(interval);
    let body = json!({"device_code": text("device_code")});
    // Bounded by the life of the code: then the answer is another error.
    loop {
        tokio::time::sleep(pause).await;
        match api.post(&Path::new("/weir/v1/device-sessions"), &body).await.map_err(CliError::from)
        {
            Ok(made) => return super::begun(ctx, endpoint, &made).await,
            Err(error) if error.code == "authorization_pending" => {}
            Err(error) if error.code == "slow_down" => pause *= 2,
            Err(error) => return Err(error),
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    /// The code that the device shows
    code: String,
    /// Refuse it: it is not yours
    #[arg(long)]
    deny: bool,
}

/// Approves a device that waits, or refuses it.
pub(super) async fn approve(ctx: &Ctx, args: Approve) -> Result<Outcome, CliError> {
    let api = ctx.api()?;
    let path = Path::new("/weir/v1/device-codes").segment(&args.code);
    if !args.deny {
        let seen = api.get(&path).await?;
        let from = seen.get("address").and_then(Value::as_str).unwrap_or_default();
        let warning = format!("A device at {from} will act for you, with all your roles.");
        ctx.confirm(warning, &args.code)?;
    }
    api.patch(&path, &json!({"approve": !args.deny})).await?;
    let done = if args.deny { "Refused." } else { "Approved. The device is signed in shortly." };
    Ok(Outcome::default().note(done))
}
