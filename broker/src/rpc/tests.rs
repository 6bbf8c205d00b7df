use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common_seams::SeededRng;
use common_types::limits::RPC_FRAME_MAX;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::hello::{HelloError, greet};
use super::*;
use crate::meta::Revision;

const PATIENCE: Duration = Duration::from_secs(30);

fn cell() -> Membership {
    Membership { cell: Uuid::from_u128(7), secret: CellSecret([1; 32]) }
}

/// Holds requests for changes until it is told to answer; refuses to be anybody's controller.
#[derive(Debug)]
struct Desk {
    open: Arc<AtomicUsize>,
    asked: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

struct Visit(Desk);

impl Default for Desk {
    fn default() -> Self {
        let none = || Arc::new(Semaphore::new(0));
        Self { open: Arc::default(), asked: none(), go: none() }
    }
}

impl Desk {
    fn share(&self) -> Self {
        let (open, asked) = (Arc::clone(&self.open), Arc::clone(&self.asked));
        Self { open, asked, go: Arc::clone(&self.go) }
    }
}

impl Service for Desk {
    fn open(&self) -> Arc<dyn Session> {
        self.open.fetch_add(1, Ordering::SeqCst);
        Arc::new(Visit(self.share()))
    }
}

impl Session for Visit {
    fn call(self: Arc<Self>, request: Request, body: Bytes) -> BoxFuture<'static, Answer> {
        async move {
            self.0.asked.add_permits(1);
            match request {
                Request::Changes { after } => {
                    self.0.go.acquire().await.unwrap().forget();
                    Answer { head: Response::Snapshot { revision: after.next() }, body }
                }
                Request::Drain { .. } => Failure::NotController { controller: None }.into(),
                _ => Response::Accepted.into(),
            }
        }
        .boxed()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

type Served = JoinHandle<Result<(), ServeError>>;

fn serve(desk: &Desk) -> (DuplexStream, Served) {
    serve_with(desk, RPC_FRAME_MAX)
}

fn serve_with(desk: &Desk, memory: usize) -> (DuplexStream, Served) {
    let (ours, theirs) = duplex(1 << 16);
    let rng = Arc::new(SeededRng::new(2));
    let server = RpcServer::with_memory(cell(), Arc::new(desk.share()), rng, memory);
    let served = tokio::spawn(async move { server.serve(theirs, CancellationToken::new()).await });
    (ours, served)
}

async fn client(stream: DuplexStream) -> Client {
    Client::hello(stream, &cell(), &SeededRng::new(1)).await.unwrap()
}

/// What a server says of a peer that sends `bytes` after a good hello, and then hangs up.
async fn after_hello(bytes: &[u8]) -> Result<(), ServeError> {
    let desk = Desk::default();
    let (mut stream, served) = serve(&desk);
    greet(&mut stream, &cell(), &SeededRng::new(1)).await.unwrap();
    // The server may hang up in the middle.
    let _ = stream.write_all(bytes).await;
    drop(stream);
    let outcome = served.await.unwrap();
    assert_eq!(desk.open.load(Ordering::SeqCst), 0, "the session outlives its connection");
    outcome
}

fn frame(kind: u8, head: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(13 + head.len()).unwrap().to_be_bytes().to_vec();
    bytes.push(kind);
    bytes.extend(9_u64.to_be_bytes());
    bytes.extend(u32::try_from(head.len()).unwrap().to_be_bytes());
    bytes.extend(head);
    bytes
}

#[tokio::test]
async fn calls_overtake_each_other_and_keep_their_bodies() {
    let desk = Desk::default();
    let (stream, _served) = serve(&desk);
    let client = Arc::new(client(stream).await);
    let body = Bytes::from(vec![5; 1 << 20]);
    let (slow, sent) = (Arc::clone(&client), body.clone());
    let slow = tokio::spawn(async move {
        slow.call(&Request::Changes { after: Revision(41) }, sent, PATIENCE).await
    });
    desk.asked.acquire().await.unwrap().forget();
    let quick = client.call(&Request::Probe, Bytes::new(), PATIENCE).await.unwrap();
    assert_eq!(quick.head, Response::Accepted);
    desk.go.add_permits(1);
    let slow = slow.await.unwrap().unwrap();
    assert_eq!(slow, Answer { head: Response::Snapshot { revision: Revision(42) }, body });
}

#[tokio::test]
async fn failure_is_told_as_such() {
    let desk = Desk::default();
    let (stream, _served) = serve(&desk);
    let client = client(stream).await;
    let refused = client.call(&Request::Drain { epoch: 1 }, Bytes::new(), PATIENCE);
    let failure = Failure::NotController { controller: None };
    assert_eq!(refused.await, Err(CallError::Failed(failure)));
}

#[tokio::test]
async fn peers_with_another_secret_or_cell_do_not_meet() {
    let desk = Desk::default();
    let other_secret = Membership { secret: CellSecret([2; 32]), ..cell() };
    let (stream, served) = serve(&desk);
    let outcome = Client::hello(stream, &other_secret, &SeededRng::new(1)).await;
    assert!(matches!(outcome, Err(HelloError::Secret)));
    // The client hung up before it proved anything.
    assert!(matches!(served.await.unwrap(), Err(ServeError::Hello(HelloError::Io(_)))));

    let other_cell = Membership { cell: Uuid::from_u128(8), ..cell() };
    let (stream, served) = serve(&desk);
    let outcome = Client::hello(stream, &other_cell, &SeededRng::new(1)).await;
    assert!(matches!(outcome, Err(HelloError::Cell)));
    assert!(matches!(served.await.unwrap(), Err(ServeError::Hello(HelloError::Cell))));
    assert_eq!(desk.asked.available_permits(), 0);
}

#[tokio::test]
async fn proof_that_is_made_up_is_refused() {
    let (mut stream, served) = serve(&Desk::default());
    let mut preface = b"WEIR\x01".to_vec();
    preface.extend(Uuid::from_u128(7).as_bytes());
    preface.extend([3; 32]);
    stream.write_all(&preface).await.unwrap();
    let mut reply = [0; 66];
    stream.read_exact(&mut reply).await.unwrap();
    // Its own proof, thrown back at it.
    stream.write_all(&reply[34..]).await.unwrap();
    assert!(matches!(served.await.unwrap(), Err(ServeError::Hello(HelloError::Secret))));
}

#[tokio::test]
async fn other_protocols_and_versions_are_refused() {
    let (mut stream, served) = serve(&Desk::default());
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(matches!(served.await.unwrap(), Err(ServeError::Hello(HelloError::Garbage))));

    let (mut stream, served) = serve(&Desk::default());
    stream.write_all(b"WEIR\x02").await.unwrap();
    assert!(matches!(served.await.unwrap(), Err(ServeError::Hello(HelloError::Version(2)))));
}

#[tokio::test(start_paused = true)]
async fn peer_that_stops_in_its_hello_is_let_go() {
    let (mut stream, served) = serve(&Desk::default());
    stream.write_all(b"WEIR\x01half").await.unwrap();
    assert!(matches!(served.await.unwrap(), Err(ServeError::Hello(HelloError::Timeout))));
}

#[tokio::test(start_paused = true)]
async fn peer_that_says_nothing_any_more_is_let_go() {
    let (mut stream, served) = serve(&Desk::default());
    greet(&mut stream, &cell(), &SeededRng::new(1)).await.unwrap();
    assert!(matches!(served.await.unwrap(), Err(ServeError::Silent)));
}

#[tokio::test]
async fn liars_are_refused() {
    let too_long = u32::try_from(RPC_FRAME_MAX + 1).unwrap().to_be_bytes();
    let mut long_head = frame(0, b"\"probe\"");
    long_head[16] = 200;
    let half = &frame(0, b"\"probe\"")[..15];
    let lies: [&[u8]; 6] =
        [&too_long, b"\xff\xff\xff\xff", b"\0\0\0\x01\0", half, &long_head, &frame(2, b"{}")];
    for lie in lies {
        let outcome = after_hello(lie).await;
        assert!(matches!(outcome, Err(ServeError::Protocol(_))), "{lie:?}: {outcome:?}");
    }
    let outcome = after_hello(&frame(1, b"\"accepted\"")).await;
    assert!(matches!(outcome, Err(ServeError::Protocol(_))), "{outcome:?}");
}

#[tokio::test]
async fn unknown_request_is_refused_and_the_connection_goes_on() {
    let (mut stream, served) = serve(&Desk::default());
    greet(&mut stream, &cell(), &SeededRng::new(1)).await.unwrap();
    for request in [&b"\"of a later version\""[..], b"\"probe\""] {
        stream.write_all(&frame(0, request)).await.unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).await.unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut answer).await.unwrap();
        let head: Response = serde_json::from_slice(&answer[13..]).unwrap();
        match request {
            b"\"probe\"" => assert_eq!(head, Response::Accepted),
            _ => assert!(matches!(head, Response::Failed(Failure::Refused(_))), "{head:?}"),
        }
    }
    drop(stream);
    assert!(served.await.unwrap().is_ok());
}

