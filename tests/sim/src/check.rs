use std::collections::BTreeMap;

use bytes::Bytes;

use crate::model::Known;

/// Compares a partition, read from `start` to its end, with what the clients know. The error names the
/// invariant.
pub(crate) fn check(known: &Known, start: i64, log: &[(i64, Bytes)]) -> Result<(), String> {
    for (expected, (offset, _)) in (start..).zip(log) {
        if *offset != expected {
            return Err(format!("I2: offset {offset} where {expected} should be"));
        }
    }
    let end = start + i64::try_from(log.len()).unwrap_or(0);
    if end < known.told_end {
        let told = known.told_end;
        return Err(format!("I3: the log ends at {end}, the end {told} was told before"));
    }
    let at = |offset: i64| {
        usize::try_from(offset - start).ok().and_then(|at| log.get(at)).map(|(_, value)| value)
    };
    let lost = |what: &str, kept: &BTreeMap<i64, Bytes>| {
        let mut kept = kept.range(start..);
        let first = kept.find(|(offset, value)| at(**offset) != Some(*value));
        first.map(|(offset, value)| {
            let found = at(*offset).map_or("nothing".to_owned(), head);
            format!("{what} {} at offset {offset} is {found}, of {end}", head(value))
        })
    };
    if let Some(text) = lost("I1: acknowledged", &known.acknowledged) {
        return Err(text);
    }
    if let Some(text) = lost("I3: served", &known.served) {
        return Err(text);
    }
    let mut first_at = BTreeMap::new();
    for (offset, value) in log {
        if let Some(other) = first_at.insert(value, offset) {
            return Err(format!("I10: {} is at {other} and at {offset}", head(value)));
        }
    }
    Ok(())
}

/// The readable beginning of a value.
fn head(value: &Bytes) -> String {
    let text = value.iter().take(24).take_while(|byte| byte.is_ascii_graphic());
    text.map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(first: i64, values: &[&'static str]) -> Vec<(i64, Bytes)> {
        (first..).zip(values).map(|(n, value)| (n, Bytes::from_static(value.as_bytes()))).collect()
    }

    fn known(acknowledged: &[(i64, &'static str)], served: &[(i64, &'static str)]) -> Known {
        let map = |pairs: &[(i64, &'static str)]| {
            pairs.iter().map(|(n, v)| (*n, Bytes::from_static(v.as_bytes()))).collect()
        };
        let mut known = Known::default();
        (known.acknowledged, known.served) = (map(acknowledged), map(served));
        known
    }

    fn verdict(known: &Known, start: i64, values: &[&'static str]) -> String {
        check(known, start, &log(start, values)).err().unwrap_or_default()
    }

    #[test]
    fn each_broken_promise_is_named() {
        let fine = known(&[(0, "a")], &[(1, "b")]);
        assert_eq!(verdict(&fine, 0, &["a", "b", "c"]), "");
        assert_eq!(verdict(&fine, 1, &["b", "c"]), "", "what was deleted is not missed");
        assert!(verdict(&fine, 0, &["x", "b"]).starts_with("I1"));
        assert!(verdict(&fine, 0, &["a"]).starts_with("I3"));
        assert!(verdict(&fine, 0, &["a", "b", "a"]).starts_with("I10"));
        let mut told = Known::default();
        told.told_end = 3;
        assert!(verdict(&told, 1, &["b"]).starts_with("I3"));
        let gap = vec![(0, Bytes::from_static(b"a")), (2, Bytes::from_static(b"b"))];
        assert!(check(&Known::default(), 0, &gap).is_err_and(|e| e.starts_with("I2")));
    }
}
