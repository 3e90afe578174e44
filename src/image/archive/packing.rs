//! Packing: the compression around a tar, told by its first bytes, unpacked as a stream and within bounds.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::FrameDecoder;

use super::walk::{Stream, cut, damaged, is_header};

/// How far a packed archive may unpack.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How many times its own size. Images reach ten.
    pub ratio: u64,
    /// Up to how many bytes the ratio does not count.
    pub free: u64,
    /// How many bytes at all.
    pub most: u64,
}

/// How a tar is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// gzip, of one or more members.
    Gzip,
    /// zstd, of one or more frames.
    Zstd,
    /// bzip2, which is not read.
    Bzip2,
    /// xz, which is not read.
    Xz,
}

impl Packing {
    /// Tells the packing by the first 512 bytes; nothing if it is neither packed nor the start of a tar.
    pub fn sniff(start: &[u8]) -> Option<Packing> {
        let magic = [
            (&b"\x1f\x8b"[..], Packing::Gzip),
            (&b"\x28\xb5\x2f\xfd"[..], Packing::Zstd),
            (&b"BZh"[..], Packing::Bzip2),
            (&b"\xfd7zXZ\0"[..], Packing::Xz),
        ];
        let packed = magic.iter().find(|(magic, _)| start.starts_with(magic)).map(|&(_, packing)| packing);
        let skippable = matches!(start, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]).then_some(Packing::Zstd);
        let packed = packed.or(skippable);
        let block = || <&[u8; 512]>::try_from(start.get(..512)?).ok();
        packed.or_else(|| block().filter(|block| is_header(block)).map(|_| Packing::Plain))
    }
}

/// A part of a file, read by its places, so that several parts can be read at the same time.
#[derive(Debug, Clone)]
pub struct Part {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Part {
    /// The bytes from `at` to `end`.
    pub fn new(file: Arc<File>, at: u64, end: u64) -> Part {
        Part { file, at, end }
    }

    /// Other bytes of the same file.
    pub fn range(&self, at: u64, size: u64) -> Part {
        Part { file: Arc::clone(&self.file), at, end: at.saturating_add(size) }
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = read_at(&self.file, &mut buffer[..most], self.at)?;
        if read == 0 {
            return Err(cut());
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Stream for Part {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.at = self.at.checked_add(bytes).filter(|&at| at <= self.end).ok_or_else(cut)?;
        Ok(())
    }
}

/// An unpacked stream, which ends with an error when it grows past the bounds.
pub struct Unpacked {
    inner: Box<dyn Read + Send>,
    packed: Arc<AtomicU64>,
    given: u64,
    bounds: Bounds,
}

impl Unpacked {
    /// Unpacks gzip or zstd.
    pub fn new(part: Part, packing: Packing, bounds: Bounds) -> Unpacked {
        let packed = Arc::new(AtomicU64::new(0));
        let counted = BufReader::with_capacity(128 << 10, Counted { inner: part, count: Arc::clone(&packed) });
        let inner: Box<dyn Read + Send> = match packing {
            Packing::Zstd => Box::new(Frames { source: counted, decoder: FrameDecoder::new(), begun: false }),
            _ => Box::new(MultiGzDecoder::new(counted)),
        };
        Unpacked { inner, packed, given: 0, bounds }
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read as u64;
        let packed = self.packed.load(Ordering::Relaxed);
        let Bounds { ratio, free, most } = self.bounds;
        if self.given > most || (self.given > free && self.given / ratio > packed) {
            return Err(damaged(&format!(
                "it unpacks to more than {ratio} times its size, or to more than {} GiB",
                most >> 30
            )));
        }
        Ok(read)
    }
}

impl Stream for Unpacked {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.take(bytes), &mut io::sink())?;
        if skipped == bytes { Ok(()) } else { Err(cut()) }
    }
}

/// Counts what passes.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The content of zstd frames behind one another; those that are to be skipped are.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    begun: bool,
}

impl<R: BufRead> Frames<R> {
    /// Begins the next frame; whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            let mut header = [0; 8];
            // The magic of a skippable frame is 0x184D2A50 to 0x184D2A5F; its first byte tells it from a frame.
            if self.source.fill_buf()?[0] & 0xf0 != 0x50 {
                break;
            }
            self.source.read_exact(&mut header)?;
            let length = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
            if io::copy(&mut (&mut self.source).take(length), &mut io::sink())? < length {
                return Err(cut());
            }
        }
        self.decoder.reset(&mut self.source).map_err(io::Error::other)?;
        self.begun = true;
        Ok(true)
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        loop {
            if self.begun && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.begun && !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.source, UptoBlocks(1)).map_err(io::Error::other)?;
            } else if buffer.is_empty() || !self.begin()? {
                return Ok(0);
            }
        }
    }
}
