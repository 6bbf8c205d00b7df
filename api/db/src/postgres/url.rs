//! The address of a database, without its password wherever it is shown.

use std::fmt;
use std::net::IpAddr;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Parameters that an address may have. Others could undo what this crate asks of each session, as `options`
/// does, or would be ignored.
const PARAMETERS: [&str; 11] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

/// Why a text is no address of a database. No text of it holds the address: that may have a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another scheme.
    #[error("the address of a database begins with postgres://")]
    Scheme,
    /// No URL, or a character of user or password that is not encoded.
    #[error(
        "the address of the database is no URL; write / @ ? # of a password as %2F %40 %3F %23"
    )]
    Malformed,
    /// A parameter that is not known.
    #[error("the address of a database has no parameter {0:?}; it may have {known}", known = PARAMETERS.join(", "))]
    Parameter(String),
}

/// `postgres://user:password@host:port/database?sslmode=verify-full`. What it lacks comes from the variables
/// that libpq reads (`PGUSER`, `PGPASSWORD`, …), a password also from `~/.pgpass`. Shown and printed without
/// password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    whole: String,
    shown: String,
    /// Whether it says how the connection is encrypted.
    says_tls: bool,
}

impl PostgresUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// Another scheme, a text that is no URL, an unknown parameter.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let rest = ["postgres://", "postgresql://"].iter().find_map(|s| text.strip_prefix(s));
        let rest = rest.ok_or(UrlError::Scheme)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.split_once('/').unwrap_or((place, ""));
        // Then a part of a password stands where the host or the database should.
        if path.contains('@') || query.contains('@') || text.contains('#') {
            return Err(UrlError::Malformed);
        }
        let mut shown_query = Vec::new();
        let mut says_tls = false;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let key = pair.split('=').next().unwrap_or_default();
            if !PARAMETERS.contains(&key) {
                return Err(UrlError::Parameter(key.to_owned()));
            }
            says_tls |= key == "sslmode";
            if key != "password" {
                shown_query.push(pair);
            }
        }
        let shown_authority = match authority.rsplit_once('@') {
            Some((person, host)) => {
                format!("{}@{host}", person.split(':').next().unwrap_or_default())
            }
            None => authority.to_owned(),
        };
        let mut shown = format!("postgres://{shown_authority}/{path}");
        if !shown_query.is_empty() {
            shown = format!("{shown}?{}", shown_query.join("&"));
        }
        let url = Self { whole: text.to_owned(), shown, says_tls };
        url.parsed()?;
        Ok(url)
    }

    /// The address without its password.
    #[must_use]
    pub fn without_password(&self) -> &str {
        &self.shown
    }

    /// Whether a password is in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        let place = self.whole.split(['?']).next().unwrap_or_default();
        let person = place.rsplit_once('@').map(|(person, _)| person);
        person.is_some_and(|p| p.splitn(3, ':').nth(2).is_some())
            || self.whole.contains("?password=")
            || self.whole.contains("&password=")
    }

    fn parsed(&self) -> Result<PgConnectOptions, UrlError> {
        self.whole.parse().map_err(|_| UrlError::Malformed)
    }

    /// How to connect. A server on another machine has to prove who it is, unless the address or
    /// `PGSSLMODE` says otherwise.
    pub(super) fn options(&self) -> Result<PgConnectOptions, UrlError> {
        let options = self.parsed()?;
        let asked = self.says_tls || std::env::var_os("PGSSLMODE").is_some();
        if asked || is_near(&options) {
            return Ok(options);
        }
        Ok(options.ssl_mode(PgSslMode::VerifyFull))
    }
}

/// Whether what is sent stays on this machine.
fn is_near(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresUrl").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_used_and_never_shown() {
        for (text, shown) in [
            ("postgres://weir:s3cret@db:5433/weir", "postgres://weir@db:5433/weir"),
            ("postgresql://weir:s3c:ret@db/weir", "postgres://weir@db/weir"),
            (
                "postgres://weir@db/weir?password=s3cret&sslmode=require",
                "postgres://weir@db/weir?sslmode=require",
            ),
            ("postgres://weir:s3cr%40t@db", "postgres://weir@db/"),
            (
                "postgres:///weir?host=/run/pg&user=weir&password=s3cret",
                "postgres:///weir?host=/run/pg&user=weir",
            ),
        ] {
            let url = PostgresUrl::parse(text).unwrap();
            assert!(url.has_password(), "{text}");
            assert_eq!(url.without_password(), shown);
            assert!(!format!("{url} {url:?}").contains("s3c"), "{url:?}");
            assert!(!PostgresUrl::parse(shown).unwrap().has_password(), "{shown}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "mysql://weir:s3cret@db/weir",
            "postgres://weir:s3/cret@db/weir",
            "postgres://weir:s3#cret@db/weir",
            "postgres://weir:s3?cret@db/weir",
            "postgres://weir:s3cret@db:port/weir",
            "postgres://weir@db/weir?options=-csynchronous_commit=off",
            "postgres://weir@db/weir?sslmode=s3cret",
        ] {
            let error = PostgresUrl::parse(text).unwrap_err().to_string();
            assert!(!error.contains("s3") && !error.contains("cret"), "{text}: {error}");
        }
    }

    #[test]
    fn a_server_elsewhere_proves_who_it_is() {
        let mode = |text: &str| PostgresUrl::parse(text).unwrap().options().unwrap().get_ssl_mode();
        assert!(matches!(mode("postgres://weir@db.example/weir"), PgSslMode::VerifyFull));
        assert!(matches!(
            mode("postgres://weir@10.0.0.7/weir?sslmode=disable"),
            PgSslMode::Disable
        ));
        for near in ["localhost/weir", "127.0.0.1/weir", "[::1]/weir", "db/weir?host=/run/pg"] {
            let mode = mode(&format!("postgres://weir@{near}"));
            assert!(matches!(mode, PgSslMode::Prefer), "{near}");
        }
    }
}
