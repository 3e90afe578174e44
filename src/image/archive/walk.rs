//! Tar walk: the entries of a tar one after another, names and places only.
//!
//! The headers are read here and not by the iterator of the `tar` crate, because that one allocates as much as a long
//! name claims to have. What is understood: v7, ustar, GNU long names, pax paths and sizes (`pax(1)`, `tar(5)`). What is
//! refused: sparse entries, which image archives never have, names that are absolute or lead upwards, and everything past
//! the bounds below.

use std::io::{self, Read};

use tar::{EntryType, Header};

/// The longest name of an entry or target of a link, in bytes.
const LONGEST_NAME: u64 = 4096;

/// The longest pax header, in bytes.
const LONGEST_PAX: u64 = 1 << 20;

/// How many extended headers may precede one entry.
const MOST_HEADERS: usize = 8;

const BLOCK: u64 = 512;

/// Bytes of a tar in their order, some of which can be left out.
pub trait Stream: Read {
    /// Leaves out this many bytes.
    ///
    /// # Errors
    /// If there are fewer.
    fn skip(&mut self, bytes: u64) -> io::Result<()>;
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file of this many bytes.
    File(u64),
    /// Another name of the entry with this name.
    HardLink(String),
    /// A link to this path, which is relative to the folder of the link.
    SymbolicLink(String),
    /// A folder, a device.
    Other,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, without `./` and doubled slashes.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Where its bytes begin in the tar.
    pub at: u64,
}

/// A walk along the entries.
pub struct Walk<S> {
    stream: S,
    position: u64,
    /// Where the next header is.
    next: u64,
}

/// What extended headers say about the entry behind them.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl<S: Stream> Walk<S> {
    /// A walk from the start of a tar.
    pub fn new(stream: S) -> Walk<S> {
        Walk { stream, position: 0, next: 0 }
    }

    /// The next entry; nothing at the end.
    ///
    /// # Errors
    /// If the tar is damaged, cut off, or past a bound.
    pub fn next(&mut self) -> io::Result<Option<Entry>> {
        let mut extended = Extended::default();
        for _ in 0..MOST_HEADERS {
            let Some(header) = self.header()? else { return Ok(None) };
            let size = header.entry_size()?;
            match header.entry_type() {
                EntryType::GNULongName => extended.name = Some(self.text(size)?),
                EntryType::GNULongLink => extended.link = Some(self.text(size)?),
                EntryType::XHeader => {
                    let records = self.content(size, LONGEST_PAX, "a pax header")?;
                    pax(&records, &mut extended)?;
                }
                EntryType::XGlobalHeader => self.reserve(size)?,
                EntryType::GNUSparse => return Err(damaged("it has a sparse entry, which image archives do not have")),
                kind => {
                    let size = extended.size.unwrap_or(size);
                    return self.entry(&header, kind, extended, size).map(Some);
                }
            }
        }
        Err(damaged("an entry has more extended headers than any program writes"))
    }

    /// The bytes of the entry that was given last, which has this size.
    pub fn bytes(&mut self, size: u64) -> Bytes<'_, S> {
        Bytes { left: size, walk: self }
    }

    /// Reads what follows the end, so that a cut or a wrong checksum of the packing shows.
    ///
    /// # Errors
    /// What reading meets.
    pub fn drain(&mut self) -> io::Result<()> {
        io::copy(&mut self.stream, &mut io::sink()).map(|_| ())
    }

    fn entry(&mut self, header: &Header, kind: EntryType, extended: Extended, size: u64) -> io::Result<Entry> {
        let name = extended.name.unwrap_or_else(|| header.path_bytes().into_owned());
        let link = || {
            let target = extended.link.clone().or_else(|| header.link_name_bytes().map(|name| name.into_owned()));
            let target = target.unwrap_or_default();
            if target.len() as u64 > LONGEST_NAME { Err(name_too_long()) } else { Ok(text_of(&target)) }
        };
        let at = self.position;
        let kind = match kind {
            EntryType::Link => Kind::HardLink(link()?),
            EntryType::Symlink => Kind::SymbolicLink(link()?),
            EntryType::Directory | EntryType::Char | EntryType::Block | EntryType::Fifo => Kind::Other,
            kind => {
                self.reserve(size)?;
                if kind.is_file() || kind == EntryType::Continuous { Kind::File(size) } else { Kind::Other }
            }
        };
        Ok(Entry { name: clean(&text_of(&name))?, kind, at })
    }

    /// The next header; nothing at the end.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let ahead = self.next.checked_sub(self.position).ok_or_else(|| damaged("its entries overlap"))?;
        self.stream.skip(ahead)?;
        self.position = self.next;
        let mut block = [0; BLOCK as usize];
        let mut filled = 0;
        while filled < block.len() {
            match self.stream.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(cut()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.position += BLOCK;
        self.next = self.position;
        if block.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        if !is_header(&block) {
            return Err(damaged(&format!("there is no header of an entry at byte {}", self.position - BLOCK)));
        }
        Ok(Some(Header::from_byte_slice(&block).clone()))
    }

    fn text(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut text = self.content(size, LONGEST_NAME + 1, "a name")?;
        if let Some(end) = text.iter().position(|&byte| byte == 0) {
            text.truncate(end);
        }
        Ok(text)
    }

    fn content(&mut self, size: u64, limit: u64, what: &str) -> io::Result<Vec<u8>> {
        if size > limit {
            return Err(damaged(&format!("{what} in it is longer than {limit} bytes")));
        }
        self.reserve(size)?;
        let mut content = vec![0; usize::try_from(size).map_err(|_| name_too_long())?];
        self.stream.read_exact(&mut content).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => cut(),
            _ => error,
        })?;
        self.position += size;
        Ok(content)
    }

    /// Puts the next header behind content of this size.
    fn reserve(&mut self, size: u64) -> io::Result<()> {
        let padded = size.checked_next_multiple_of(BLOCK).and_then(|padded| self.position.checked_add(padded));
        self.next = padded.filter(|&next| next < i64::MAX as u64).ok_or_else(|| damaged("an entry has no end"))?;
        Ok(())
    }
}

