//! Archive: a tar with images in it, indexed once by the names of its entries.
//!
//! The tar may be packed with gzip or zstd. Of a plain one only the headers are read, and each entry can be opened by its
//! place. A packed one is unpacked in one pass, in which the entries that look like JSON are kept; its layers are read in
//! one further pass for all of them. Nothing is ever written.

mod packing;
mod walk;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest::CONFIG_LIMIT;
use super::source::unreadable;
use super::tree::Tree;
use super::{Blobs, ImageError};
pub(super) use packing::Bounds;
use packing::{Packing, Part, Unpacked};
use walk::{Entry, Walk};

/// How large an archive of images may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many entries.
    pub entries: usize,
    /// How many bytes their names may have together.
    pub names: usize,
    /// How many bytes of JSON are kept of a packed archive.
    pub json: usize,
    /// How far it may unpack.
    pub unpacked: Bounds,
}

const LIMITS: Limits = Limits {
    entries: 200_000,
    names: 32 << 20,
    json: 64 << 20,
    unpacked: Bounds { ratio: 200, free: 64 << 20, most: 64 << 30 },
};

/// How many links may lead to one another.
const MOST_LINKS: usize = 16;

/// What kind of archive a tar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has a `manifest.json`, as `docker save` writes it.
    Docker,
    /// It has `oci-layout` and `index.json`.
    Layout,
}

/// Tells what kind of archive a file is; nothing if it is no tar, or one without images.
///
/// # Errors
/// If it cannot be read, is packed in a way that is not read, or is a damaged tar.
pub fn recognise(path: &Path) -> Result<Option<Kind>, ImageError> {
    let Some((part, packing)) = open(path)? else { return Ok(None) };
    let mut seen = [false; 3];
    let mut entries = 0;
    let walked = each_entry(part, packing, LIMITS.unpacked, &mut |entry, _| {
        for (seen, name) in seen.iter_mut().zip(["manifest.json", "index.json", "oci-layout"]) {
            *seen |= entry.name == name;
        }
        entries += 1;
        Ok(!seen[0] && entries < LIMITS.entries)
    });
    match (seen, walked) {
        ([true, ..], _) => Ok(Some(Kind::Docker)),
        (_, Err(error)) => Err(broken(path, &error)),
        ([_, true, true], Ok(())) => Ok(Some(Kind::Layout)),
        (_, Ok(())) => Ok(None),
    }
}

/// The file with its packing; nothing if it is no tar.
fn open(path: &Path) -> Result<Option<(Part, Packing)>, ImageError> {
    let failed = |error: io::Error| unreadable(path, &error);
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(ImageError::new(format!("`{}` is not a file", path.display()), "give the path of an archive"));
    }
    let file = Arc::new(File::open(path).map_err(failed)?);
    let length = file.metadata().map_err(failed)?.len();
    let part = Part::new(file, 0, length);
    let mut start = Vec::new();
    part.clone().take(512).read_to_end(&mut start).map_err(failed)?;
    let (name, tool) = match Packing::sniff(&start) {
        Some(Packing::Bzip2) => ("bzip2", "bunzip2"),
        Some(Packing::Xz) => ("xz", "unxz"),
        packing => return Ok(packing.map(|packing| (part, packing))),
    };
    Err(ImageError::new(
        format!("`{}` is packed with {name}, which is not read", path.display()),
        format!("unpack it first: `{tool} --keep {}`", path.display()),
    ))
}

/// Reads the bytes of the entry that is being visited.
type Content<'c> = dyn Read + 'c;

/// Hands each entry to the visitor, with its bytes, until that answers with `false`.
fn each_entry(
    part: Part,
    packing: Packing,
    bounds: Bounds,
    visit: &mut dyn FnMut(&Entry, &mut Content) -> io::Result<bool>,
) -> io::Result<()> {
    fn walk<S: walk::Stream>(
        mut walk: Walk<S>,
        visit: &mut dyn FnMut(&Entry, &mut Content) -> io::Result<bool>,
    ) -> io::Result<()> {
        while let Some(entry) = walk.next()? {
            let size = if let walk::Kind::File(size) = entry.kind { size } else { 0 };
            if !visit(&entry, &mut walk.bytes(size))? {
                return Ok(());
            }
        }
        walk.drain()
    }
    match packing {
        Packing::Plain => walk(Walk::new(part), visit),
        packed => walk(Walk::new(Unpacked::new(part, packed, bounds)), visit),
    }
}

/// The error of an archive that cannot be read to its end.
fn broken(path: &Path, error: &io::Error) -> ImageError {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            ImageError::new(format!("`{path}` is cut off: {error}"), "copy or save the archive again")
        }
        _ => ImageError::new(format!("`{path}` is not a whole archive: {error}"), "save the image again"),
    }
}

/// An archive whose entries are known.
pub struct Archive {
    path: PathBuf,
    part: Part,
    packing: Packing,
    entries: HashMap<String, Entry>,
    /// Entries that look like JSON, by their places; only of packed archives.
    kept: HashMap<u64, Vec<u8>>,
}

impl Archive {
    /// Reads the names of all entries.
    ///
    /// # Errors
    /// If it is no tar, damaged, or past a bound.
    pub fn open(path: &Path) -> Result<Arc<Archive>, ImageError> {
        Archive::open_within(path, &LIMITS)
    }

