//! Notices who connects, without answering.

use std::net::TcpListener;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(50);

/// Sockets that listen and are not answered. Who connects stays in the queue of the socket, where a
/// broker that has the same socket finds them.
pub(super) struct Doorbell(Vec<TcpListener>);

impl Doorbell {
    pub(super) fn hang(sockets: Vec<TcpListener>) -> Self {
        Self(sockets)
    }

    /// Waits until somebody is in a queue.
    pub(super) async fn rung(&self) {
        while !self.has_rung() {
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn has_rung(&self) -> bool {
        let watch = |socket| PollFd::new(socket, PollFlags::IN);
        let mut watched: Vec<PollFd<'_>> = self.0.iter().map(watch).collect();
        // The only failure is an interruption, after which the next look comes.
        poll(&mut watched, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn who_rang_is_served_by_whoever_takes_the_socket_later() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = socket.local_addr().unwrap();
        let bell = Doorbell::hang(vec![socket.try_clone().unwrap()]);
        assert!(!bell.has_rung(), "nobody was there");
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"hello").await.unwrap();
        bell.rung().await;
        drop(bell);
        let socket = tokio::net::TcpListener::from_std(socket).unwrap();
        let (mut served, _) = socket.accept().await.unwrap();
        let mut said = [0; 5];
        served.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"hello");
    }
}
