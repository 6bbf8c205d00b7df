//! Kept answers, sealed: whoever reads the store alone cannot read the secret in one of them. It takes
//! the pepper, which is not in the store, and the key of the request, of which only a digest is.

use common_seams::Rng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::ports::Receipt;
use crate::secret::Peppers;

/// Replaces the answer by nonce and ciphertext, and notes the pepper.
pub(crate) fn seal(
    peppers: &Peppers,
    rng: &dyn Rng,
    receipt: &mut Receipt,
    key: &str,
) -> Option<()> {
    receipt.pepper_version = peppers.current();
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    let mut text = std::mem::take(&mut receipt.answer);
    let sealed = cipher(peppers, receipt, key)?.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(said(receipt)),
        &mut text,
    );
    sealed.ok()?;
    receipt.answer = [nonce.as_slice(), &text].concat();
    Some(())
}

/// The answer as it was. `None` when pepper, key or bytes are others.
pub(crate) fn open(peppers: &Peppers, receipt: &Receipt, key: &str) -> Option<Vec<u8>> {
    let (nonce, text) = receipt.answer.split_first_chunk::<NONCE_LEN>()?;
    let mut text = text.to_vec();
    let opened = cipher(peppers, receipt, key)?.open_in_place(
        Nonce::assume_unique_for_key(*nonce),
        Aad::from(said(receipt)),
        &mut text,
    );
    let length = opened.ok()?.len();
    text.truncate(length);
    Some(text)
}

fn cipher(peppers: &Peppers, receipt: &Receipt, key: &str) -> Option<LessSafeKey> {
    let id = &receipt.id;
    // Lengths keep one part from running into the next.
    let parts = format!(
        "receipt {}:{}:{}:{}:{key}",
        id.organization_id.len(),
        id.organization_id,
        id.principal_id.len(),
        id.principal_id
    );
    let bytes = peppers.derive(receipt.pepper_version, &parts)?;
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?))
}

/// What an answer is bound to: it cannot be put below another request.
fn said(receipt: &Receipt) -> Vec<u8> {
    [receipt.request.as_slice(), &receipt.status.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;
    use crate::ports::ReceiptId;

    fn receipt() -> Receipt {
        Receipt {
            id: ReceiptId {
                organization_id: "o".to_owned(),
                principal_id: "sa-1".to_owned(),
                key: [1; 32],
            },
            request: [2; 32],
            status: 202,
            answer: b"{\"secret\":\"weir...\"}".to_vec(),
            pepper_version: 0,
            created_us: 5,
        }
    }

    #[test]
    fn sealed_answer_opens_with_pepper_and_key_alone() {
        let peppers = Peppers::new(2, [7; 32]);
        let (mut kept, rng) = (receipt(), SeededRng::new(1));
        seal(&peppers, &rng, &mut kept, "a key").unwrap();
        assert_eq!(kept.pepper_version, 2);
        let plain = receipt().answer;
        assert!(!kept.answer.windows(6).any(|part| plain.windows(6).any(|other| part == other)));
        assert_eq!(open(&peppers, &kept, "a key"), Some(plain.clone()));
        let newer = Peppers::new(3, [8; 32]).with_older(2, [7; 32]);
        assert_eq!(open(&newer, &kept, "a key"), Some(plain));
        assert_eq!(open(&peppers, &kept, "a kez"), None);
        assert_eq!(open(&Peppers::new(2, [8; 32]), &kept, "a key"), None);
        assert_eq!(open(&Peppers::new(3, [7; 32]), &kept, "a key"), None);
        let other = Receipt { request: [3; 32], ..kept.clone() };
        assert_eq!(open(&peppers, &other, "a key"), None);
        let cut = Receipt { answer: kept.answer[..10].to_vec(), ..kept };
        assert_eq!(open(&peppers, &cut, "a key"), None);
    }
}
