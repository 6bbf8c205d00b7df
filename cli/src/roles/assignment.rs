//! The partitions of a member, as clients of consumer groups tell each other. A broker does not look into
//! it, so it may hold anything.

/// Topics and partitions; what cannot be read ends the list.
pub(super) fn partitions_of(mut data: &[u8]) -> Vec<(String, i32)> {
    let mut found = Vec::new();
    // Version; what later ones add comes behind the topics.
    let _ = read_all(&mut data, &mut found);
    found
}

fn read_all(data: &mut &[u8], found: &mut Vec<(String, i32)>) -> Option<()> {
    take::<2>(data)?;
    let topics = i32::from_be_bytes(take(data)?);
    for _ in 0..topics {
        let length = usize::try_from(i16::from_be_bytes(take(data)?)).ok()?;
        let (name, rest) = data.split_at_checked(length)?;
        *data = rest;
        let name = std::str::from_utf8(name).ok()?;
        let partitions = i32::from_be_bytes(take(data)?);
        for _ in 0..partitions {
            found.push((name.to_owned(), i32::from_be_bytes(take(data)?)));
        }
    }
    Some(())
}

fn take<const N: usize>(data: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = data.split_first_chunk::<N>()?;
    *data = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::partitions_of;

    #[test]
    fn assignment_is_read_as_far_as_it_is_one() {
        let mut data = vec![0, 1, 0, 0, 0, 2];
        for (name, partitions) in [("a", &[0_i32, 2][..]), ("bc", &[1])] {
            data.extend_from_slice(&i16::try_from(name.len()).unwrap().to_be_bytes());
            data.extend_from_slice(name.as_bytes());
            data.extend_from_slice(&i32::try_from(partitions.len()).unwrap().to_be_bytes());
            partitions.iter().for_each(|p| data.extend_from_slice(&p.to_be_bytes()));
        }
        let whole: Vec<(String, i32)> =
            [("a", 0), ("a", 2), ("bc", 1)].map(|(name, p)| (name.to_owned(), p)).into();
        assert_eq!(partitions_of(&data), whole);
        for cut in 0..data.len() {
            let found = partitions_of(&data[..cut]);
            assert_eq!(found, whole[..found.len()]);
        }
        assert_eq!(partitions_of(&[0, 0, 0x7f, 0xff, 0xff, 0xff]), []);
        assert_eq!(partitions_of(b""), []);
    }
}
