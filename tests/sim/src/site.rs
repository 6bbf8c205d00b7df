use std::sync::Arc;
use std::time::Duration;

use broker::server::Server;
use bytes::Bytes;
use common_seams::Clock;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::check::check;
use crate::client::{Client, Fetched};
use crate::history::History;
use crate::model::Model;
use crate::place::PLACES;
use crate::records::decode;

/// Reads that are not answered for so long are never answered.
const PATIENCE: Duration = Duration::from_mins(10);
const AGAIN: Duration = Duration::from_millis(500);

/// One process, as its clients see it.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) server: Arc<Server>,
    pub(crate) cancel: CancellationToken,
    pub(crate) model: Arc<Mutex<Model>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) history: History,
    pub(crate) life: u64,
    /// Whether others may lead at the same time: then brokers say who does.
    pub(crate) shared: bool,
}

impl Site {
    pub(crate) async fn connect(&self) -> anyhow::Result<Client> {
        Client::connect(&self.server, &self.cancel).await
    }

    /// Whether clients send here. When another process has taken over, they only listen.
    pub(crate) fn leads(&self) -> bool {
        !self.cancel.is_cancelled() && (self.shared || self.model.lock().life == self.life)
    }

    /// Waits before a client tries again. False: there is nothing to try any more.
    pub(crate) async fn again(&self) -> bool {
        tokio::time::sleep(AGAIN).await;
        !self.cancel.is_cancelled()
    }

    pub(crate) fn fail(&self, what: &str) {
        self.history.note(format_args!("{} found {what}", self.life));
        self.model.lock().fail(what);
    }

    /// Takes an acknowledgement.
    pub(crate) fn acknowledge(&self, place: usize, producer: usize, sequence: i32, base: i64) {
        let (life, at) = (self.life, PLACES[place]);
        self.history.note(format_args!("{life} ack {at} {producer}/{sequence} at {base}"));
        let now = self.clock.mono();
        let taken = self.model.lock().partitions[place].acknowledge(producer, sequence, base, now);
        if let Err(what) = taken {
            self.fail(&format!("{at}: {what}"));
        }
    }

    /// Takes what a fetch told, which was sent at `asked`.
    pub(crate) fn told(
        &self,
        place: usize,
        asked: Duration,
        told: &Fetched,
    ) -> Result<Vec<(i64, Bytes)>, String> {
        let (start, end, length) = (told.start, told.end, told.bytes.len());
        let (life, at) = (self.life, PLACES[place]);
        self.history.note(format_args!("{life} read {at} {start}..{end}, {length} bytes"));
        let read = decode(told.bytes.clone()).map_err(|e| format!("an undecodable batch: {e}"))?;
        let known = &mut self.model.lock().partitions[place];
        if !told.out_of_range {
            known.told_end(end, asked)?;
        }
        known.told_start(start, self.clock.wall_ms())?;
        read.iter().try_for_each(|(offset, value)| known.serve(*offset, value.clone()))?;
        Ok(read)
    }

    /// Reads every partition from its start and compares it with what is known.
    pub(crate) async fn verify(&self, places: usize) -> Result<(), String> {
        for (place, at) in PLACES.iter().enumerate().take(places) {
            self.verify_one(place).await.map_err(|what| format!("{at}: {what}"))?;
        }
        Ok(())
    }

    /// A connection that ends is no finding; one that never comes back is.
    async fn verify_one(&self, place: usize) -> Result<(), String> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.read_all(place).await {
                Ok((start, log)) => {
                    return check(&self.model.lock().partitions[place], start, &log);
                }
                Err(Unread::Broken(what)) => return Err(what),
                Err(Unread::Again) if self.has_ended() || !self.again().await => return Ok(()),
                Err(Unread::Again) => {}
            }
        }
        Err("I20: reads are not answered".to_owned())
    }

    pub(crate) async fn read_all(&self, place: usize) -> Result<(i64, Vec<(i64, Bytes)>), Unread> {
        let mut client = self.connect().await.map_err(|_| Unread::Again)?;
        let first = self.model.lock().partitions[place].told_start;
        let mut log = Vec::<(i64, Bytes)>::new();
        loop {
            let next = log.last().map_or(first, |(offset, _)| offset + 1);
            let asked = self.clock.mono();
            let fetched = client.fetch(PLACES[place], next, Duration::ZERO).await;
            let fetched = fetched.map_err(|_| Unread::Again)?;
            let read = self.told(place, asked, &fetched).map_err(Unread::Broken)?;
            if fetched.out_of_range {
                // The log start has moved meanwhile: the next attempt begins there. An answer may tell the
                // start from before.
                return Err(Unread::Again);
            }
            // The log start may move while this reads.
            let start = fetched.start;
            if start < first {
                let what = format!("I4: the log starts at {start}, {first} was told before");
                return Err(Unread::Broken(what));
            }
            log.extend(read.into_iter().filter(|(offset, _)| *offset >= next));
            let end = log.last().map_or(first, |(offset, _)| offset + 1);
            if end >= fetched.end {
                return Ok((start, log.into_iter().filter(|(at, _)| *at >= start).collect()));
            }
            if end == next {
                let end = fetched.end;
                return Err(Unread::Broken(format!("I9: nothing at {next} below the end {end}")));
            }
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        use futures_util::FutureExt as _;
        self.cancel.is_cancelled() || self.server.cell().ended().now_or_never().is_some()
    }
}

/// Why a partition was not read.
pub(crate) enum Unread {
    Again,
    Broken(String),
}
