/// Reads bytes a second: `500000`, `512KiB`, `10MiB`, `1GiB`.
pub(super) fn rate(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let unit = UNITS.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size)));
    let (number, size) = unit.unwrap_or((text, 1));
    let read = number.parse::<u64>().ok().and_then(|number| number.checked_mul(size));
    let fits = read.filter(|rate| (1..=i64::MAX.unsigned_abs()).contains(rate));
    fits.ok_or_else(|| "expected bytes per second, like 500000, 512KiB or 10MiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_units() {
        for (text, bytes) in
            [("1", 1), ("512KiB", 512 << 10), ("10MiB", 10 << 20), ("1GiB", 1 << 30)]
        {
            assert_eq!(rate(text), Ok(bytes), "{text}");
        }
        for bad in ["", "0", "-1", "1.5MiB", "10MB", "99999999999999999999", "9999999999999GiB"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