/// The bytes of one entry.
pub struct Bytes<'w, S> {
    walk: &'w mut Walk<S>,
    left: u64,
}

impl<S: Stream> Read for Bytes<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.walk.stream.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(cut());
        }
        self.left -= read as u64;
        self.walk.position += read as u64;
        Ok(read)
    }
}

/// Whether a block is the header of an entry: its checksum is right, counted as bytes or as signed bytes.
pub fn is_header(block: &[u8; BLOCK as usize]) -> bool {
    let counted = |at: usize, byte: u8| if (148..156).contains(&at) { b' ' } else { byte };
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, &byte) in block.iter().enumerate() {
        unsigned += i64::from(counted(at, byte));
        signed += i64::from(counted(at, byte).cast_signed());
    }
    let stated = Header::from_byte_slice(block).cksum().map(i64::from);
    block.iter().any(|&byte| byte != 0) && stated.is_ok_and(|stated| stated == unsigned || stated == signed)
}

/// Reads the records of a pax header: `LENGTH KEY=VALUE\n`.
fn pax(records: &[u8], extended: &mut Extended) -> io::Result<()> {
    let wrong = || damaged("a pax header in it is malformed");
    let mut rest = records;
    while !rest.is_empty() && rest[0] != 0 {
        let blank = rest.iter().take(20).position(|&byte| byte == b' ').ok_or_else(wrong)?;
        let length = std::str::from_utf8(&rest[..blank]).ok().and_then(|text| text.parse::<usize>().ok());
        let length = length.filter(|&length| length > blank + 1 && length <= rest.len()).ok_or_else(wrong)?;
        let record = rest[blank + 1..length].strip_suffix(b"\n").ok_or_else(wrong)?;
        let equals = record.iter().position(|&byte| byte == b'=').ok_or_else(wrong)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        let long = value.len() as u64 > LONGEST_NAME;
        match key {
            b"path" | b"linkpath" if long => return Err(name_too_long()),
            b"path" => extended.name = Some(value.to_vec()),
            b"linkpath" => extended.link = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                extended.size = Some(size.ok_or_else(wrong)?);
            }
            key if key.starts_with(b"GNU.sparse.") => {
                return Err(damaged("it has a sparse entry, which image archives do not have"));
            }
            _ => {}
        }
        rest = &rest[length..];
    }
    Ok(())
}

/// A name without `./` and doubled slashes.
fn clean(name: &str) -> io::Result<String> {
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(outside(name)),
            part => parts.push(part),
        }
    }
    if name.starts_with('/') { Err(outside(name)) } else { Ok(parts.join("/")) }
}

fn outside(name: &str) -> io::Error {
    let shown: String = name.chars().take(100).collect();
    damaged(&format!("the name `{shown}` in it leads out of the archive"))
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn name_too_long() -> io::Error {
    damaged(&format!("a name in it is longer than {LONGEST_NAME} bytes"))
}

/// The error of a tar that ends within an entry.
pub fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle of an entry")
}

/// The error of a tar that is not as it should be.
pub fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}
