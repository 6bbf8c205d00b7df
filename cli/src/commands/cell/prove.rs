use common_errors::ErrorKind;
use common_seams::OsRng;
use storage::prove::{ProveError, prove};
use storage::store::StoreError;

use crate::error::CliError;
use crate::output::Outcome;
use crate::roles::{is_meta_store, open_meta_store, open_store};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Credentials come from the environment: AWS_…, GOOGLE_… and AZURE_… variables.\nThe test writes below a key of its own and removes it.\n\nExamples:\n  weir cell prove file:///var/lib/weir-cell\n  weir cell prove s3://bucket/prefix\n  weir cell prove 's3://bucket/prefix?endpoint=http://127.0.0.1:9000'"
)]
pub(crate) struct Args {
    /// Address of the store: file:///path, s3://bucket/prefix, gs://…, az://container/prefix or etcd://…
    url: String,
}

pub(crate) async fn run(args: Args) -> Result<Outcome, CliError> {
    let meta = is_meta_store(&args.url);
    let store = if meta { open_meta_store(&args.url)? } else { open_store(&args.url)? };
    match prove(&*store, &OsRng::new()).await {
        Ok(()) => {
            let holds = if meta { "the metadata of one" } else { "one" };
            let note =
                format!("The store keeps every promise that a cell needs: it can hold {holds}.");
            Ok(Outcome::default().note(note))
        }
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &ProveError) -> CliError {
    let made = |kind, code| CliError::new(kind, code, error.to_string());
    match error {
        ProveError::Unfit(_) => made(ErrorKind::Precondition, "store.unfit")
            .suggest("Use a store that passes: docs/operate/object-stores.md lists them."),
        ProveError::Store(StoreError::Denied { .. } | StoreError::NotFound(_)) => made(
            ErrorKind::Forbidden,
            "store.denied",
        )
        .suggest(
            "Check the credentials in the environment, the name of the bucket, and its region.",
        )
        .suggest("The key needs the rights to get, put, delete and list objects."),
        ProveError::Store(e) if e.is_unknown() => made(ErrorKind::Unavailable, "store.unavailable")
            .suggest("Check the address of the store, and try again."),
        ProveError::Store(_) => made(ErrorKind::Precondition, "store.failed")
            .suggest("See docs/operate/object-stores.md for what is known of the service."),
    }
}
