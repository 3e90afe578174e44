//! Digest: the content address of a blob, and bytes that are checked against it while they are read.
//!
//! `algorithm:hex` as the image specification has it (`descriptor.md`, "Digests"); sha256 and sha512 are the two
//! registered algorithms.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256, Sha512};

/// `sha256:` and 64 hexadecimal digits, or `sha512:` and 128 of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    text: String,
    algorithm: Algorithm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Algorithm {
    Sha256,
    Sha512,
}

impl Digest {
    /// Reads a digest; nothing if it is none, or of another algorithm.
    pub fn parse(text: &str) -> Option<Digest> {
        let (algorithm, hex) = text.split_once(':')?;
        let (algorithm, length) = match algorithm {
            "sha256" => (Algorithm::Sha256, 64),
            "sha512" => (Algorithm::Sha512, 128),
            _ => return None,
        };
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let right = hex.len() == length && hex.bytes().all(lower_hex);
        right.then(|| Digest { text: text.to_string(), algorithm })
    }

    /// The sha256 of some bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        let mut hash = Hash::Sha256(Sha256::new());
        hash.update(bytes);
        hash.finish()
    }

    /// Whether the bytes have this digest.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let mut hash = Hash::new(self);
        hash.update(bytes);
        hash.finish() == *self
    }

    /// `sha256:...`
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `sha256`.
    pub fn algorithm(&self) -> &str {
        self.text.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The digits.
    pub fn hex(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, hex)| hex)
    }

    /// The algorithm and the first twelve digits, as reports show it.
    pub fn short(&self) -> String {
        format!("{}:{}", self.algorithm(), &self.hex()[..12])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Clone)]
enum Hash {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hash {
    fn new(digest: &Digest) -> Hash {
        match digest.algorithm {
            Algorithm::Sha256 => Hash::Sha256(Sha256::new()),
            Algorithm::Sha512 => Hash::Sha512(Sha512::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Hash::Sha256(hash) => hash.update(bytes),
            Hash::Sha512(hash) => hash.update(bytes),
        }
    }

    fn finish(self) -> Digest {
        let (name, algorithm, bytes) = match self {
            Hash::Sha256(hash) => ("sha256", Algorithm::Sha256, hash.finalize().to_vec()),
            Hash::Sha512(hash) => ("sha512", Algorithm::Sha512, hash.finalize().to_vec()),
        };
        let mut text = format!("{name}:");
        for byte in bytes {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        Digest { text, algorithm }
    }
}

/// A reader that works out the digest of what passes through it.
pub struct Digesting<R> {
    inner: R,
    hash: Hash,
    read: u64,
}

impl<R: Read> Digesting<R> {
    /// Hashes with the algorithm of the digest that is expected.
    pub fn new(inner: R, expected: &Digest) -> Digesting<R> {
        Digesting { inner, hash: Hash::new(expected), read: 0 }
    }

    /// Reads what is left, and gives the digest of everything and how many bytes there were.
    ///
    /// # Errors
    /// What reading meets.
    pub fn finish(mut self) -> io::Result<(Digest, u64)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((self.hash.finish(), self.read))
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.read += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn digests_are_read_as_the_specification_writes_them() {
        assert_eq!(Digest::parse(EMPTY).map(|digest| digest.short()), Some("sha256:e3b0c44298fc".to_string()));
        assert!(Digest::parse(&EMPTY.to_uppercase()).is_none());
        assert!(Digest::parse("sha256:e3b0").is_none());
        assert!(Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").is_none());
        assert!(Digest::parse(&format!("sha512:{}", "0".repeat(128))).is_some());
    }

    #[test]
    fn bytes_are_checked_while_they_pass() {
        let expected = Digest::of(b"hello");
        let (digest, length) = Digesting::new(&b"hello"[..], &expected).finish().expect("a sample");
        assert_eq!((digest, length), (expected.clone(), 5));
        assert!(expected.matches(b"hello") && !expected.matches(b"hullo"));
        assert_eq!(Digest::of(b"").as_str(), EMPTY);
    }
}
