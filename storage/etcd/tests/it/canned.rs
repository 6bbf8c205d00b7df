//! A server that answers what a test tells it to.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use storage_etcd::EtcdAddress;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Say(u16, String),
    HangUp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) token: Option<String>,
}

pub(crate) struct Canned {
    pub(crate) host: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

pub(crate) fn say(status: u16, body: &str) -> Answer {
    Answer::Say(status, body.to_owned())
}

impl Canned {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let answers: Arc<Mutex<VecDeque<_>>> = Arc::new(Mutex::new(answers.into_iter().collect()));
        let seen = Arc::default();
        let server = Self { host, answers, seen };
        let (answers, seen) = (Arc::clone(&server.answers), Arc::clone(&server.seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&seen)));
            }
        });
        server
    }

    pub(crate) fn address(&self) -> EtcdAddress {
        EtcdAddress { hosts: vec![self.host.clone()], prefix: "p".to_owned() }
    }
}

async fn serve(
    stream: TcpStream,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let request = read(&mut stream).await?;
        seen.lock().push(request);
        let next = answers.lock().pop_front()?;
        let Answer::Say(status, body) = next else { return None };
        let reply = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(reply.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let (mut path, mut token, mut length) = (None, None, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        match line.split_once(": ") {
            _ if line.is_empty() => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                token = Some(value.to_owned());
            }
            _ if path.is_none() => path = line.split(' ').nth(1).map(str::to_owned),
            _ => {}
        }
    }
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some(Seen { path: path?, token })
}
