use api_app::{Cidr, KeySetError, KeySets};
use futures_util::future::BoxFuture;
use reqwest::header::CONTENT_TYPE;

use crate::SetupError;
use crate::outward::{Outward, Trouble};

/// Largest document, in bytes: the largest that are published have a few dozen KiB.
const DOCUMENT_MAX: usize = 256 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";
const NOT_ALLOWED: &str = "leads to an address that is not public; the operator says with \
                           `weir up --jwks-networks` which others may be asked";

/// Reads key sets over HTTPS from the public internet, and from networks that the operator allows.
#[derive(Debug, Clone)]
pub struct HttpKeySets(Outward);

impl From<Trouble> for KeySetError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(why) => Self::Refused(why),
            Trouble::Unreachable(why) => Self::Unreachable(why),
        }
    }
}

impl HttpKeySets {
    /// Reads from the public internet and from these networks. Without TLS it reads only from a loopback address
    /// that is in one of them.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(networks: Vec<Cidr>) -> Result<Self, SetupError> {
        Outward::new(networks, NOT_ALLOWED).map(Self)
    }

    async fn get(&self, uri: &str) -> Result<Vec<u8>, KeySetError> {
        self.document(self.0.ask(uri, |http, url| http.get(url)).await?).await
    }

    async fn send_form(
        &self,
        uri: &str,
        form: String,
        basic: Option<(String, String)>,
    ) -> Result<Vec<u8>, KeySetError> {
        let ask = |http: &reqwest::Client, url| {
            let request = http.post(url).header(CONTENT_TYPE, FORM).body(form);
            match basic {
                Some((user, password)) => request.basic_auth(user, Some(password)),
                None => request,
            }
        };
        self.document(self.0.ask(uri, ask).await?).await
    }

    /// What is answered, when it is a small document.
    async fn document(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, KeySetError> {
        let unreachable = |why: String| KeySetError::Unreachable(why);
        if !answer.status().is_success() {
            let hint =
                if answer.status().is_redirection() { "; redirects are not followed" } else { "" };
            return Err(unreachable(format!("it answers {}{hint}", answer.status().as_u16())));
        }
        let mut document = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.0.trouble(&error))? {
            if document.len() + piece.len() > DOCUMENT_MAX {
                return Err(unreachable(format!("it is larger than {DOCUMENT_MAX} bytes")));
            }
            document.extend_from_slice(&piece);
        }
        Ok(document)
    }
}

impl KeySets for HttpKeySets {
    fn check(&self, uri: &str) -> Result<(), KeySetError> {
        Ok(self.0.checked(uri).map(|_| ())?)
    }

    fn read<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Vec<u8>, KeySetError>> {
        Box::pin(self.get(uri))
    }

    fn post<'a>(
        &'a self,
        uri: &'a str,
        form: String,
        basic: Option<(String, String)>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KeySetError>> {
        Box::pin(self.send_form(uri, form, basic))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::http::header::LOCATION;
    use axum::routing::get;

    use super::*;

    const LOOPBACK: &str = "127.0.0.0/8";

    fn reader(networks: &[&str]) -> HttpKeySets {
        let networks = networks.iter().map(|text| text.parse().unwrap()).collect();
        HttpKeySets::new(networks).unwrap()
    }

    async fn served() -> String {
        let router = Router::new()
            .route("/keys", get(|| async { "{}" }))
            .route("/moved", get(|| async { (StatusCode::FOUND, [(LOCATION, "/keys")]) }))
            .route("/large", get(|| async { "x".repeat(DOCUMENT_MAX + 1) }))
            .route("/full", get(|| async { "x".repeat(DOCUMENT_MAX) }))
            .route("/slow", get(std::future::pending::<()>));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    #[test]
    fn only_https_to_what_may_be_asked_is_taken() {
        let open = reader(&[]);
        for good in
            ["https://keys.example.com/a?b=c", "https://8.8.8.8/keys", "https://[2606:4700::1]/"]
        {
            assert_eq!(open.check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "keys",
            "http://keys.example.com/",
            "http://127.0.0.1/keys",
            "https://127.0.0.1/keys",
            "https://2130706433/keys",
            "https://0x7f.1/keys",
            "https://[::1]/keys",
            "https://[::ffff:10.0.0.1]/keys",
            "https://169.254.169.254/latest/meta-data",
            "https://10.1.2.3/keys",
            "https://user@keys.example.com/",
            "https://:secret@keys.example.com/",
            "file:///etc/passwd",
            "ftp://keys.example.com/",
            "data:,{}",
        ] {
            assert!(matches!(open.check(bad), Err(KeySetError::Refused(_))), "{bad}");
        }
        let local = reader(&[LOOPBACK, "10.0.0.0/8"]);
        for good in ["http://127.0.0.1:1/keys", "https://10.1.2.3/keys"] {
            assert_eq!(local.check(good), Ok(()), "{good}");
        }
        for bad in ["http://10.1.2.3/keys", "https://192.168.0.1/keys", "http://localhost/keys"] {
            assert!(local.check(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_asked() {
        let refused = reader(&[]).read("https://localhost:1/keys").await;
        assert_eq!(refused, Err(KeySetError::Refused(NOT_ALLOWED.to_owned())));
        let asked = reader(&[LOOPBACK, "::1/128"]).read("https://localhost:1/keys").await;
        assert!(matches!(asked, Err(KeySetError::Unreachable(_))), "{asked:?}");
    }

    #[tokio::test]
    async fn a_small_document_is_read_and_nothing_else() {
        let (here, reader) = (served().await, reader(&[LOOPBACK]));
        assert_eq!(reader.read(&format!("{here}/keys")).await, Ok(b"{}".to_vec()));
        let full = reader.read(&format!("{here}/full")).await;
        assert_eq!(full.map(|document| document.len()), Ok(DOCUMENT_MAX));
        for (path, why) in [
            ("/moved", "it answers 302; redirects are not followed"),
            ("/none", "it answers 404"),
            ("/large", "it is larger than 262144 bytes"),
            ("/slow", "no answer in time"),
        ] {
            let refused = reader.read(&format!("{here}{path}")).await;
            assert_eq!(refused, Err(KeySetError::Unreachable(why.to_owned())), "{path}");
        }
    }
}
