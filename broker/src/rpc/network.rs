//! The port to other processes.

use std::time::Duration;

use common_seams::Rng;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use super::client::Client;
use super::hello::{HelloError, Membership};

/// A connection before anything was said on it.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Makes connections to addresses.
pub trait Network: Send + Sync + std::fmt::Debug {
    /// Connects to `host:port`.
    fn connect(&self, address: String) -> BoxFuture<'_, Result<Box<dyn Stream>, DialError>>;
}

/// Why a process cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The machine is there and says that nobody listens: the process is gone.
    #[error("the connection was refused")]
    Refused,
    /// Nobody answers, which says nothing of the process.
    #[error("no answer: {0}")]
    Silent(String),
    /// Somebody answers who is not to be talked to.
    #[error(transparent)]
    Hello(HelloError),
}

impl From<HelloError> for DialError {
    fn from(e: HelloError) -> Self {
        match e {
            HelloError::Io(e) => Self::Silent(e.to_string()),
            HelloError::Timeout => Self::Silent(HelloError::Timeout.to_string()),
            HelloError::Garbage
            | HelloError::Version(_)
            | HelloError::Cell
            | HelloError::Secret => Self::Hello(e),
        }
    }
}

/// Connects to a process of the cell and says hello.
///
/// # Errors
/// When that is not done after `patience`, or the peer is none of ours.
pub async fn dial(
    network: &dyn Network,
    address: &str,
    me: &Membership,
    rng: &dyn Rng,
    patience: Duration,
) -> Result<Client, DialError> {
    let dialled = async {
        let stream = network.connect(address.to_owned()).await?;
        Ok(Client::hello(stream, me, rng).await?)
    };
    match tokio::time::timeout(patience, dialled).await {
        Ok(outcome) => outcome,
        Err(_) => Err(DialError::Silent(format!("nothing within {patience:?}"))),
    }
}
