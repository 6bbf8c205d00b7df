use std::path::PathBuf;
use std::sync::Arc;

use common_seams::{OsRng, Rng, uuid_v4};
use storage::retry::RetryingStore;
use storage::store::ObjectStore;
use storage::transfer::{Restoration, restore};

use crate::error::CliError;
use crate::output::Outcome;
use crate::roles::{
    join_to_read, open_store, open_store_that_is_there, prove_store, tell_transfer_error, use_store,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The source is read only, and may be a bucket or a copy of one. The new cell has an id of its own, and all that the\nsource had acknowledged. Cut short, the command goes on when it is run again.\n\nExamples:\n  weir cell restore s3://backup/cell s3://bucket/restored\n  weir cell restore s3://backup/cell s3://bucket/restored --data-dir /var/lib/weir"
)]
pub(crate) struct Args {
    /// Address of the store that has the cell
    from: String,
    /// Address of an empty store for the new cell
    to: String,
    /// A data folder that uses the new cell from its next start on; it must be stopped
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where topics and leadership of the source are, when they lie in an etcd
    #[arg(long, value_name = "URL", env = "WEIR_META_STORE", hide_env = true)]
    meta_store: Option<String>,
    /// Also when the source may be running; what is acknowledged meanwhile is not in the copy
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(args: Args) -> Result<Outcome, CliError> {
    let rng: Arc<dyn Rng> = Arc::new(OsRng::new());
    let patient = |store: Arc<dyn ObjectStore>| -> Arc<dyn ObjectStore> {
        Arc::new(RetryingStore::for_ever(store, Arc::clone(&rng)))
    };
    let records = open_store_that_is_there(&args.from)?;
    let from = patient(join_to_read(records, args.meta_store.as_deref()).await?);
    let target = open_store(&args.to)?;
    prove_store(&*target, &args.to, &*rng).await?;
    let what =
        Restoration { cell: uuid_v4(&*rng), snapshot: uuid_v4(&*rng), even_alive: args.force };
    let copied = restore(&*from, &patient(target), what).await;
    let copied = copied.map_err(|e| tell_transfer_error(&e))?;
    if let Some(folder) = &args.data_dir {
        use_store(folder, &args.to)?;
    }
    Ok(Outcome::default().note(format!(
        "Restored {} partitions as cell {}: {} objects of {} bytes, in {}.",
        copied.partitions, copied.cell, copied.objects, copied.bytes, args.to
    )))
}
