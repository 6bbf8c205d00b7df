//! Secrets of clients at identity providers, sealed: they have to be shown to the provider, so a digest would not do.

use common_seams::Rng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::model::SsoConnection;
use crate::secret::Peppers;

/// Seals a secret into a row, and notes the pepper. An empty one stays empty.
pub(crate) fn seal(
    peppers: &Peppers,
    rng: &dyn Rng,
    row: &mut SsoConnection,
    secret: &str,
) -> Option<()> {
    row.pepper_version = peppers.current();
    if secret.is_empty() {
        row.secret = Vec::new();
        return Some(());
    }
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    let mut text = secret.as_bytes().to_vec();
    let (cipher, bound) = (cipher(peppers, row)?, bound(row));
    let sealed = cipher.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(bound.as_bytes()),
        &mut text,
    );
    sealed.ok()?;
    row.secret = [nonce.as_slice(), &text].concat();
    Some(())
}

/// The secret as it was, empty where there is none. `None` when pepper, organisation, provider or bytes are others.
pub(crate) fn open(peppers: &Peppers, row: &SsoConnection) -> Option<String> {
    if row.secret.is_empty() {
        return Some(String::new());
    }
    let (nonce, text) = row.secret.split_first_chunk::<NONCE_LEN>()?;
    let mut text = text.to_vec();
    let bound = bound(row);
    let opened = cipher(peppers, row)?.open_in_place(
        Nonce::assume_unique_for_key(*nonce),
        Aad::from(bound.as_bytes()),
        &mut text,
    );
    String::from_utf8(opened.ok()?.to_vec()).ok()
}

fn cipher(peppers: &Peppers, row: &SsoConnection) -> Option<LessSafeKey> {
    let id = &row.organization_id;
    let bytes = peppers.derive(row.pepper_version, &format!("sso secret {}:{id}", id.len()))?;
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?))
}

/// A secret is shown to the provider that it was set for, and to no other that somebody puts in its place.
fn bound(row: &SsoConnection) -> String {
    format!("{}:{}{}", row.issuer.len(), row.issuer, row.client_id)
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn a_secret_opens_for_its_organization_and_provider_alone() {
        let (peppers, rng) = (Peppers::new(1, [7; 32]), SeededRng::new(1));
        let mut row = SsoConnection {
            organization_id: "o".to_owned(),
            issuer: "https://id.example.com".to_owned(),
            client_id: "weir".to_owned(),
            secret: Vec::new(),
            pepper_version: 0,
            domains: Vec::new(),
            scopes: Vec::new(),
            created_us: 1,
            updated_us: 1,
        };
        seal(&peppers, &rng, &mut row, "").unwrap();
        assert_eq!(open(&peppers, &row).as_deref(), Some(""));
        seal(&peppers, &rng, &mut row, "secret").unwrap();
        assert_eq!(open(&peppers, &row).as_deref(), Some("secret"));
        assert!(!row.secret.windows(6).any(|part| part == b"secret"));
        for other in [
            SsoConnection { organization_id: "p".to_owned(), ..row.clone() },
            SsoConnection { issuer: "https://evil.example.com".to_owned(), ..row.clone() },
            SsoConnection { client_id: "other".to_owned(), ..row.clone() },
            SsoConnection { secret: vec![1; 40], ..row.clone() },
        ] {
            assert_eq!(open(&peppers, &other), None);
        }
        assert_eq!(open(&Peppers::new(1, [8; 32]), &row), None);
    }
}