#[tokio::test]
async fn requests_beyond_the_memory_wait() {
    let desk = Desk::default();
    let (stream, _served) = serve_with(&desk, 64 << 10);
    let client = Arc::new(client(stream).await);
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let client = Arc::clone(&client);
            let body = Bytes::from(vec![0; 30 << 10]);
            tokio::spawn(async move {
                client.call(&Request::Changes { after: Revision(0) }, body, PATIENCE).await
            })
        })
        .collect();
    desk.asked.acquire_many(2).await.unwrap().forget();
    // The third has no room before one is answered.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.asked.available_permits(), 0);
    desk.go.add_permits(1);
    desk.asked.acquire().await.unwrap().forget();
    desk.go.add_permits(2);
    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn call_on_a_lost_connection_has_an_unknown_outcome() {
    let desk = Desk::default();
    let (stream, served) = serve(&desk);
    let client = Arc::new(client(stream).await);
    let waiting = Arc::clone(&client);
    let waiting = tokio::spawn(async move {
        waiting.call(&Request::Changes { after: Revision(0) }, Bytes::new(), PATIENCE).await
    });
    desk.asked.acquire().await.unwrap().forget();
    served.abort();
    assert_eq!(waiting.await.unwrap(), Err(CallError::Lost));
    client.ended().await;
    let late = client.call(&Request::Probe, Bytes::new(), PATIENCE).await;
    assert!(matches!(late, Err(CallError::NotSent(_))));
}

#[tokio::test(start_paused = true)]
async fn call_that_takes_too_long_is_forgotten() {
    let (stream, _served) = serve(&Desk::default());
    let client = client(stream).await;
    let second = Duration::from_secs(1);
    let late = client.call(&Request::Changes { after: Revision(0) }, Bytes::new(), second).await;
    assert_eq!(late, Err(CallError::TimedOut(second)));
    let next = client.call(&Request::Probe, Bytes::new(), second).await.unwrap();
    assert_eq!(next.head, Response::Accepted);
}

#[test]
fn messages_with_numbers_as_keys_survive_the_wire() {
    let load = PgLoad { bytes_in: 1, bytes_out: 2, requests: 3 };
    let beat = Beat { epoch: 1, counter: 2, load: [(3, load)].into(), ..Beat::default() };
    for request in [Request::Beat(beat), Request::Access(Default::default()), Request::Probe] {
        let text = serde_json::to_vec(&request).unwrap();
        assert_eq!(serde_json::from_slice::<Request>(&text).unwrap(), request);
    }
}
