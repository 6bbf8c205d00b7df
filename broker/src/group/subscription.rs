use std::collections::BTreeSet;

use bytes::{Buf, Bytes};

/// The topics of a consumer's subscription (`ConsumerProtocolSubscription`, any version: the list of
/// topics comes first in all of them). `None` when the bytes are something else.
pub(super) fn subscribed_topics(metadata: &Bytes) -> Option<BTreeSet<String>> {
    let mut rest = metadata.clone();
    let _version = rest.try_get_i16().ok()?;
    let count = rest.try_get_i32().ok()?;
    (0..count).map(|_| text(&mut rest)).collect()
}

fn text(rest: &mut Bytes) -> Option<String> {
    let size = usize::try_from(rest.try_get_i16().ok()?).ok()?;
    if rest.len() < size {
        return None;
    }
    String::from_utf8(rest.split_to(size).to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_come_first_in_every_version() {
        let bytes = b"\x00\x03\x00\x00\x00\x02\x00\x01a\x00\x02bc\xff\xff\xff\xff";
        let topics = subscribed_topics(&Bytes::from_static(bytes)).unwrap();
        assert_eq!(topics.into_iter().collect::<Vec<_>>(), ["a", "bc"]);
        assert_eq!(subscribed_topics(&Bytes::from_static(&[0, 1, 0, 0, 0, 1, 0])), None);
        assert_eq!(subscribed_topics(&Bytes::new()), None);
    }
}
