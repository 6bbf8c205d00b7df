use std::fmt::Write as _;

use api_app::{Endpoints, Page};
use api_types::{List, ListMeta};

use crate::http::Params;

/// One page in its envelope. `next` is left out on the last page.
pub(crate) fn list<T, V>(
    endpoints: &Endpoints,
    (api_version, kind, path): (&str, &str, &str),
    params: &Params,
    page: Page<T>,
    view: impl Fn(T) -> V,
) -> List<V> {
    let query = params.without_token();
    let base = format!("{}{path}", endpoints.api_base_url);
    let next = page.next.map(|token| {
        let mut pairs = query.clone();
        pairs.push(("page_token", &token));
        url(&base, &pairs)
    });
    List {
        api_version: api_version.to_owned(),
        kind: format!("{kind}List"),
        metadata: ListMeta { first: Some(url(&base, &query)), next },
        data: page.items.into_iter().map(view).collect(),
    }
}

pub(super) fn url(base: &str, pairs: &[(&str, &str)]) -> String {
    let mut text = base.to_owned();
    for (index, (name, value)) in pairs.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        escape(&mut text, name);
        text.push('=');
        escape(&mut text, value);
    }
    text
}

/// Percent-encodes everything but unreserved characters.
pub(super) fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
