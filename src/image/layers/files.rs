//! Files of one layer: what its tar tells, in as few bytes as can be.

use super::{Capability, Kind};
use crate::image::ImageError;

/// What a record of a layer is: an entry, or what takes something away from the layers below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A file, folder, link.
    Entry(Kind),
    /// The path is removed from the layers below.
    Whiteout,
    /// What the layers below have in this folder is removed.
    Opaque,
    /// The layer said something about this path that was refused.
    Refused,
}

/// What is known of the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    Kept(Box<[u8]>),
    NotWanted,
    TooBig,
    TooMuch,
    Sparse,
}

/// A part of the names of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    start: u32,
    length: u32,
}

/// One record, 40 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub path: Text,
    pub link: Text,
    pub size: u64,
    pub uid: u32,
    pub gid: u32,
    pub extra: u32,
    pub mode: u16,
    pub role: Role,
}

/// What few files have.
#[derive(Debug, Clone)]
pub(super) struct Extra {
    pub content: Stored,
    pub capability: Option<Capability>,
}

/// The index of a record without an [`Extra`].
pub(super) const PLAIN: u32 = u32::MAX;

/// The first half of the sha256 of a file's content.
pub type Sum = [u8; 16];

/// The files of one layer.
#[derive(Debug, Clone, Default)]
pub struct LayerFiles {
    pub(super) names: String,
    pub(super) records: Vec<Record>,
    pub(super) extras: Vec<Extra>,
    /// Sums of content by the index of the record, in its order.
    pub(super) sums: Vec<(u32, Sum)>,
    /// Bytes as they are stored.
    pub stored: u64,
    /// Bytes of the tar.
    pub unpacked: u64,
    /// What was refused or left out of it: lower case, no full stop.
    pub problems: Vec<String>,
    /// Why what is here is not all of it.
    pub stopped: Option<ImageError>,
}

impl LayerFiles {
    /// A layer that could not be read.
    pub(super) fn unread(why: ImageError) -> LayerFiles {
        LayerFiles { stopped: Some(why), ..LayerFiles::default() }
    }

    /// Stores a name.
    pub(super) fn text(&mut self, text: &str) -> Text {
        let start = self.names.len() as u32;
        self.names.push_str(text);
        Text { start, length: text.len() as u32 }
    }

    /// A name that is stored.
    pub(super) fn read(&self, text: Text) -> &str {
        &self.names[text.start as usize..][..text.length as usize]
    }

    /// The path of a record.
    pub(super) fn path(&self, index: usize) -> &str {
        self.read(self.records[index].path)
    }

    /// What is known of the content of a record.
    pub(super) fn content(&self, record: &Record) -> &Stored {
        self.extras.get(record.extra as usize).map_or(&Stored::NotWanted, |extra| &extra.content)
    }

    /// The sum of the content of a record.
    pub(super) fn sum(&self, index: usize) -> Option<Sum> {
        let found = self.sums.binary_search_by_key(&index, |(record, _)| *record as usize).ok()?;
        Some(self.sums[found].1)
    }

    /// The capabilities of a record.
    pub(super) fn capability(&self, record: &Record) -> Option<Capability> {
        self.extras.get(record.extra as usize).and_then(|extra| extra.capability)
    }
}
