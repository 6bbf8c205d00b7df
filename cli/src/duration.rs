//! Durations as people type them: `500ms`, `30s`, `10m`, `2h`.

use std::time::Duration;

/// Reads a whole number with a unit.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 =
        number.parse().map_err(|_| format!("{text:?} does not start with a number"))?;
    let seconds = match unit {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        other => return Err(format!("{other:?} is no unit; use ms, s, m or h, as in `10m`")),
    };
    seconds.map(Duration::from_secs).ok_or_else(|| format!("{text:?} is too long"))
}

/// Writes a duration the way [`parse`] reads it.
pub(crate) fn show(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        _ if ms == 0 || !ms.is_multiple_of(1000) => format!("{ms}ms"),
        _ if ms.is_multiple_of(3_600_000) => format!("{}h", ms / 3_600_000),
        _ if ms.is_multiple_of(60_000) => format!("{}m", ms / 60_000),
        _ => format!("{}s", ms / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_back_as_written() {
        for text in ["500ms", "30s", "10m", "2h"] {
            assert_eq!(show(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn a_number_needs_its_unit() {
        for bad in ["10", "m", "-1s", "5d", "99999999999999999999s", "18446744073709551615h"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
