use common_seams::{Rng, SeededRng};

/// Numbers at which lengths and counts go wrong.
const EDGES: [i64; 14] = [
    0,
    1,
    -1,
    7,
    127,
    128,
    255,
    32_767,
    65_535,
    1 << 20,
    i32::MAX as i64,
    i32::MIN as i64,
    i64::MAX,
    i64::MIN,
];
const LENGTH_MAX: usize = 1 << 16;

/// Changes `input` in one to six places; `other` is a second input to take pieces from.
pub(crate) fn mutate(rng: &SeededRng, input: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=rng.below(6) {
        change(rng, input, other);
    }
    input.truncate(LENGTH_MAX);
}

fn change(rng: &SeededRng, input: &mut Vec<u8>, other: &[u8]) {
    let at = index(rng, input.len() + 1);
    match rng.below(9) {
        0 => flip(rng, input),
        1 => overwrite(input, at, &[random_byte(rng)]),
        2 => overwrite(input, at, &number(rng)),
        3 => {
            let word = nudged(rng, input, at);
            overwrite(input, at, &word);
        }
        4 => input.truncate(at),
        5 => drop(input.drain(at..(at + index(rng, 16)).min(input.len()))),
        6 => insert(input, at, &number(rng)),
        7 => {
            let from = index(rng, other.len() + 1);
            let piece = &other[from..(from + index(rng, 64)).min(other.len())];
            insert(input, at, piece);
        }
        _ => {
            let piece = input[at..(at + index(rng, 64)).min(input.len())].to_vec();
            insert(input, at, &piece);
        }
    }
}

fn flip(rng: &SeededRng, input: &mut [u8]) {
    if !input.is_empty() {
        let at = index(rng, input.len());
        input[at] ^= 1 << rng.below(8);
    }
}

/// An edge in a width and byte order that some field has.
fn number(rng: &SeededRng) -> Vec<u8> {
    let edge = EDGES[index(rng, EDGES.len())];
    let (big, little) = (edge.to_be_bytes(), edge.to_le_bytes());
    match rng.below(6) {
        0 => big[6..].to_vec(),
        1 => big[4..].to_vec(),
        2 => big.to_vec(),
        3 => little[..2].to_vec(),
        4 => little[..4].to_vec(),
        _ => little.to_vec(),
    }
}

/// The big-endian word that is there, a little more or a little less.
fn nudged(rng: &SeededRng, input: &[u8], at: usize) -> Vec<u8> {
    let Some(word) = input.get(at..at + 4) else { return vec![random_byte(rng)] };
    let word = u32::from_be_bytes([word[0], word[1], word[2], word[3]]);
    let by = u32::try_from(rng.below(9)).unwrap_or(0).wrapping_sub(4);
    word.wrapping_add(by).to_be_bytes().to_vec()
}

fn overwrite(input: &mut [u8], at: usize, bytes: &[u8]) {
    for (to, from) in input.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

fn random_byte(rng: &SeededRng) -> u8 {
    rng.next_u64().to_le_bytes()[0]
}

/// A random number below `bound`, which must not be 0.
pub(crate) fn index(rng: &SeededRng, bound: usize) -> usize {
    usize::try_from(rng.below(bound as u64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_makes_the_same_changes() {
        let changed = |seed| {
            let rng = SeededRng::new(seed);
            let mut input = b"a request of some length".to_vec();
            (0..100).for_each(|_| mutate(&rng, &mut input, b"another"));
            input
        };
        assert_eq!(changed(7), changed(7));
        assert_ne!(changed(7), changed(8));
    }

    #[test]
    fn empty_input_can_be_changed() {
        let rng = SeededRng::new(1);
        for _ in 0..1000 {
            mutate(&rng, &mut Vec::new(), b"");
        }
    }
}
