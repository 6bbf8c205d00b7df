//! Secrets of second factors, sealed, and recovery codes: whoever reads the store alone can make no code.

use common_seams::Rng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::model::{RECOVERY_CODES, SecondFactor};
use crate::secret::Peppers;

/// Letters and digits that are hard to mistake for one another: five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
/// Characters of a recovery code: 60 bits.
const CODE_LENGTH: usize = 12;

/// Seals a secret into a row, and notes the pepper.
pub(crate) fn seal(
    peppers: &Peppers,
    rng: &dyn Rng,
    row: &mut SecondFactor,
    secret: &[u8],
) -> Option<()> {
    row.pepper_version = peppers.current();
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    let mut text = secret.to_vec();
    let sealed = cipher(peppers, row)?.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(row.person_id.as_bytes()),
        &mut text,
    );
    sealed.ok()?;
    row.secret = [nonce.as_slice(), &text].concat();
    Some(())
}

/// The secret as it was. `None` when pepper, person or bytes are others.
pub(crate) fn open(peppers: &Peppers, row: &SecondFactor) -> Option<Vec<u8>> {
    let (nonce, text) = row.secret.split_first_chunk::<NONCE_LEN>()?;
    let mut text = text.to_vec();
    let opened = cipher(peppers, row)?.open_in_place(
        Nonce::assume_unique_for_key(*nonce),
        Aad::from(row.person_id.as_bytes()),
        &mut text,
    );
    let length = opened.ok()?.len();
    text.truncate(length);
    Some(text)
}

fn cipher(peppers: &Peppers, row: &SecondFactor) -> Option<LessSafeKey> {
    let parts = format!("second factor {}:{}", row.organization_id.len(), row.organization_id);
    let bytes = peppers.derive(row.pepper_version, &parts)?;
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?))
}

/// Makes recovery codes: their digests go into the row, they themselves to the person, once.
pub(crate) fn new_codes(peppers: &Peppers, rng: &dyn Rng, row: &mut SecondFactor) -> Vec<String> {
    let letter = || char::from(ALPHABET[usize::try_from(rng.below(32)).unwrap_or(0)]);
    let codes: Vec<String> =
        (0..RECOVERY_CODES).map(|_| (0..CODE_LENGTH).map(|_| letter()).collect()).collect();
    row.recovery = codes.iter().map(|code| digest(peppers, row, code)).collect();
    codes
}

/// The row without a recovery code, if it is one of its codes.
pub(crate) fn without_code(
    peppers: &Peppers,
    row: &SecondFactor,
    code: &str,
) -> Option<SecondFactor> {
    let shown: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    if shown.len() != CODE_LENGTH {
        return None;
    }
    let text = said(row, &shown);
    let is_other = |digest: &&[u8; 32]| !peppers.matches(row.pepper_version, digest, &text);
    let others: Vec<_> = row.recovery.iter().filter(is_other).copied().collect();
    (others.len() < row.recovery.len()).then(|| SecondFactor { recovery: others, ..row.clone() })
}

fn digest(peppers: &Peppers, row: &SecondFactor, code: &str) -> [u8; 32] {
    peppers.seal(&said(row, code)).0
}

/// What a digest is made of: the code of one person is none of another.
fn said(row: &SecondFactor, code: &str) -> String {
    format!("recovery code {}:{code}", row.person_id)
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    fn row(person: &str) -> SecondFactor {
        SecondFactor {
            person_id: person.to_owned(),
            organization_id: "o".to_owned(),
            secret: Vec::new(),
            recovery: Vec::new(),
            pepper_version: 0,
            last_step: 0,
            created_us: 1,
            confirmed_us: None,
        }
    }

    #[test]
    fn a_secret_opens_for_its_person_and_pepper_alone() {
        let (peppers, rng) = (Peppers::new(1, [7; 32]), SeededRng::new(1));
        let mut sealed = row("u-1");
        seal(&peppers, &rng, &mut sealed, b"secret").unwrap();
        assert_eq!(open(&peppers, &sealed).as_deref(), Some(b"secret".as_slice()));
        assert!(!sealed.secret.windows(6).any(|part| part == b"secret"));
        assert_eq!(open(&Peppers::new(1, [8; 32]), &sealed), None);
        assert_eq!(
            open(&peppers, &SecondFactor { person_id: "u-2".into(), ..sealed.clone() }),
            None
        );
        assert_eq!(open(&peppers, &SecondFactor { secret: vec![1; 40], ..sealed }), None);
    }

    #[test]
    fn a_recovery_code_is_one_person_s_and_goes_when_it_is_used() {
        let (peppers, rng) = (Peppers::new(1, [7; 32]), SeededRng::new(1));
        let mut first = row("u-1");
        first.pepper_version = peppers.current();
        let codes = new_codes(&peppers, &rng, &mut first);
        assert_eq!((codes.len(), first.recovery.len()), (RECOVERY_CODES, RECOVERY_CODES));
        let typed = format!(" {}-{} ", &codes[3][..6], &codes[3][6..]);
        let left = without_code(&peppers, &first, &typed).unwrap();
        assert_eq!(left.recovery.len(), RECOVERY_CODES - 1);
        assert_eq!(without_code(&peppers, &left, &codes[3]), None, "once");
        let other = SecondFactor { person_id: "u-2".into(), ..first.clone() };
        assert_eq!(without_code(&peppers, &other, &codes[0]), None);
        assert_eq!(without_code(&peppers, &first, ""), None);
    }
}
