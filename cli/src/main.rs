//! The `weir` binary: the commands that people type, and every server role that needs no cloud SDK.
//!
//! *Invariants*: a command is thin (`Args` to `run` to [`output::Outcome`]) and never prints; stdout
//! carries data only, everything else goes to stderr; secrets are never flags; every failure has an
//! exit code of [`error::ExitCode`] and says what to do next. Roles are wired in `roles/` and nowhere
//! else.
//!
//! *Not here*: rules of the product (api-app, broker), SQL, HTTP routes, cloud SDKs.

mod app;
mod commands;
mod config;
mod ctx;
mod duration;
mod error;
mod files;
mod kafka;
mod output;
mod roles;
mod similar;

// The server role allocates from many threads; glibc's arenas would keep what they once held.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    app::main()
}
