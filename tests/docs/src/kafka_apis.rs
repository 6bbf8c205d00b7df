use kafka_protocol::messages::ApiKey;
use protocol::versions::OFFERED;

const TOP: &str = "\
# Kafka APIs

What the broker advertises, which is what works end to end. A client that needs more falls back or says so. This page is
written from the broker's own table; `WEIR_BLESS=1 cargo test -p docs` renews it.

| Key | Request | Versions |
|---|---|---|
";

const BOTTOM: &str = "
Produce is advertised from version 0 because librdkafka drops codecs otherwise (KAFKA-18659); versions below 3 are refused
when they are used.

SASL mechanisms:

| Mechanism | What is shown | Session |
|---|---|---|
| PLAIN | An API key as user, its secret as password | As long as the key is there |
| OAUTHBEARER | A token of an [identity provider](../operate/identity.md#kafka-clients), with the extensions `logicalCluster` and `identityPoolId` | As long as the token, unless another is shown before on the same connection (KIP-368) |
";

/// The matrix of Kafka requests and versions.
#[must_use]
pub fn kafka_apis() -> String {
    let mut page = String::from(TOP);
    for offered in OFFERED {
        let name = ApiKey::try_from(offered.key).map_or("?".to_owned(), |key| format!("{key:?}"));
        let (key, min, max) = (offered.key, offered.min, offered.max);
        page.push_str(&format!("| {key} | {name} | {min} to {max} |\n"));
    }
    page.push_str(BOTTOM);
    page
}
