use crate::error::CliError;

/// How a connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    SaslPlaintext,
    SaslSsl,
}

/// Where a cluster is first met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bootstrap {
    pub(crate) protocol: Protocol,
    /// `host:port`, at least one.
    pub(crate) addresses: Vec<String>,
}

impl Bootstrap {
    /// Reads `SASL_SSL://host:port,host:port`; without a scheme it is `default`.
    pub(crate) fn parse(text: &str, default: Protocol) -> Result<Self, CliError> {
        let (protocol, rest) = match text.split_once("://") {
            None => (default, text),
            Some(("SASL_SSL", rest)) => (Protocol::SaslSsl, rest),
            Some(("SASL_PLAINTEXT", rest)) => (Protocol::SaslPlaintext, rest),
            Some((other, _)) => {
                return Err(malformed(text, &format!("{other:?} is not supported")));
            }
        };
        let addresses: Vec<String> = rest.split(',').map(|a| a.trim().to_owned()).collect();
        for address in &addresses {
            let port = address.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if !matches!(port, Some(Ok(1..))) {
                return Err(malformed(text, &format!("{address:?} is not host:port")));
            }
        }
        Ok(Self { protocol, addresses })
    }
}

/// The host of `host:port`, brackets of IPv6 removed.
pub(super) fn host(address: &str) -> &str {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

fn malformed(text: &str, why: &str) -> CliError {
    CliError::usage("kafka.bootstrap", format!("the Kafka address {text:?} is wrong: {why}"))
        .suggest("Write SASL_SSL://host:port or SASL_PLAINTEXT://host:port.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_their_protocol() {
        let plain = Bootstrap::parse("127.0.0.1:9092", Protocol::SaslPlaintext).unwrap();
        assert_eq!(plain.protocol, Protocol::SaslPlaintext);
        let tls = Bootstrap::parse("SASL_SSL://a:1, [::1]:2", Protocol::SaslPlaintext).unwrap();
        assert_eq!(tls.protocol, Protocol::SaslSsl);
        assert_eq!(tls.addresses, ["a:1", "[::1]:2"]);
        assert_eq!(host("[::1]:2"), "::1");
    }

    #[test]
    fn other_text_is_refused() {
        for bad in ["", "a", "a:0", "a:x", "SSL://a:1", "a:1,"] {
            assert!(Bootstrap::parse(bad, Protocol::SaslSsl).is_err(), "{bad}");
        }
    }
}
