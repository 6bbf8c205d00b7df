//! A small S3 server in this process: sound, unless a test tells it otherwise.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use parking_lot::Mutex;
use storage::crc::crc32c;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one request instead of answering it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    /// Answers with a status and does nothing.
    Status(u16, &'static str),
    /// Hangs up before it does anything.
    HangUp,
    /// Does it, and hangs up.
    DoAndHangUp,
    /// Does it, and leaves out the version.
    NameNoVersion,
}

/// What the server drops from every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    IfNoneMatch,
    IfMatch,
    Range,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    objects: BTreeMap<String, Vec<u8>>,
    pub(crate) acts: VecDeque<Act>,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) requests: Vec<String>,
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

type Headers = Vec<(&'static str, String)>;

pub(crate) struct FakeS3 {
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) endpoint: String,
}

impl FakeS3 {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move { serve(stream, &state).await });
            }
        });
        Self { state, endpoint }
    }

    pub(crate) fn next(&self, act: Act) {
        self.state.lock().acts.push_back(act);
    }
}

async fn serve(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let request = read(&mut stream).await?;
        let act = {
            let mut state = state.lock();
            state.requests.push(format!("{} {}", request.method, request.path));
            state.acts.pop_front()
        };
        let (status, mut headers, body) = match act {
            Some(Act::HangUp) => return None,
            Some(Act::Status(status, body)) => (status, Vec::new(), body.as_bytes().to_vec()),
            _ => state.lock().handle(&request),
        };
        match act {
            Some(Act::DoAndHangUp) => return None,
            Some(Act::NameNoVersion) => headers.retain(|(name, _)| *name != "ETag"),
            _ => {}
        }
        let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
        head.push_str("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        head.push_str("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        if request.method != "HEAD" {
            stream.write_all(&body).await.ok()?;
        }
        stream.flush().await.ok()?;
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut first = lines[0].split(' ');
    let method = first.next()?.to_owned();
    let url = url::Url::parse(&format!("http://x{}", first.next()?)).ok()?;
    let headers: BTreeMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |v| v.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let query = url.query_pairs().into_owned().collect();
    Some(Request { method, path: url.path().to_owned(), query, headers, body })
}

impl State {
    fn handle(&mut self, request: &Request) -> (u16, Headers, Vec<u8>) {
        let Some(key) = request.path.strip_prefix("/bucket") else {
            return (404, Vec::new(), b"<Error><Code>NoSuchBucket</Code></Error>".to_vec());
        };
        let key = key.trim_start_matches('/').to_owned();
        let found = self.objects.get(&key).cloned();
        let tag = |body: &[u8]| format!("\"{:08x}-{}\"", crc32c(body), body.len());
        let condition = |name: &str, flaw| {
            request.headers.get(name).filter(|_| self.flaw != Some(flaw)).cloned()
        };
        match request.method.as_str() {
            "PUT" => {
                let absent = condition("if-none-match", Flaw::IfNoneMatch);
                let expected = condition("if-match", Flaw::IfMatch);
                match (absent, expected, found) {
                    (Some(_), _, Some(_)) => return (412, Vec::new(), Vec::new()),
                    (_, Some(_), None) => return (404, Vec::new(), b"NoSuchKey".to_vec()),
                    (_, Some(expected), Some(found)) if expected != tag(&found) => {
                        return (412, Vec::new(), Vec::new());
                    }
                    _ => {}
                }
                let tag = tag(&request.body);
                self.objects.insert(key, request.body.clone());
                (200, vec![("ETag", tag)], Vec::new())
            }
            "GET" if request.query.contains_key("list-type") => self.list(&request.query),
            "GET" | "HEAD" => match found {
                None => (404, Vec::new(), b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
                Some(found) => {
                    let tag = vec![("ETag", tag(&found))];
                    let range = condition("range", Flaw::Range);
                    range.map_or((200, tag.clone(), found.clone()), |r| cut(&r, &found, tag))
                }
            },
            "DELETE" => {
                self.objects.remove(&key);
                (204, Vec::new(), Vec::new())
            }
            _ => (405, Vec::new(), Vec::new()),
        }
    }

    /// Two keys a page, so that pages are followed.
    fn list(&self, query: &BTreeMap<String, String>) -> (u16, Headers, Vec<u8>) {
        let of = |name: &str| query.get(name).map_or("", String::as_str);
        let after = of("start-after").max(of("continuation-token"));
        let behind = self.objects.iter();
        let mut behind = behind.filter(|(k, _)| k.starts_with(of("prefix")) && k.as_str() > after);
        let page: Vec<_> = behind.by_ref().take(2).collect();
        let mut xml = String::from("<ListBucketResult>");
        if let (Some(_), Some((last, _))) = (behind.next(), page.last()) {
            write!(xml, "<IsTruncated>true</IsTruncated>").unwrap();
            write!(xml, "<NextContinuationToken>{last}</NextContinuationToken>").unwrap();
        }
        for (key, body) in page {
            write!(
                xml,
                "<Contents><Key>{key}</Key><Size>{}</Size>\
                 <LastModified>2026-11-22T00:00:00.000Z</LastModified></Contents>",
                body.len()
            )
            .unwrap();
        }
        xml.push_str("</ListBucketResult>");
        (200, Vec::new(), xml.into_bytes())
    }
}

/// `bytes=2-5` or `bytes=-3`.
fn cut(range: &str, found: &[u8], mut headers: Headers) -> (u16, Headers, Vec<u8>) {
    let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let size = found.len();
    let (from, to) = if from.is_empty() {
        (size.saturating_sub(to.parse().unwrap()), size)
    } else {
        (from.parse().unwrap(), size.min(to.parse::<usize>().unwrap() + 1))
    };
    if from >= to {
        return (416, Vec::new(), Vec::new());
    }
    headers.push(("Content-Range", format!("bytes {from}-{}/{size}", to - 1)));
    (206, headers, found[from..to].to_vec())
}
