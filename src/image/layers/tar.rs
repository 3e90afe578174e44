//! Tar: the headers of an archive, one after the other, read as Go's `archive/tar` reads them for the engines.
//!
//! Long names of GNU and extended headers of pax are put together with the entry that they are about. Global extended
//! headers are read over, because engines do not apply them.

use std::io::{self, BufRead};

use ::tar::Header;

use super::Capability;
use super::pax::Pax;
use super::unpack::{Limit, more, skip};

/// What an entry is, by its type flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    File,
    HardLink,
    Symlink,
    Device,
    Dir,
    Fifo,
    Other(u8),
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub flag: Flag,
    pub path: Vec<u8>,
    pub link: Vec<u8>,
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    /// Bytes of its content.
    pub size: u64,
    /// Whether the content is stored with its holes left out.
    pub sparse: bool,
    pub capability: Option<Capability>,
}

const BLOCK: usize = 512;

/// Walks an archive.
pub(super) struct Walk<R> {
    pub input: R,
    largest_extension: u64,
    /// Bytes of the content of the entry at hand that were not read yet, and of the padding behind it.
    left: u64,
    padding: u64,
}

/// What stands before an entry.
#[derive(Default)]
struct Before {
    pax: Pax,
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<R: BufRead> Walk<R> {
    pub fn new(input: R, largest_extension: u64) -> Walk<R> {
        Walk { input, largest_extension, left: 0, padding: 0 }
    }

    /// The next entry; nothing at the end.
    pub fn next(&mut self) -> io::Result<Option<Head>> {
        let mut before = Before::default();
        loop {
            let rest = std::mem::take(&mut self.left).saturating_add(std::mem::take(&mut self.padding));
            skip(&mut self.input, rest)?;
            let Some(block) = self.header()? else { return Ok(None) };
            let size = number(&block[124..136]).ok_or_else(|| broken("a header has a size that is no number"))?;
            match block[156] {
                b'x' => {
                    let bytes = self.extension(size)?;
                    before.pax = Pax::parse(&bytes).ok_or_else(|| broken("an extended header is malformed"))?;
                }
                b'L' => before.name = Some(until_nul(self.extension(size)?)),
                b'K' => before.link = Some(until_nul(self.extension(size)?)),
                b'g' => self.content(size)?,
                _ => return self.entry(&block, size, before).map(Some),
            }
        }
    }

    /// The block of the next header; nothing at the end.
    fn header(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut zeros = 0;
        loop {
            let mut block = [0; BLOCK];
            if !more(&mut self.input)? {
                return Ok(None);
            }
            self.input.read_exact(&mut block)?;
            if block.iter().any(|byte| *byte != 0) {
                let right = zeros == 0 && checksum(&block);
                return if right { Ok(Some(block)) } else { Err(broken("a header has a wrong checksum")) };
            }
            zeros += 1;
            if zeros == 2 {
                return Ok(None);
            }
        }
    }

    /// Puts an entry together.
    fn entry(&mut self, block: &[u8; BLOCK], size: u64, before: Before) -> io::Result<Head> {
        let header = Header::from_byte_slice(block);
        let pax = before.pax;
        let plain = |range: std::ops::Range<usize>| number(&block[range]).unwrap_or(u64::MAX);
        let said = |name: Option<Vec<u8>>| name.filter(|name| !name.is_empty());
        let path = said(before.name).or_else(|| pax.path.clone());
        let path = path.unwrap_or_else(|| header.path_bytes().into_owned());
        let link = said(before.link).or_else(|| pax.link.clone());
        let link = link.unwrap_or_else(|| header.link_name_bytes().unwrap_or_default().into_owned());
        let flag = match block[156] {
            0 if path.ends_with(b"/") => Flag::Dir,
            0 | b'0' | b'7' | b'S' => Flag::File,
            b'1' => Flag::HardLink,
            b'2' => Flag::Symlink,
            b'3' | b'4' => Flag::Device,
            b'5' => Flag::Dir,
            b'6' => Flag::Fifo,
            other => Flag::Other(other),
        };
        // Links, folders and devices have no content, whatever their size says.
        let stored = match flag {
            Flag::File | Flag::Other(_) => pax.size.unwrap_or(size),
            _ => 0,
        };
        let (real, path) = if block[156] == b'S' {
            let gnu = header.as_gnu().ok_or_else(|| broken("a sparse file has no header of GNU"))?;
            self.sparse_map(gnu.is_extended())?;
            (Some(number(&block[483..495])), path)
        } else {
            let real = pax.is_sparse().then(|| pax.sparse_size(stored));
            (real, pax.sparse_name().map_or(path, <[u8]>::to_vec))
        };
        let real = real.map(|real| real.ok_or_else(|| broken("a sparse file has no size"))).transpose()?;
        self.content(stored)?;
        let owner = |said: Option<u64>, plain: u64| u32::try_from(said.unwrap_or(plain)).unwrap_or(u32::MAX);
        Ok(Head {
            flag,
            path,
            link,
            mode: (plain(100..108) & 0o7777) as u16,
            uid: owner(pax.uid, plain(108..116)),
            gid: owner(pax.gid, plain(116..124)),
            size: real.unwrap_or(stored),
            sparse: real.is_some(),
            capability: pax.capability,
        })
    }

    /// Reads over the blocks that go on with the map of a sparse file.
    fn sparse_map(&mut self, mut more: bool) -> io::Result<()> {
        while more {
            let mut block = [0; BLOCK];
            self.input.read_exact(&mut block)?;
            more = block[504] == 1;
        }
        Ok(())
    }

    /// Notes how many bytes of content come next.
    fn content(&mut self, size: u64) -> io::Result<()> {
        if size > i64::MAX as u64 {
            return Err(broken("a header has a size that no archive can have"));
        }
        self.left = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        Ok(())
    }

    fn extension(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > self.largest_extension {
            let limit = self.largest_extension;
            return Err(Limit(format!("it has an extended header of more than {limit} bytes")).into());
        }
        self.content(size)?;
        let mut bytes = Vec::new();
        self.read(&mut bytes, size)?;
        Ok(bytes)
    }

    /// Reads more of the content of the entry at hand: so many bytes, or what is left.
    pub fn read(&mut self, bytes: &mut Vec<u8>, size: u64) -> io::Result<()> {
        let size = size.min(self.left);
        let start = bytes.len();
        bytes.resize(start + size as usize, 0);
        self.input.read_exact(&mut bytes[start..])?;
        self.left -= size;
        Ok(())
    }

    /// Hands over what is left of the content of the entry at hand, piece by piece.
    pub fn rest(&mut self, mut see: impl FnMut(&[u8])) -> io::Result<()> {
        while self.left > 0 {
            if !more(&mut self.input)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let buffer = self.input.fill_buf()?;
            let ready = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
            see(&buffer[..ready]);
            self.input.consume(ready);
            self.left -= ready as u64;
        }
        Ok(())
    }
}

fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes.truncate(end);
    bytes
}

