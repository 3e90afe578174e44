//! Entry: one file, folder or link of an image, as a layer tells of it.

use super::Capability;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file, or a hard link to one.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A hard link whose target is not known.
    HardLink,
    /// A character or block device.
    Device,
    /// A named pipe.
    Fifo,
}

/// One entry. A hard link has the facts of the file that it links to; all names of a file have the mode, owner and
/// capabilities that the last of them set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'c> {
    /// Its path from the root of the image, without a `/` at the start. Bytes that are not UTF-8 are written `\xff`.
    pub path: &'c str,
    /// What it is.
    pub kind: Kind,
    /// The twelve bits of its mode: set-uid, set-gid, sticky, and nine permissions.
    pub mode: u16,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// Bytes of its content; 0 for everything but files.
    pub size: u64,
    /// Where a symbolic link points, as it is written.
    pub target: Option<&'c str>,
    /// For a hard link: the path of the file that it is another name of.
    pub hard_link: Option<&'c str>,
    /// What a program may do that is not run by root (`security.capability`).
    pub capability: Option<Capability>,
    /// Whether no layer tells of this folder by itself: its mode and owner are what engines make up (0755, root).
    pub implied: bool,
    /// The index of the layer that it comes from.
    pub layer: usize,
    pub(super) at: super::merge::Time,
    pub(super) facts: super::merge::Time,
}

impl Entry<'_> {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The path of the folder that it is in; empty for the root.
    pub fn parent(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// Whether it is a folder.
    pub fn is_dir(&self) -> bool {
        self.kind == Kind::Dir
    }

    /// Whether it has any of the bits.
    pub fn has(&self, bits: u16) -> bool {
        self.mode & bits != 0
    }
}

/// What became of an entry of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is in the image.
    Stays,
    /// Another entry of this name took its place; it is still stored in its layer.
    Replaced {
        /// The index of the layer that did so first; a layer may name a file twice and replace its own.
        by: usize,
    },
    /// It was removed; it is still stored in its layer.
    Deleted {
        /// The index of the layer that did so first.
        by: usize,
    },
    /// A layer that could not be read may have replaced or deleted it.
    Unknown,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<'c> {
    /// This.
    Found(Entry<'c>),
    /// Nothing.
    Absent,
    /// It is not known, for this reason: lower case, no full stop.
    Unknown(String),
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'c> {
    /// All of it.
    Bytes(&'c [u8]),
    /// There is no such file.
    Absent,
    /// It is not known, for this reason: lower case, no full stop.
    Unknown(String),
}

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<'c> {
    /// Its entries by name.
    pub entries: Vec<Entry<'c>>,
    /// Why there may be more: lower case, no full stop.
    pub more: Option<String>,
}
