//! CIDR: a range of addresses with a common prefix, as `172.20.0.0/16`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Deserializer, de::Error};

/// An address with the length of the prefix that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cidr {
    address: IpAddr,
    prefix: u8,
}

/// What is not routed on the internet: RFC 1918, the shared space of RFC 6598, and the unique local addresses of RFC 4193.
const PRIVATE: [Cidr; 5] = [
    Cidr { address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), prefix: 8 },
    Cidr { address: IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), prefix: 12 },
    Cidr { address: IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), prefix: 16 },
    Cidr { address: IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), prefix: 10 },
    Cidr { address: IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), prefix: 7 },
];

impl Cidr {
    /// Reads `ADDRESS/PREFIX`.
    pub(super) fn parse(text: &str) -> Option<Cidr> {
        let (address, prefix) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        if !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= bits(address))?;
        Some(Cidr { address, prefix })
    }

    /// The same range with no bits set behind the prefix.
    pub(super) fn network(self) -> Cidr {
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Cidr { address, ..self }
    }

    /// Whether an address is in the range.
    pub(super) fn has(self, address: IpAddr) -> bool {
        let same_family = self.address.is_ipv4() == address.is_ipv4();
        same_family && Cidr { address, prefix: self.prefix }.network() == self.network()
    }

    /// Whether all of another range is in this one.
    pub(super) fn covers(self, other: Cidr) -> bool {
        self.prefix <= other.prefix && self.has(other.address)
    }

    /// Whether some address is in both.
    pub(super) fn overlaps(self, other: Cidr) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// Whether all of it is for private use.
    pub(super) fn is_private(self) -> bool {
        PRIVATE.iter().any(|private| private.covers(self))
    }

    /// Whether it is a range of IPv4.
    pub(super) fn is_ipv4(self) -> bool {
        self.address.is_ipv4()
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cidr, D::Error> {
        let text = String::deserialize(deserializer)?;
        let cidr = Cidr::parse(&text).filter(|cidr| cidr.network() == *cidr);
        cidr.ok_or_else(|| D::Error::custom(format!("`{text}` is no subnet such as `172.20.0.0/16`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text).unwrap()
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in
            ["", "/", "172.20.0.0", "172.20.0.0/33", "172.20.0/16", "172.20.0.0/+8", "::/129", "a/8", "1.2.3.4/"]
        {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn bits_behind_the_prefix_are_seen() {
        for (text, network) in [
            ("172.20.0.1/16", "172.20.0.0/16"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("1.2.3.4/0", "0.0.0.0/0"),
            ("1.2.3.4/32", "1.2.3.4/32"),
            ("fd00::1/64", "fd00::/64"),
            ("fd00::1/0", "::/0"),
            ("fd00::1/128", "fd00::1/128"),
        ] {
            assert_eq!(cidr(text).network().to_string(), network);
        }
    }

    #[test]
    fn ranges_overlap_if_one_is_in_the_other() {
        for (one, other, overlap) in [
            ("172.20.0.0/16", "172.20.5.0/24", true),
            ("172.20.5.0/24", "172.20.0.0/16", true),
            ("172.20.0.0/16", "172.20.0.0/16", true),
            ("172.20.0.0/16", "172.21.0.0/16", false),
            ("0.0.0.0/0", "fd00::/8", false),
            ("fd00::/8", "fd12::/16", true),
        ] {
            assert_eq!(cidr(one).overlaps(cidr(other)), overlap, "{one} {other}");
        }
    }

    #[test]
    fn private_is_what_lies_in_a_private_range_as_a_whole() {
        for (text, private) in [
            ("10.1.0.0/16", true),
            ("172.16.0.0/12", true),
            ("172.0.0.0/8", false),
            ("172.32.0.0/16", false),
            ("192.168.7.0/24", true),
            ("100.64.0.0/10", true),
            ("100.0.0.0/8", false),
            ("8.8.8.0/24", false),
            ("fd12:3456::/48", true),
            ("2001:db8::/32", false),
        ] {
            assert_eq!(cidr(text).is_private(), private, "{text}");
        }
    }
}