/// Whether the sum of all bytes is as the header says; old programs added them up with signs.
fn checksum(block: &[u8; BLOCK]) -> bool {
    let said = number(&block[148..156]);
    let rest = block[..148].iter().chain(&block[156..]);
    let blanks = 8 * u64::from(b' ');
    let plain = rest.clone().map(|byte| u64::from(*byte)).sum::<u64>() + blanks;
    let signed = rest.map(|byte| i64::from(*byte as i8)).sum::<i64>() + blanks as i64;
    said == Some(plain) || said.is_some_and(|said| i64::try_from(said) == Ok(signed))
}

/// A number in octal digits, or in base 256 if the first bit is set; negative ones are none.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let start = u64::from(first & 0x7f);
        let add = |sum: u64, byte: &u8| sum.checked_mul(256).map(|sum| sum | u64::from(*byte));
        return if first & 0x40 != 0 { None } else { rest.iter().try_fold(start, add) };
    }
    let blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !blank(byte)).unwrap_or(field.len());
    let digits = field[start..].iter().take_while(|byte| !blank(byte));
    digits.into_iter().try_fold(0u64, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 8)?;
        sum.checked_mul(8).map(|sum| sum + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256_and_never_negative() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"   644 \0"), Some(0o644));
        assert_eq!(number(&[0; 8]), Some(0));
        assert_eq!(number(b"00008\0"), None);
        assert_eq!(number(b"-1\0"), None);
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]), Some(256));
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(&[0xbf; 12]), None);
    }
}
