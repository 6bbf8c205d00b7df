use std::path::PathBuf;

use api_client::Path;
use serde_json::{Value, json};

use super::token::expiry;
use super::{device, export};
use crate::config::{Contexts, LoginSession, Secret};
use crate::ctx::Ctx;
use crate::error::CliError;
use crate::output::{Outcome, ask, ask_line, ask_secret};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The password is asked for, read from WEIR_PASSWORD, or from stdin where nobody can be asked.\nSo is the code of a second factor, on the line after it.\nThe session is kept in the context and used in place of its key: for 8 hours, or until it\nwas not used for 2 hours.\n\nExamples:\n  weir login --email admin@localhost\n  weir login --endpoint https://weir.example.com --email me@example.com\n  weir login --email me@example.com --export confluent\n  weir login --device"
)]
pub(crate) struct Args {
    /// E-mail address to sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Show a code that you approve where you are signed in, with `weir auth approve`
    #[arg(long, conflicts_with_all = ["email", "export"])]
    device: bool,
    /// URL of the API; the session is kept in a context with the name of its host
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Sign in for the public command line instead, and write its configuration
    #[arg(long, value_enum, value_name = "PROGRAM")]
    export: Option<Program>,
    /// File to write instead of ~/.confluent/config.json
    #[arg(long, value_name = "FILE", requires = "export")]
    file: Option<PathBuf>,
}

/// Whose configuration can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Program {
    Confluent,
}

pub(crate) async fn run(ctx: &Ctx, args: Args) -> Result<Outcome, CliError> {
    let endpoint = args.endpoint.as_ref().unwrap_or(&ctx.settings.endpoint.value);
    let endpoint = endpoint.trim_end_matches('/').to_owned();
    if args.device {
        return device::login(ctx, &endpoint).await;
    }
    let email = match args.email {
        Some(email) => email,
        None => ask("E-mail address: ").await?,
    };
    let password = match std::env::var("WEIR_PASSWORD").ok().filter(|text| !text.is_empty()) {
        Some(password) => Secret::new(password),
        None => ask_secret(&format!("Password of {email}: ")).await?,
    };
    let made = sign_in(ctx, &endpoint, &email, &password).await?;
    let token = Secret::new(made.get("token").and_then(Value::as_str).unwrap_or_default());
    let me = ctx.client_of(&endpoint, Some(&token))?.get(&Path::new("/me")).await?;
    if args.export.is_some() {
        let file = export::write(args.file, &endpoint, &me, &token)?;
        return Ok(Outcome::default()
            .note(format!("Signed in as {email} for the program `confluent`: {}.", file.display()))
            .next("confluent environment list"));
    }
    kept(ctx, &endpoint, email, &me, token)
}

/// Asks for a session, and for a code where one is needed.
async fn sign_in(
    ctx: &Ctx,
    endpoint: &str,
    email: &str,
    password: &Secret,
) -> Result<Value, CliError> {
    let (api, path) = (ctx.client_of(endpoint, None)?, Path::new("/sessions"));
    let body = json!({"email": email, "password": password.reveal()});
    match api.post(&path, &body).await.map_err(CliError::from) {
        Err(error) if error.code == "second_factor_required" => {
            let code = ask_line("Code of your authenticator, or a recovery code: ").await?;
            let body = json!({"email": email, "password": password.reveal(), "code": code});
            Ok(api.post(&path, &body).await?)
        }
        made => made,
    }
}

/// Keeps a session that just began, as an answer says.
pub(crate) async fn begun(ctx: &Ctx, endpoint: &str, made: &Value) -> Result<Outcome, CliError> {
    let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (token, email) = (Secret::new(text("/token")), text("/user/email").to_owned());
    let me = ctx.client_of(endpoint, Some(&token))?.get(&Path::new("/me")).await?;
    kept(ctx, endpoint, email, &me, token)
}

fn kept(
    ctx: &Ctx,
    endpoint: &str,
    email: String,
    me: &Value,
    token: Secret,
) -> Result<Outcome, CliError> {
    let context = keep(ctx, endpoint, email.clone(), me, token.clone())?;
    let until = expiry(token.reveal()).map(|at| format!(" until {at}")).unwrap_or_default();
    Ok(Outcome::default()
        .note(format!("Signed in as {email}{until}, in context \"{context}\"."))
        .next("weir env list"))
}

/// Keeps a session in the context of its endpoint: its token must never be sent anywhere else.
fn keep(
    ctx: &Ctx,
    endpoint: &str,
    email: String,
    me: &Value,
    token: Secret,
) -> Result<String, CliError> {
    let config = &ctx.settings.dirs.config;
    let mut contexts = Contexts::load(config)?;
    let here = ctx.settings.context.endpoint.as_deref() == Some(endpoint);
    let name = ctx.settings.context_name.value.clone().filter(|_| here);
    let name = name.unwrap_or_else(|| host_of(endpoint));
    let context = contexts.contexts.entry(name.clone()).or_default();
    let text = |pointer: &str| me.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    context.endpoint = Some(endpoint.to_owned());
    context.organization_id = text("/organization/resource_id");
    context.environment_id = context.environment_id.take().or_else(|| text("/accounts/0/id"));
    context.session = Some(LoginSession { email, token });
    if !here {
        contexts.current = Some(name.clone());
    }
    contexts.save(config)?;
    Ok(name)
}

fn host_of(endpoint: &str) -> String {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    host.split('/').next().unwrap_or(host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn a_context_is_named_by_host_and_port() {
        assert_eq!(host_of("http://127.0.0.1:8080"), "127.0.0.1:8080");
        assert_eq!(host_of("https://weir.example.com/api"), "weir.example.com");
    }
}
