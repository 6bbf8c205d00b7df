//! A keep-alive HTTP/1.1 client of one address: enough for this API, and nothing between a caller's clock and the socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// An answer that takes longer is an error.
const PATIENCE: Duration = Duration::from_secs(30);
/// Larger bodies are an error.
const MOST_BYTES: usize = 64 << 20;

/// One connection, opened with the first call and again after an error.
pub(crate) struct Client {
    address: SocketAddr,
    authorization: String,
    stream: Option<BufReader<TcpStream>>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Without parameters.
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// Calls carry this API key.
    pub(crate) fn new(address: SocketAddr, key: &str, secret: &str) -> Self {
        let credentials = BASE64_STANDARD.encode(format!("{key}:{secret}"));
        Self { address, authorization: format!("Basic {credentials}"), stream: None }
    }

    /// Sends a request and reads its answer to the end.
    pub(crate) fn call(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        let request = self.request(method, target, headers, body);
        stream.get_mut().write_all(request.as_bytes())?;
        let (answer, stays) =
            read(&mut stream).with_context(|| format!("answer to {method} {target}"))?;
        self.stream = stays.then_some(stream);
        Ok(answer)
    }

    fn connect(&self) -> Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }

    fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> String {
        let mut text = format!(
            "{method} {target} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n",
            self.address, self.authorization
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            let length = body.len();
            text.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {length}\r\n"
            ));
        }
        text.push_str("\r\n");
        text.push_str(body.unwrap_or_default());
        text
    }
}

/// An answer, and whether the connection stays.
fn read(stream: &mut BufReader<TcpStream>) -> Result<(Answer, bool)> {
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status: u16 = status.with_context(|| format!("`{first}` is no status line"))?;
    let (mut length, mut kind, mut stays) = (None, String::new(), true);
    loop {
        let header = line(stream)?;
        let Some((name, value)) = header.split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Some(value.parse::<usize>()?),
            "content-type" => value.split(';').next().unwrap_or_default().clone_into(&mut kind),
            "connection" => stays = !value.eq_ignore_ascii_case("close"),
            "transfer-encoding" => bail!("answers in chunks are not read"),
            _ => {}
        }
    }
    let length = match length {
        Some(length) if length > MOST_BYTES => bail!("an answer of {length} bytes"),
        Some(length) => length,
        None if status == 204 || status == 304 => 0,
        None => bail!("an answer without content-length"),
    };
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((Answer { status, kind, body }, stays))
}

fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut text = String::new();
    if stream.read_line(&mut text)? == 0 {
        bail!("the connection was closed");
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn calls_share_a_connection_until_it_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut seen = Vec::new();
            for answer in [
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; x=y\r\ncontent-length: 2\r\n\r\nhi",
                "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
            ] {
                seen.push(line(&mut reader).unwrap());
                while !line(&mut reader).unwrap().is_empty() {}
                stream.write_all(answer.as_bytes()).unwrap();
            }
            seen
        });
        let mut client = Client::new(address, "key", "secret");
        let first = client.call("GET", "/a", &[], None).unwrap();
        assert_eq!((first.status, &*first.kind, &*first.body), (200, "text/plain", &b"hi"[..]));
        assert_eq!(client.call("GET", "/b", &[], None).unwrap().status, 204);
        assert_eq!(server.join().unwrap(), ["GET /a HTTP/1.1", "GET /b HTTP/1.1"]);
        assert!(client.stream.is_none());
    }
}
