use std::io::BufRead as _;

use tokio::sync::mpsc;

use crate::error::CliError;

/// Lines that may wait to be sent.
const LINES_MAX: usize = 4096;
/// Bytes of lines that one call sends.
const CHUNK_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Lines of stdin, in chunks: whatever has arrived while the last chunk was sent.
pub(super) struct Lines {
    receiver: mpsc::Receiver<std::io::Result<Vec<u8>>>,
}

impl Lines {
    /// Reads on a thread of its own: a read from a terminal cannot be cancelled.
    pub(super) fn start() -> Result<Self, CliError> {
        let (sender, receiver) = mpsc::channel(LINES_MAX);
        let reader = std::thread::Builder::new().name("stdin".to_owned());
        let spawned = reader.spawn(move || {
            for line in std::io::stdin().lock().split(b'\n') {
                let failed = line.is_err();
                if sender.blocking_send(line).is_err() || failed {
                    return;
                }
            }
        });
        spawned.map_err(|e| CliError::internal("stdin.thread", e.to_string()))?;
        Ok(Self { receiver })
    }

    /// The next lines; none at the end.
    pub(super) async fn next_chunk(&mut self) -> Result<Vec<Vec<u8>>, CliError> {
        let mut chunk = Vec::new();
        let mut bytes = 0;
        let mut next = self.receiver.recv().await;
        while let Some(line) = next {
            let line = line
                .map_err(|e| CliError::internal("stdin.read", format!("cannot read stdin: {e}")))?;
            bytes += line.len();
            chunk.push(line);
            if bytes >= CHUNK_BYTES_MAX {
                break;
            }
            next = self.receiver.try_recv().ok();
        }
        Ok(chunk)
    }
}
