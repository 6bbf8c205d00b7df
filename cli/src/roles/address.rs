//! Sockets: where to listen, and what to say when that does not work.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs as _};

use common_errors::ErrorKind;

use crate::error::CliError;

/// An address that a role listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The flag, for messages.
    pub(crate) flag: &'static str,
    /// What the user named, if anything.
    pub(crate) named: Option<String>,
    /// The port when nothing was named, on 127.0.0.1.
    pub(crate) default_port: u16,
}

/// A socket that listens.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
    /// The default port that was taken, if this is another one.
    pub(super) instead_of: Option<u16>,
}

impl Bound {
    /// The same socket once more. Whoever connects waits in its one queue, whichever is left open.
    pub(super) fn again(&self) -> Result<Self, CliError> {
        let again = self.listener.try_clone();
        let listener = again.map_err(|e| CliError::internal("up.socket", e.to_string()))?;
        Ok(Self { listener, address: self.address, instead_of: self.instead_of })
    }
}

impl Asked {
    /// Listens. A named port that is taken is an error; a default one is replaced by a free one.
    pub(super) fn bind(&self) -> Result<Bound, CliError> {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, self.default_port));
        let wanted = match &self.named {
            Some(text) => self.resolve(text)?,
            None => default,
        };
        match TcpListener::bind(wanted) {
            Ok(listener) => self.bound(listener, None),
            Err(e) if e.kind() == io::ErrorKind::AddrInUse && self.named.is_none() => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                    .map_err(|e| self.refused(wanted, &e))?;
                self.bound(listener, Some(self.default_port))
            }
            Err(e) => Err(self.refused(wanted, &e)),
        }
    }

    /// Refuses an address that others can reach, unless the user said that this is fine.
    pub(super) fn require_loopback(&self, insecure: bool) -> Result<(), CliError> {
        let Some(text) = &self.named else { return Ok(()) };
        let address = self.resolve(text)?;
        if insecure || address.ip().is_loopback() {
            return Ok(());
        }
        let flag = self.flag;
        let message = format!("{flag} {text} can be reached from other machines, without TLS");
        Err(CliError::usage("up.insecure_address", message)
            .suggest(format!(
                "Listen on this machine alone: `{flag} 127.0.0.1:{}`.",
                address.port()
            ))
            .suggest("Let clients use the TLS listener: `--kafka-tls-addr 0.0.0.0:9093`.")
            .suggest("Add `--insecure` if something else protects the connection."))
    }

    fn resolve(&self, text: &str) -> Result<SocketAddr, CliError> {
        let flag = self.flag;
        let resolved = text.to_socket_addrs().ok().and_then(|mut found| found.next());
        resolved.ok_or_else(|| {
            CliError::usage(
                "up.address",
                format!("{flag} {text:?} is not an address of this machine"),
            )
            .suggest(format!("Write host:port, such as `{flag} 127.0.0.1:{}`.", self.default_port))
        })
    }

    fn bound(&self, listener: TcpListener, instead_of: Option<u16>) -> Result<Bound, CliError> {
        let ready = listener.set_nonblocking(true).and_then(|()| listener.local_addr());
        let address = ready.map_err(|e| CliError::internal("up.socket", e.to_string()))?;
        Ok(Bound { listener, address, instead_of })
    }

    fn refused(&self, wanted: SocketAddr, error: &io::Error) -> CliError {
        let flag = self.flag;
        let port = wanted.port();
        match error.kind() {
            io::ErrorKind::AddrInUse => CliError::new(
                ErrorKind::Conflict,
                "up.port_taken",
                format!("{flag} {wanted} is taken by another program"),
            )
            .suggest(format!("See which one with `ss -ltnp 'sport = :{port}'`."))
            .suggest(format!("Choose another port, or leave {flag} out to get a free one.")),
            io::ErrorKind::PermissionDenied => CliError::usage(
                "up.port_reserved",
                format!("{flag} {wanted} is not allowed for you"),
            )
            .suggest("Choose a port above 1023."),
            _ => {
                CliError::usage("up.address", format!("cannot listen on {flag} {wanted}: {error}"))
                    .suggest("See the addresses of this machine with `ip -brief address`.")
            }
        }
    }
}

/// The host that clients are told: an unspecified address is nowhere to connect to.
pub(super) fn reachable_host(address: SocketAddr, advertised: Option<&str>) -> String {
    match (advertised, address.ip()) {
        (Some(host), _) => host.to_owned(),
        (None, ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        (None, IpAddr::V4(ip)) => ip.to_string(),
        (None, IpAddr::V6(ip)) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(named: Option<&str>, default_port: u16) -> Asked {
        Asked { flag: "--kafka-addr", named: named.map(str::to_owned), default_port }
    }

    #[test]
    fn a_taken_default_is_replaced_and_a_taken_name_is_an_error() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let bound = asked(None, address.port()).bind().unwrap();
        assert_ne!(bound.address.port(), address.port());
        assert_eq!(bound.instead_of, Some(address.port()));

        let error = asked(Some(&address.to_string()), 9092).bind().unwrap_err();
        assert_eq!(error.code, "up.port_taken");
        assert!(error.suggestions[0].contains("ss -ltnp"), "{:?}", error.suggestions);
    }

    #[test]
    fn other_machines_are_kept_out_unless_asked_for() {
        for open in ["0.0.0.0:9092", "[::]:9092", "192.0.2.1:9092"] {
            let error = asked(Some(open), 9092).require_loopback(false).unwrap_err();
            assert_eq!(error.code, "up.insecure_address", "{open}");
            asked(Some(open), 9092).require_loopback(true).unwrap();
        }
        for closed in ["127.0.0.1:9092", "[::1]:0"] {
            asked(Some(closed), 9092).require_loopback(false).unwrap();
        }
    }

    #[test]
    fn nonsense_is_explained() {
        let error = asked(Some("9092"), 9092).bind().unwrap_err();
        assert!(error.suggestions[0].contains("127.0.0.1:9092"), "{:?}", error.suggestions);
    }

    #[test]
    fn clients_are_told_an_address_that_they_can_reach() {
        let any = SocketAddr::from(([0, 0, 0, 0], 9093));
        assert_eq!(reachable_host(any, None), "127.0.0.1");
        assert_eq!(reachable_host(any, Some("weir.example")), "weir.example");
        assert_eq!(reachable_host("[::1]:1".parse().unwrap(), None), "[::1]");
    }
}
