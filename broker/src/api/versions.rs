//! ApiVersions (key 18). A version that is not known is answered in version 0, with the list (KIP-511).

use bytes::Bytes;
use kafka_protocol::messages::ApiVersionsResponse;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use protocol::error_code;
use protocol::versions::{OFFERED, Offered};

use crate::server::{BadRequest, encode};

pub(crate) fn answer(
    api: &'static Offered,
    version: i16,
    correlation_id: i32,
) -> Result<Bytes, BadRequest> {
    let known = (api.min..=api.max).contains(&version);
    let keys = OFFERED
        .iter()
        .map(|o| {
            ApiVersion::default()
                .with_api_key(o.key)
                .with_min_version(o.min)
                .with_max_version(o.max)
        })
        .collect();
    let error = if known { error_code::NONE } else { error_code::UNSUPPORTED_VERSION };
    let answer = ApiVersionsResponse::default()
        .with_error_code(error)
        .with_api_keys(keys)
        .with_finalized_features_epoch(-1);
    encode(correlation_id, api, if known { version } else { 0 }, &answer)
}
