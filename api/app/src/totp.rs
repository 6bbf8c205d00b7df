//! Codes that change with time, as RFC 6238 has them: six digits, HMAC-SHA-1, steps of 30 seconds. Every authenticator
//! knows these; other lengths and hashes many do not.

use ring::hmac;
use subtle::ConstantTimeEq;

const STEP_US: i64 = 30_000_000;
const DIGITS: usize = 6;
/// Codes of the step before and of the one after are taken too: clocks differ.
const DRIFT: i64 = 1;
/// Bytes of a secret, as RFC 4226 recommends.
pub(crate) const SECRET: usize = 20;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Which step a code is of, among those that count now and come after `last_step`.
pub(crate) fn step_of(secret: &[u8], code: &str, now_us: i64, last_step: i64) -> Option<i64> {
    let now = now_us.div_euclid(STEP_US);
    let mut found = None;
    for step in (now - DRIFT)..=(now + DRIFT) {
        // All are compared, whatever the ones before said.
        let same = bool::from(code_at(secret, step).as_bytes().ct_eq(code.as_bytes()));
        if same && step > last_step {
            found = Some(step);
        }
    }
    found
}

fn code_at(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 15);
    let word = tag[at..at + 4].iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    let code = (word & 0x7fff_ffff) % 1_000_000;
    format!("{code:0DIGITS$}")
}

/// Bytes as authenticators want them typed.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut word = [0_u8; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(word);
        for n in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (bits >> (59 - 5 * n)) & 31;
            text.push(char::from(BASE32[usize::try_from(index).unwrap_or(0)]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, SHA-1; the last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_i64, "353130"),
        ] {
            assert_eq!(code_at(KEY, seconds / 30), code);
            assert_eq!(step_of(KEY, code, seconds * 1_000_000, 0), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_counts_a_step_around_its_own_and_once() {
        let now_us = 1_111_111_111_000_000;
        let step = now_us / STEP_US;
        for (at, found) in [(-2, None), (-1, Some(-1)), (0, Some(0)), (1, Some(1)), (2, None)] {
            let code = code_at(KEY, step + at);
            assert_eq!(step_of(KEY, &code, now_us, 0), found.map(|at: i64| step + at));
        }
        let code = code_at(KEY, step);
        assert_eq!(step_of(KEY, &code, now_us, step), None, "a replay");
        assert_eq!(step_of(KEY, &code, now_us, step - 1), Some(step));
        for other in ["", "00000", "0000000", "abcdef"] {
            assert_eq!(step_of(KEY, other, now_us, 0), None, "{other}");
        }
    }

    #[test]
    fn secrets_are_written_as_rfc_4648_has_them() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(KEY), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