    pub(super) fn open_within(path: &Path, limits: &Limits) -> Result<Arc<Archive>, ImageError> {
        let Some((part, packing)) = open(path)? else {
            return Err(ImageError::new(
                format!("`{}` is not a tar", path.display()),
                "give an archive that `docker save`, `podman save` or `skopeo copy` wrote",
            ));
        };
        let mut archive =
            Archive { path: path.to_path_buf(), part, packing, entries: HashMap::new(), kept: HashMap::new() };
        let (mut names, mut kept) = (0, 0);
        let part = archive.part.clone();
        each_entry(part, packing, limits.unpacked, &mut |entry, content| {
            names += entry.name.len();
            if archive.entries.len() >= limits.entries || names > limits.names {
                return Err(walk::damaged("it has more entries than archives of images have"));
            }
            if packing != Packing::Plain
                && let Some(bytes) = json(entry, content)?
            {
                kept += bytes.len();
                if kept > limits.json {
                    return Err(walk::damaged("it has more JSON than archives of images have"));
                }
                archive.kept.insert(entry.at, bytes);
            }
            archive.entries.insert(entry.name.clone(), entry.clone());
            Ok(true)
        })
        .map_err(|error| broken(path, &error))?;
        Ok(Arc::new(archive))
    }

    /// The file that a name leads to, through links within the archive: where it begins and how long it is.
    fn find(&self, name: &str) -> Result<Option<(u64, u64)>, ImageError> {
        let mut name = name.to_string();
        for _ in 0..=MOST_LINKS {
            let Some(entry) = self.entries.get(&name) else { return Ok(None) };
            let target = match &entry.kind {
                walk::Kind::File(size) => return Ok(Some((entry.at, *size))),
                walk::Kind::Other => return Err(self.wrong(&name, "is not a file")),
                walk::Kind::HardLink(target) => join("", target),
                walk::Kind::SymbolicLink(target) => {
                    join(entry.name.rsplit_once('/').map_or("", |(folder, _)| folder), target)
                }
            };
            name = target.ok_or_else(|| self.wrong(&name, "is a link out of the archive"))?;
        }
        Err(self.wrong(&name, "is one of too many links, or of links in a circle"))
    }

    fn wrong(&self, name: &str, what: &str) -> ImageError {
        let name = super::manifest::shorten(name);
        ImageError::new(format!("`{name}` in `{}` {what}", self.path.display()), "save the image again")
    }

    fn broken(&self, error: &io::Error) -> ImageError {
        broken(&self.path, error)
    }

    /// Hands over the layers, which begin at these places, in one pass.
    fn visit(&self, places: &BTreeMap<u64, Vec<usize>>, visitor: &mut super::LayerVisitor) -> io::Result<()> {
        let mut left = places.len();
        each_entry(self.part.clone(), self.packing, LIMITS.unpacked, &mut |entry, content| {
            if let Some(indexes) = places.get(&entry.at).filter(|_| matches!(entry.kind, walk::Kind::File(_))) {
                visitor(indexes, content);
                left -= 1;
            }
            Ok(left > 0)
        })
    }
}

impl Tree for Arc<Archive> {
    fn label(&self) -> String {
        self.path.display().to_string()
    }

    fn size(&self, name: &str) -> Result<Option<u64>, ImageError> {
        Ok(self.find(name)?.map(|(_, size)| size))
    }

    fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, ImageError> {
        let Some((at, size)) = self.find(name)? else { return Ok(None) };
        if size > limit as u64 {
            return Err(super::manifest::too_long(&format!("`{name}` in `{}`", self.path.display()), limit));
        }
        if self.packing != Packing::Plain {
            let kept = self.kept.get(&at).cloned();
            return kept.map(Some).ok_or_else(|| self.wrong(name, "is not JSON"));
        }
        let mut bytes = Vec::new();
        self.part.range(at, size).read_to_end(&mut bytes).map_err(|error| self.broken(&error))?;
        Ok(Some(bytes))
    }

    fn blobs(&self, names: Vec<Option<String>>) -> Result<Blobs, ImageError> {
        let place = |name: &Option<String>| name.as_deref().map_or(Ok(None), |name| self.find(name));
        let places: Vec<Option<(u64, u64)>> = names.iter().map(place).collect::<Result<_, _>>()?;
        let archive = Arc::clone(self);
        if self.packing == Packing::Plain {
            return Ok(Blobs::Apart(Arc::new(move |index| {
                let place = places.get(index).copied().flatten();
                let (at, size) = place.ok_or_else(|| archive.wrong(&format!("layer {index}"), "is not there"))?;
                Ok(Box::new(archive.part.range(at, size)))
            })));
        }
        let mut indexes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (index, place) in places.iter().enumerate() {
            if let Some((at, _)) = place {
                indexes.entry(*at).or_default().push(index);
            }
        }
        Ok(Blobs::Together(Arc::new(move |visitor| {
            archive.visit(&indexes, visitor).map_err(|error| archive.broken(&error))
        })))
    }
}

/// The bytes of an entry that looks like JSON and is short enough.
fn json(entry: &Entry, content: &mut Content) -> io::Result<Option<Vec<u8>>> {
    let short = |size: u64| size > 0 && size <= CONFIG_LIMIT as u64;
    if !matches!(entry.kind, walk::Kind::File(size) if short(size)) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    content.take(64).read_to_end(&mut bytes)?;
    if !matches!(bytes.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')) {
        return Ok(None);
    }
    content.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The entry that a link in a folder leads to; nothing if that is outside.
fn join(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
