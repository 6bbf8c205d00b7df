//! How two processes of a cell make sure of each other before anything else is said.

use std::fmt;
use std::time::Duration;

use common_seams::Rng;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use uuid::Uuid;

const MAGIC: [u8; 4] = *b"WEIR";
/// The version of hello, frames and messages.
const VERSION: u8 = 1;
/// All of a hello must be done by then.
pub(super) const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
const NONCE: usize = 32;
const PROOF: usize = 32;
const PREFACE: usize = MAGIC.len() + 1 + 16 + NONCE;
const REPLY: usize = 2 + NONCE + PROOF;

const ACCEPTED: u8 = 0;
const OTHER_CELL: u8 = 1;
const OTHER_VERSION: u8 = 2;

/// What all processes of a cell know, and nobody else. Redacted when printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CellSecret(pub [u8; 32]);

impl fmt::Debug for CellSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CellSecret(redacted)")
    }
}

/// What both ends of a connection must agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The cell.
    pub cell: Uuid,
    /// Its secret.
    pub secret: CellSecret,
}

/// Why a connection does not begin.
#[derive(Debug, thiserror::Error)]
pub enum HelloError {
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It took too long.
    #[error("the peer did not say hello in time")]
    Timeout,
    /// Something else speaks there.
    #[error("the peer is no process of a Weir cell")]
    Garbage,
    /// The peer speaks another version.
    #[error("the peer speaks version {0} of the internal protocol, this process {VERSION}")]
    Version(u8),
    /// The peer belongs to another cell.
    #[error("the peer belongs to another cell")]
    Cell,
    /// The peer does not know the secret.
    #[error("the peer has another cell secret; all processes of a cell need the same")]
    Secret,
}

/// The client's half.
pub(super) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    me: &Membership,
    rng: &dyn Rng,
) -> Result<(), HelloError> {
    let ours = nonce(rng);
    let exchange = async {
        let mut preface = Vec::with_capacity(PREFACE);
        preface.extend(MAGIC);
        preface.push(VERSION);
        preface.extend(me.cell.as_bytes());
        preface.extend(ours);
        stream.write_all(&preface).await?;
        stream.flush().await?;

        let mut reply = [0_u8; REPLY];
        stream.read_exact(&mut reply).await?;
        let [version, verdict, rest @ ..] = &reply;
        match *verdict {
            ACCEPTED if *version == VERSION => {}
            OTHER_CELL => return Err(HelloError::Cell),
            ACCEPTED | OTHER_VERSION => return Err(HelloError::Version(*version)),
            _ => return Err(HelloError::Garbage),
        }
        let (theirs, proof) = rest.split_at(NONCE);
        mac(me, b"server", &ours, theirs).verify_slice(proof).map_err(|_| HelloError::Secret)?;
        let proof = mac(me, b"client", &ours, theirs).finalize().into_bytes();
        stream.write_all(&proof).await?;
        stream.flush().await?;
        Ok(())
    };
    tokio::time::timeout(HELLO_TIMEOUT, exchange).await.map_err(|_| HelloError::Timeout)?
}

/// The server's half. Whoever does not speak the protocol is told nothing.
pub(super) async fn welcome<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    me: &Membership,
    rng: &dyn Rng,
) -> Result<(), HelloError> {
    let ours = nonce(rng);
    let exchange = async {
        let mut preface = [0_u8; PREFACE];
        // Magic and version first: a later version may have a longer preface.
        let (head, rest) = preface.split_at_mut(MAGIC.len() + 1);
        stream.read_exact(head).await?;
        if head[..MAGIC.len()] != MAGIC {
            return Err(HelloError::Garbage);
        }
        let version = head[MAGIC.len()];
        if version != VERSION {
            stream.write_all(&refusal(OTHER_VERSION)).await?;
            return Err(HelloError::Version(version));
        }
        stream.read_exact(rest).await?;
        let (cell, theirs) = rest.split_at(16);
        if cell != me.cell.as_bytes() {
            stream.write_all(&refusal(OTHER_CELL)).await?;
            return Err(HelloError::Cell);
        }
        let mut reply = Vec::with_capacity(REPLY);
        reply.extend([VERSION, ACCEPTED]);
        reply.extend(ours);
        reply.extend(mac(me, b"server", theirs, &ours).finalize().into_bytes());
        stream.write_all(&reply).await?;
        stream.flush().await?;

        let mut proof = [0_u8; PROOF];
        stream.read_exact(&mut proof).await?;
        mac(me, b"client", theirs, &ours).verify_slice(&proof).map_err(|_| HelloError::Secret)
    };
    tokio::time::timeout(HELLO_TIMEOUT, exchange).await.map_err(|_| HelloError::Timeout)?
}

fn refusal(verdict: u8) -> [u8; REPLY] {
    let mut reply = [0; REPLY];
    reply[..2].copy_from_slice(&[VERSION, verdict]);
    reply
}

fn nonce(rng: &dyn Rng) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    rng.fill(&mut nonce);
    nonce
}

/// A proof binds who speaks, the version, the cell and both nonces: it is worth nothing elsewhere.
fn mac(me: &Membership, speaker: &[u8], client: &[u8], server: &[u8]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&me.secret.0).expect("HMAC takes a key of any length");
    for part in [speaker, &[VERSION], me.cell.as_bytes(), client, server] {
        mac.update(part);
    }
    mac
}
