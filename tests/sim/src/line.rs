use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Result;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::client::name;
use crate::place::PLACES;
use crate::records::Batch;
use crate::site::Site;
use crate::wire::{Receiver, Sender};

const PRODUCE: i16 = 9;
/// Errors after which a client connects again: not leader, timed out, storage.
const RETRIABLE: [i16; 4] = [5, 6, 7, 56];
/// One of several brokers may not know of a topic yet.
const UNKNOWN_TOPIC: i16 = 3;

/// A connection of one producer to one partition: it sends without waiting, and takes the answers as they
/// come, also when another process has taken over.
pub(crate) struct Line {
    sender: Sender,
    place: usize,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// First sequences of what was sent, oldest first.
    in_flight: Mutex<VecDeque<i32>>,
    over: Mutex<bool>,
    /// The producer went elsewhere, as from a line of the other kind.
    given_up: Mutex<bool>,
    news: Notify,
}

/// What an answer means to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Every batch follows the one before.
    Orderly,
    /// Batches are sent again; other lines may have moved on.
    Again,
}

impl Line {
    pub(crate) async fn open(
        site: &Site,
        place: usize,
        producer: usize,
        kind: Kind,
    ) -> Result<Self> {
        let mut client = site.connect().await?;
        let known = site.model.lock().partitions[place].producers[producer].identity;
        if known.is_none() {
            let identity = client.producer_id().await?;
            site.model.lock().partitions[place].producers[producer].identity = Some(identity);
        }
        let (sender, receiver) = (client.sender, client.receiver);
        let state = Arc::new(State::default());
        let (site, of_answers) = (site.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            of_answers.take(&site, (place, producer), receiver, kind).await;
            *of_answers.over.lock() = true;
            of_answers.news.notify_one();
        });
        Ok(Self { sender, place, state })
    }

    /// Sends a batch without waiting for its answer.
    pub(crate) async fn send(&mut self, batch: &Batch) -> Result<()> {
        let place = PLACES[self.place];
        let data = PartitionProduceData::default()
            .with_index(place.index)
            .with_records(Some(batch.encode()?));
        let topic =
            TopicProduceData::default().with_name(name(place)).with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(-1)
            .with_timeout_ms(30_000)
            .with_topic_data(vec![topic]);
        self.state.in_flight.lock().push_back(batch.first_sequence);
        self.sender.send(&request, PRODUCE).await
    }

    /// From now on others may move on. Answers that come all the same are taken.
    pub(crate) fn give_up(&self) {
        *self.state.given_up.lock() = true;
    }

    /// Whether nothing is answered any more.
    pub(crate) fn is_over(&self) -> bool {
        *self.state.over.lock()
    }

    /// Waits for an answer, or for the end.
    pub(crate) async fn news(&self) {
        self.state.news.notified().await;
    }
}

impl State {
    /// Takes answers until the connection ends or a client would turn away.
    async fn take(&self, site: &Site, of: (usize, usize), mut receiver: Receiver, kind: Kind) {
        let (place, producer) = of;
        while let Ok(answer) = receiver.receive::<ProduceRequest>(PRODUCE).await {
            let Some(sequence) = self.in_flight.lock().pop_front() else {
                return site.fail("an answer to nothing that was sent");
            };
            let Some((error, base)) = read(&answer) else {
                return site.fail("an answer without partitions");
            };
            match error {
                0 => site.acknowledge(place, producer, sequence, base),
                e if kind == Kind::Again || RETRIABLE.contains(&e) => return,
                UNKNOWN_TOPIC if site.shared => return,
                _ if *self.given_up.lock() => return,
                e => return site.fail(&format!("{}: produce answered {e}", PLACES[place])),
            }
            self.news.notify_one();
        }
    }
}

/// Error and base offset.
fn read(answer: &ProduceResponse) -> Option<(i16, i64)> {
    let partition = answer.responses.first()?.partition_responses.first()?;
    Some((partition.error_code, partition.base_offset))
}
