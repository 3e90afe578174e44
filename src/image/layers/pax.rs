//! Extended headers of pax: what they say about the next entry.

use super::Capability;

/// What an extended header says that matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pax {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub capability: Option<Capability>,
    sparse: Sparse,
}

/// What is said of a sparse file; it counts only with a version that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sparse {
    major: Vec<u8>,
    minor: Vec<u8>,
    map: Vec<u8>,
    /// Whether the map is there piece by piece.
    pieces: bool,
    name: Vec<u8>,
    size: Vec<u8>,
    real_size: Vec<u8>,
}

/// The name of the attribute of capabilities, as Go and libarchive's users write it.
const CAPABILITY: &[u8] = b"SCHILY.xattr.security.capability";

impl Pax {
    /// Reads the records `LENGTH KEY=VALUE\n`; nothing if it is not made of these.
    pub fn parse(mut bytes: &[u8]) -> Option<Pax> {
        let mut pax = Pax::default();
        while !bytes.is_empty() {
            let blank = bytes.iter().take(20).position(|byte| *byte == b' ')?;
            let length = usize::try_from(number(&bytes[..blank])?).ok()?;
            let record = bytes.get(blank + 1..length)?;
            bytes = &bytes[length..];
            let record = record.strip_suffix(b"\n")?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            pax.set(&record[..equals], &record[equals + 1..])?;
        }
        Some(pax)
    }

    /// An empty value means that the plain header counts.
    fn set(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        let name = || Some(value.to_vec()).filter(|value| !value.is_empty());
        let amount = || if value.is_empty() { Some(None) } else { number(value).map(Some) };
        match key {
            b"path" => self.path = name(),
            b"linkpath" => self.link = name(),
            b"size" => self.size = amount()?,
            b"uid" => self.uid = amount()?,
            b"gid" => self.gid = amount()?,
            b"GNU.sparse.major" => self.sparse.major = value.to_vec(),
            b"GNU.sparse.minor" => self.sparse.minor = value.to_vec(),
            b"GNU.sparse.map" => self.sparse.map = value.to_vec(),
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => self.sparse.pieces = true,
            b"GNU.sparse.name" => self.sparse.name = value.to_vec(),
            b"GNU.sparse.size" => self.sparse.size = value.to_vec(),
            b"GNU.sparse.realsize" => self.sparse.real_size = value.to_vec(),
            CAPABILITY => self.capability = Capability::parse(value),
            _ => {}
        }
        Some(())
    }

    /// Whether it is of a sparse file, as Go decides it: a version that is known, or none and a map.
    pub fn is_sparse(&self) -> bool {
        let Sparse { major, minor, map, pieces, .. } = &self.sparse;
        match (major.as_slice(), minor.as_slice()) {
            (b"0", b"0" | b"1") | (b"1", b"0") => true,
            (b"", b"") => *pieces || !map.is_empty(),
            _ => false,
        }
    }

    /// The name of a sparse file, if it is said.
    pub fn sparse_name(&self) -> Option<&[u8]> {
        Some(self.sparse.name.as_slice()).filter(|name| self.is_sparse() && !name.is_empty())
    }

    /// The size of a sparse file once it is put together, or the size that is stored if none is said; nothing if it is
    /// no number.
    pub fn sparse_size(&self, stored: u64) -> Option<u64> {
        let said = [&self.sparse.size, &self.sparse.real_size].into_iter().find(|said| !said.is_empty());
        said.map_or(Some(stored), |said| number(said))
    }
}

/// A decimal number of at most 19 digits.
fn number(bytes: &[u8]) -> Option<u64> {
    let digits = (1..=19).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit);
    digits.then(|| bytes.iter().fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0')))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_with_values_of_any_bytes() {
        let pax = Pax::parse(b"20 path=a=b\nc/d/e/f\n9 size=7\n11 uid=123\n10 mtime=\n").unwrap();
        assert_eq!((pax.path.as_deref(), pax.size, pax.uid), (Some(&b"a=b\nc/d/e/f"[..]), Some(7), Some(123)));
        assert_eq!(Pax::parse(b""), Some(Pax::default()));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for bytes in [
            "9 size=-\n",
            "99 size=1\n",
            "8 size=1\n",
            "0 \n",
            "1 ",
            "x",
            "3 \n",
            "18446744073709551616 a=b\n",
            "6 abc\n",
        ] {
            assert_eq!(Pax::parse(bytes.as_bytes()), None, "{bytes}");
        }
    }
}
