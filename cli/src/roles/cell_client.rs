//! Asks the brokers of a local cell about it.

use std::path::Path;
use std::time::Duration;

use broker::rpc::{CallError, CellReport, Client, Failure, Membership, Request, Response, dial};
use broker_listener::TcpNetwork;
use bytes::Bytes;
use common_errors::ErrorKind;
use common_seams::OsRng;

use super::broker_folder::{self, BrokerFolder};
use super::cell_secret;
use crate::error::CliError;

/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// A controller that changes is looked for so often.
const TRIES: u32 = 20;
/// Pause in between.
const PAUSE: Duration = Duration::from_millis(250);

/// What the controller of the folder's cell knows.
pub(crate) async fn describe(folder: &Path) -> Result<CellReport, CliError> {
    match ask_controller(folder, &Request::Describe).await? {
        Response::Described(report) => Ok(report),
        other => Err(CliError::internal("cell.answer", format!("the cell answers {other:?}"))),
    }
}

/// Raises the format level of the folder's cell.
pub(crate) async fn finalize(folder: &Path, level: u16) -> Result<(), CliError> {
    ask_controller(folder, &Request::Finalize { level }).await.map(|_| ())
}

/// Asks until a controller answers; so the request must be one that may arrive twice.
async fn ask_controller(folder: &Path, request: &Request) -> Result<Response, CliError> {
    let me = membership(folder)?;
    let mut why = String::from("no broker of it runs");
    for _ in 0..TRIES {
        for address in BrokerFolder::peers(folder)? {
            match ask(&me, &address, request).await {
                Ok(answer) => return Ok(answer),
                Err(CallError::Failed(Failure::Refused(why))) => {
                    return Err(CliError::new(ErrorKind::Precondition, "cell.refuses", why));
                }
                Err(reason) => why = reason.to_string(),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    let message = format!("the cell of {} does not answer: {why}", folder.display());
    Err(CliError::new(ErrorKind::Unavailable, "cell.silent", message)
        .suggest("See whether it runs with `weir status`, and start it with `weir up`."))
}

fn membership(folder: &Path) -> Result<Membership, CliError> {
    let secret = cell_secret::read(folder)?;
    match (secret, broker_folder::cell(folder)?) {
        (Some(secret), Some(cell)) => Ok(Membership { cell, secret }),
        _ => {
            let message = format!("{} has no cell of several brokers", folder.display());
            Err(CliError::new(ErrorKind::Precondition, "cell.alone", message)
                .suggest("Start one with `weir up --brokers 3 --store URL`."))
        }
    }
}

async fn ask(me: &Membership, address: &str, request: &Request) -> Result<Response, CallError> {
    let connect = |address: String| async move {
        let dialled = dial(&TcpNetwork, &address, me, &OsRng::new(), PATIENCE).await;
        dialled.map_err(|e| CallError::NotSent(e.to_string()))
    };
    let first = connect(address.to_owned()).await?;
    match call(&first, request).await {
        Err(CallError::Failed(Failure::NotController { controller: Some(controller) })) => {
            call(&connect(controller).await?, request).await
        }
        other => other,
    }
}

async fn call(client: &Client, request: &Request) -> Result<Response, CallError> {
    client.call(request, Bytes::new(), PATIENCE).await.map(|answer| answer.head)
}
