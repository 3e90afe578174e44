//! Unpack: the bytes of a layer as they are stored, made a tar, with both checked against their digests.
//!
//! What a layer is compressed with is told by its first bytes, not by its media type: archives carry gzip under the name
//! of plain tar, and the other way round.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::limits::Budget;
use super::zstd::Zstd;
use crate::image::digest::{Digest, Digesting};

/// Bytes that are read ahead on either side of the decoder.
const AHEAD: usize = 128 << 10;

/// The error of a limit that was met.
#[derive(Debug)]
pub(super) struct Limit(pub String);

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Limit {}

impl From<Limit> for io::Error {
    fn from(limit: Limit) -> io::Error {
        io::Error::other(limit)
    }
}

/// Bytes that are counted, and hashed if a digest is known that they should have.
pub(super) enum Checked<R> {
    Hashed(Box<Digesting<R>>),
    Counted(R, u64),
}

impl<R: Read> Checked<R> {
    pub fn new(inner: R, expected: Option<&Digest>) -> Checked<R> {
        match expected {
            Some(digest) => Checked::Hashed(Box::new(Digesting::new(inner, digest))),
            None => Checked::Counted(inner, 0),
        }
    }

    /// Reads what is left; gives the digest of everything and how many bytes there were.
    pub fn finish(mut self) -> io::Result<(Option<Digest>, u64)> {
        let mut buffer = vec![0; AHEAD / 8];
        loop {
            match self.read(&mut buffer) {
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        match self {
            Checked::Hashed(digesting) => digesting.finish().map(|(digest, bytes)| (Some(digest), bytes)),
            Checked::Counted(_, bytes) => Ok((None, bytes)),
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Checked::Hashed(digesting) => digesting.read(buffer),
            Checked::Counted(inner, bytes) => {
                let read = inner.read(buffer)?;
                *bytes += read as u64;
                Ok(read)
            }
        }
    }
}

type Stored<R> = Chain<Cursor<Vec<u8>>, R>;

/// The tar in stored bytes.
pub(super) enum Unpacked<R> {
    Plain(Stored<R>),
    Gzip(Box<MultiGzDecoder<BufReader<Stored<R>>>>),
    Zstd(Box<Zstd<BufReader<Stored<R>>>>),
}

impl<R: Read> Unpacked<R> {
    /// Looks at the first bytes.
    pub fn new(mut stored: R, window: u64) -> io::Result<Unpacked<R>> {
        let mut start = Vec::new();
        stored.by_ref().take(4).read_to_end(&mut start)?;
        let kind = start.clone();
        let whole = Cursor::new(start).chain(stored);
        Ok(match kind.as_slice() {
            [0x1f, 0x8b, ..] => Unpacked::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(AHEAD, whole)))),
            // A frame of zstd, or one to be skipped before it.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                Unpacked::Zstd(Box::new(Zstd::new(BufReader::with_capacity(AHEAD, whole), window)))
            }
            [b'B', b'Z', b'h', ..] => return Err(unsupported("bzip2")),
            [0xfd, b'7', b'z', b'X'] => return Err(unsupported("xz")),
            _ => Unpacked::Plain(whole),
        })
    }
}

fn unsupported(name: &str) -> io::Error {
    io::Error::other(format!("it is compressed with {name}, which no specification of images allows"))
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Unpacked::Plain(stored) => stored.read(buffer),
            Unpacked::Gzip(decoder) => decoder.read(buffer),
            Unpacked::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

/// A reader that ends with an error at the limits on unpacked bytes.
pub(super) struct Bounded<'b, R> {
    inner: R,
    left: u64,
    budget: &'b Budget<'b>,
}

impl<'b, R: Read> Bounded<'b, R> {
    pub fn new(inner: R, budget: &'b Budget<'b>) -> Bounded<'b, R> {
        Bounded { inner, left: budget.limits.unpacked, budget }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let limits = self.budget.limits;
        let Some(left) = self.left.checked_sub(read as u64) else {
            return Err(Limit(format!("it unpacks to more than {} bytes", limits.unpacked)).into());
        };
        self.left = left;
        if !self.budget.unpacked(read as u64) {
            let all = limits.unpacked_together;
            return Err(Limit(format!("the layers unpack to more than {all} bytes together")).into());
        }
        Ok(read)
    }
}

/// The buffer that a tar is walked in.
pub(super) fn buffered<R: Read>(inner: R) -> BufReader<R> {
    BufReader::with_capacity(AHEAD, inner)
}

/// Whether there are more bytes.
pub(super) fn more(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            buffer => return buffer.map(|buffer| !buffer.is_empty()),
        }
    }
}

/// Reads over so many bytes without copying them.
pub(super) fn skip(input: &mut impl BufRead, mut bytes: u64) -> io::Result<()> {
    while bytes > 0 {
        if !more(input)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let ready = (input.fill_buf()?.len() as u64).min(bytes);
        input.consume(ready as usize);
        bytes -= ready;
    }
    Ok(())
}
