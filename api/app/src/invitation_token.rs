//! What somebody shows who was invited: the id of the invitation and a random part, which is known by its digest.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_seams::Rng;

/// Bytes of the random part, which nobody can guess.
const RANDOM: usize = 32;
/// Longer ones are none of ours.
const LENGTH_MAX: usize = 128;
const MARK: char = '.';

/// Makes the token of an invitation.
pub(crate) fn new_token(rng: &dyn Rng, invitation_id: &str) -> String {
    let mut random = [0; RANDOM];
    rng.fill(&mut random);
    format!("{invitation_id}{MARK}{}", URL_SAFE_NO_PAD.encode(random))
}

/// The link that is handed out. The token is behind `#`, so that browsers send it to no server and it gets
/// into no log.
pub(crate) fn link_of(base_url: &str, token: &str) -> String {
    format!("{base_url}/invite#{token}")
}

/// The token in what people copied: it alone, or the whole link.
pub(crate) fn token_in(text: &str) -> &str {
    let text = text.trim();
    text.rsplit_once('#').map_or(text, |(_, token)| token)
}

/// Which invitation a token names. `None` when it is no token of ours.
pub(crate) fn invitation_of(token: &str) -> Option<&str> {
    let (id, random) = token.split_once(MARK).filter(|_| token.len() <= LENGTH_MAX)?;
    (id.starts_with("i-") && !random.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use common_seams::SeededRng;

    use super::*;

    #[test]
    fn a_token_names_its_invitation_alone_or_in_its_link() {
        let rng = SeededRng::new(1);
        let token = new_token(&rng, "i-abc");
        assert_eq!(invitation_of(&token), Some("i-abc"));
        let link = link_of("http://127.0.0.1:8080", &token);
        assert_eq!(token_in(&format!(" {link}\n")), token);
        assert_eq!(token_in(&token), token);
        assert_ne!(new_token(&rng, "i-abc"), token, "each is another");
    }

    #[test]
    fn other_texts_name_none() {
        for text in ["", "i-abc", "i-abc.", "u-abc.x", ".x", &format!("i-{}.x", "a".repeat(200))] {
            assert_eq!(invitation_of(text), None, "{text}");
        }
    }
}
