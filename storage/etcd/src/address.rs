/// The port of etcd for clients.
const PORT: u16 = 2379;

/// Where an etcd is, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdAddress {
    /// `http://host:port` of each member.
    pub hosts: Vec<String>,
    /// What all keys begin with, without slashes at its ends. Never empty.
    pub prefix: String,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Another scheme, or none.
    #[error("`{0}` is not the address of an etcd; write etcd://host:2379/prefix")]
    Scheme(String),
    /// No host, or one that is none.
    #[error("`{0}` is not a host; write etcd://host:2379,host:2379/prefix")]
    Host(String),
    /// Credentials do not belong there: addresses are logged.
    #[error(
        "the address of etcd must not hold credentials; set ETCDCTL_USER and ETCDCTL_PASSWORD in the environment"
    )]
    Credentials,
    /// Two cells below one prefix would destroy each other, so each has to be named.
    #[error("the address of etcd names no prefix: write etcd://host:2379/name-of-the-cell")]
    NoPrefix,
    /// Not a name that can be typed.
    #[error("the prefix `{0}` cannot be used: letters, digits, `-`, `_`, `.` and `/` can")]
    Prefix(String),
}

impl EtcdAddress {
    /// Reads `etcd://host:port,host:port/prefix`, or `etcds://…` for TLS.
    ///
    /// # Errors
    /// When it is none, with a text that says what to write.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("etcd", rest)) => ("http", rest),
            Some(("etcds", rest)) => ("https", rest),
            _ => return Err(AddressError::Scheme(text.to_owned())),
        };
        if rest.contains('@') {
            return Err(AddressError::Credentials);
        }
        let (hosts, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/').to_owned();
        if prefix.is_empty() {
            return Err(AddressError::NoPrefix);
        }
        if !prefix.split('/').all(is_plain) {
            return Err(AddressError::Prefix(prefix));
        }
        let hosts = hosts.split(',').map(|host| with_port(scheme, host));
        Ok(Self { hosts: hosts.collect::<Result<_, _>>()?, prefix })
    }
}

fn with_port(scheme: &str, host: &str) -> Result<String, AddressError> {
    let bad = || AddressError::Host(host.to_owned());
    // The colons of an address of IPv6 are inside its brackets.
    let after = host.rfind(']').map_or(0, |at| at + 1);
    let (name, port) = match host[after..].split_once(':') {
        Some((rest, port)) => (&host[..after + rest.len()], port.parse().map_err(|_| bad())?),
        None => (host, PORT),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return Err(bad());
    }
    Ok(format!("{scheme}://{name}:{port}"))
}

fn is_plain(part: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let one = EtcdAddress::parse("etcd://10.0.0.1:1/weir/cell-1/").unwrap();
        assert_eq!(
            (one.hosts, &*one.prefix),
            (vec!["http://10.0.0.1:1".to_owned()], "weir/cell-1")
        );
        let several = EtcdAddress::parse("etcds://a,b:99,[::1],[::1]:5/x").unwrap();
        let hosts = ["https://a:2379", "https://b:99", "https://[::1]:2379", "https://[::1]:5"];
        assert_eq!(several.hosts, hosts);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fails = |text: &str| EtcdAddress::parse(text).unwrap_err();
        assert_eq!(fails("http://a/x"), AddressError::Scheme("http://a/x".into()));
        assert_eq!(fails("etcd://a"), AddressError::NoPrefix);
        assert_eq!(fails("etcd://a:2379/"), AddressError::NoPrefix);
        assert_eq!(fails("etcd:///x"), AddressError::Host(String::new()));
        assert_eq!(fails("etcd://a:b/x"), AddressError::Host("a:b".into()));
        assert_eq!(fails("etcd://a,/x"), AddressError::Host(String::new()));
        assert_eq!(fails("etcd://me:secret@a/x"), AddressError::Credentials);
        assert_eq!(fails("etcd://a/x//y"), AddressError::Prefix("x//y".into()));
    }
}
