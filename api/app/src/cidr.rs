//! Blocks of addresses.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// All addresses that share their first bits with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

/// A text is no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no block of addresses like 192.0.2.0/24 or 2001:db8::/32 with zeros after its prefix"
)]
pub struct NoCidr(String);

impl Cidr {
    /// Whether an address lies in the block. An IPv4 address in IPv6's clothes is the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(block), IpAddr::V4(one)) => {
                let shift = 32 - u32::from(self.bits);
                let (block, one) = (u64::from(u32::from(block)), u64::from(u32::from(one)));
                block >> shift == one >> shift
            }
            (IpAddr::V6(block), IpAddr::V6(one)) => {
                let differ = u128::from(block) ^ u128::from(one);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = NoCidr;

    fn from_str(text: &str) -> Result<Self, NoCidr> {
        let no = || NoCidr(text.to_owned());
        let (address, bits) = text.split_once('/').ok_or_else(no)?;
        let address: IpAddr = address.parse().map_err(|_| no())?;
        // No sign, no leading zero: one text for one block.
        let bits: u8 = bits.parse().ok().filter(|n: &u8| n.to_string() == bits).ok_or_else(no)?;
        let zeros = match address {
            IpAddr::V4(address) if bits <= 32 => {
                u32::from(address).trailing_zeros() >= 32 - u32::from(bits)
            }
            IpAddr::V6(address) if bits <= 128 => {
                u128::from(address).trailing_zeros() >= 128 - u32::from(bits)
            }
            IpAddr::V4(_) | IpAddr::V6(_) => false,
        };
        if zeros { Ok(Self { address, bits }) } else { Err(no()) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(block: &str, address: &str) -> bool {
        block.parse::<Cidr>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn addresses_lie_in_their_blocks() {
        for (block, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.7/32", "192.0.2.7", "192.0.2.6"),
            ("128.0.0.0/1", "255.1.2.3", "127.0.0.1"),
            ("192.0.2.0/24", "::ffff:192.0.2.9", "::ffff:192.0.3.9"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("2001:db8::1/128", "2001:db8::1", "2001:db8::2"),
        ] {
            assert!(contains(block, inside), "{inside} in {block}");
            assert!(!contains(block, outside), "{outside} in {block}");
        }
        assert!(contains("0.0.0.0/0", "255.255.255.255") && contains("::/0", "ffff::"));
        assert!(!contains("0.0.0.0/0", "::1") && !contains("::/0", "127.0.0.1"));
    }

    #[test]
    fn other_text_is_no_block() {
        for text in ["192.0.2.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32"] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "192.0.2.0",
            "192.0.2.0/33",
            "192.0.2.1/24",
            "192.0.2.0/+8",
            "192.0.2.0/024",
            "::1/64",
            "::/129",
            "host/8",
            "192.0.2.0/24/8",
        ] {
            assert!(bad.parse::<Cidr>().is_err(), "{bad}");
        }
    }
}
