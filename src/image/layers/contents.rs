//! Contents of an image: its layers, and the file system that they make together.

use std::sync::Arc;

use super::files::{LayerFiles, Record, Role, Stored, Sum};
use super::merge::{Doubt, Merged, Node, Time, below, compare, layer_of, path_of, record_of, time_of};
use super::{Content, Entry, Fate, Kind, Listing, Lookup};
use crate::image::ImageError;
use crate::image::digest::Digest;

/// What is known of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerFacts {
    /// The digest of its bytes as they are stored.
    pub digest: Option<Digest>,
    /// The digest of its tar.
    pub diff_id: Option<Digest>,
    /// Bytes as they are stored; nothing if it was not read and nobody says.
    pub stored: Option<u64>,
    /// Bytes of its tar; nothing if it was not read to its end.
    pub unpacked: Option<u64>,
    /// The index of the entry of the configuration's history that made it.
    pub history: Option<usize>,
    /// Why it is not known in full: lower case, no full stop.
    pub unread: Option<String>,
}

/// What is in an image.
///
/// Every answer is exact: what a layer that could not be read may have changed is unknown, never absent and never as it
/// was before. Symbolic links are followed inside the image, as if its root were `/`.
#[derive(Debug)]
pub struct Contents {
    pub(super) layers: Vec<LayerFacts>,
    pub(super) files: Vec<Arc<LayerFiles>>,
    pub(super) merged: Merged,
    pub(super) problems: Vec<ImageError>,
}

/// How many symbolic links Linux follows for one path.
const LINKS: usize = 40;

impl Contents {
    /// The layers, base first.
    pub fn layers(&self) -> &[LayerFacts] {
        &self.layers
    }

    /// What could not be read, and what was refused.
    pub fn problems(&self) -> &[ImageError] {
        &self.problems
    }

    /// Why something may be in the image that nothing here tells of, or not in it any more: lower case, no full stop.
    pub fn unknown(&self) -> Option<String> {
        self.reason(self.merged.doubts.iter().map(|doubt| doubt.until).fold(self.merged.unread, Time::max))
    }

    /// What is at a path, with symbolic links followed.
    pub fn find(&self, path: &str) -> Lookup<'_> {
        self.resolve(path, true)
    }

    /// What is at a path, which may be a symbolic link; those on the way to it are followed.
    pub fn find_link(&self, path: &str) -> Lookup<'_> {
        self.resolve(path, false)
    }

    /// What is known to be at a path, with symbolic links followed. Nothing does not mean that nothing is there: that is
    /// [`Contents::find`]'s to say.
    pub fn get(&self, path: &str) -> Option<Entry<'_>> {
        match self.find(path) {
            Lookup::Found(entry) => Some(entry),
            Lookup::Absent | Lookup::Unknown(_) => None,
        }
    }

    /// The content of the file at a path, with symbolic links followed.
    pub fn content(&self, path: &str) -> Content<'_> {
        match self.find(path) {
            Lookup::Found(entry) => self.content_of(&entry),
            Lookup::Absent => Content::Absent,
            Lookup::Unknown(why) => Content::Unknown(why),
        }
    }

    /// The content of a file, be it in the image still or only in its layer. Folders and links have none.
    pub fn content_of(&self, entry: &Entry<'_>) -> Content<'_> {
        let unknown = |why: String| Content::Unknown(why);
        let path = entry.path;
        match entry.kind {
            Kind::Dir | Kind::Symlink => return Content::Absent,
            Kind::HardLink => return unknown(format!("`{path}` is a hard link whose target is not known")),
            Kind::Device | Kind::Fifo => return unknown(format!("`{path}` is a device")),
            Kind::File if entry.size == 0 => return Content::Bytes(&[]),
            Kind::File => {}
        }
        let files = &self.files[layer_of(entry.facts)];
        match files.content(&files.records[record_of(entry.facts)]) {
            Stored::Kept(bytes) => Content::Bytes(bytes),
            Stored::NotWanted => unknown(format!("the content of `{path}` was not kept")),
            Stored::TooBig => unknown(format!("`{path}` is too big to be kept: {} bytes", entry.size)),
            Stored::TooMuch => unknown(format!("`{path}` was not kept: there is too much like it in the image")),
            Stored::Sparse => unknown(format!("`{path}` is stored as a sparse file, which is not put together")),
        }
    }

    /// The sum of the content of a file, if sums were wanted ([`super::Keep::with_sums`]). Empty, sparse and unread files
    /// have none.
    pub fn sum_of(&self, entry: &Entry<'_>) -> Option<Sum> {
        self.files.get(layer_of(entry.facts))?.sum(record_of(entry.facts))
    }

    /// What is in the folder at a path, with symbolic links followed; nothing if no folder is known there.
    pub fn list(&self, folder: &str) -> Option<Listing<'_>> {
        let folder = self.get(folder).filter(Entry::is_dir)?.path;
        let mut entries = Vec::new();
        let mut at = self.first_below(folder);
        while let Some(node) = self.merged.nodes.get(at).filter(|node| below(self.node_path(**node), folder)) {
            let path = self.node_path(*node);
            entries.push(self.node_entry(*node));
            // The next name: everything below this one comes right after it.
            at += self.merged.nodes[at..].partition_point(|node| {
                let other = self.node_path(*node);
                other == path || below(other, path)
            });
        }
        Some(Listing { entries, more: self.more(folder) })
    }

    /// Everything that is in the image for certain, by path; a folder comes right before what is in it.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.merged.nodes.iter().map(|node| self.node_entry(*node))
    }

    /// Everything that is in the image for certain in a folder, however deep. Links are not followed.
    pub fn below<'c>(&'c self, folder: &str) -> impl Iterator<Item = Entry<'c>> + use<'c> {
        let folder = folder.trim_matches('/').to_string();
        let nodes = &self.merged.nodes[self.first_below(&folder)..];
        nodes.iter().map(|node| self.node_entry(*node)).take_while(move |entry| below(entry.path, &folder))
    }

    /// Every entry of a layer in the order of its tar, and what became of it. Of a layer that was not read to its end
    /// these are the first.
    pub fn in_layer(&self, layer: usize) -> impl Iterator<Item = (Entry<'_>, Fate)> {
        let records = self.files.get(layer).map_or(0, |files| files.records.len());
        (0..records).filter_map(move |index| {
            let Role::Entry(_) = self.files[layer].records[index].role else { return None };
            let fate = self.merged.fates.get(layer).and_then(|fates| fates.get(index));
            let time = time_of(layer, index);
            let entry = self.entry(Node { time, length: self.files[layer].path(index).len() as u32 });
            Some((entry, fate.map_or(Fate::Unknown, |fate| fate.fate())))
        })
    }

    /// Every entry of every layer, base first, and what became of it.
    pub fn in_all_layers(&self) -> impl Iterator<Item = (Entry<'_>, Fate)> {
        (0..self.layers.len()).flat_map(|layer| self.in_layer(layer))
    }

    fn node_path(&self, node: Node) -> &str {
        &path_of(&self.files, node.time)[..node.length as usize]
    }

    /// The index of the first node that may be below a folder.
    fn first_below(&self, folder: &str) -> usize {
        self.merged.nodes.partition_point(|node| compare(self.node_path(*node), folder).is_le())
    }

    fn record(&self, time: Time) -> (&LayerFiles, &Record) {
        let files = &self.files[layer_of(time)];
        (files, &files.records[record_of(time)])
    }

    /// The entry of a node: of the image, or of a folder that only longer names tell of.
    fn node_entry(&self, node: Node) -> Entry<'_> {
        let path = path_of(&self.files, node.time);
        let implied = node.length as usize != path.len() || !matches!(self.record(node.time).1.role, Role::Entry(_));
        if implied { self.implied(node) } else { self.entry(node) }
    }

    fn implied(&self, node: Node) -> Entry<'_> {
        let path = if node.time == 0 { "" } else { self.node_path(node) };
        let layer = layer_of(node.time);
        Entry { path, mode: 0o755, kind: Kind::Dir, implied: true, layer, at: node.time, facts: node.time, ..NOTHING }
    }

    fn entry(&self, node: Node) -> Entry<'_> {
        let (own_files, own) = self.record(node.time);
        let facts = self.merged.linked(node.time).unwrap_or(node.time);
        let (files, record) = self.record(facts);
        let kind = if let Role::Entry(kind) = record.role { kind } else { Kind::HardLink };
        let (_, owned) = self.record(self.merged.owned(facts));
        let (capable_files, capable) = self.record(self.merged.capable(facts));
        Entry {
            path: own_files.read(own.path),
            kind,
            mode: owned.mode,
            uid: owned.uid,
            gid: owned.gid,
            size: record.size,
            target: (kind == Kind::Symlink).then(|| files.read(record.link)),
            hard_link: (own.role == Role::Entry(Kind::HardLink)).then(|| own_files.read(own.link)),
            capability: capable_files.capability(capable),
            implied: false,
            layer: layer_of(node.time),
            at: node.time,
            facts,
        }
    }

    /// Walks a path part by part, as the kernel does with the image as root.
    fn resolve(&self, path: &str, last: bool) -> Lookup<'_> {
        let mut entry = self.implied(Node { time: 0, length: 0 });
        let mut here = String::new();
        let mut parts: Vec<String> = path.split('/').rev().map(str::to_string).collect();
        let mut links = 0;
        while let Some(part) = parts.pop() {
            if part.is_empty() || part == "." {
                continue;
            }
            if entry.kind != Kind::Dir {
                return Lookup::Absent;
            }
            let folder = here.len();
            if part == ".." {
                here.truncate(here.rfind('/').unwrap_or(0));
            } else {
                if !here.is_empty() {
                    here.push('/');
                }
                here.push_str(&part);
            }
            entry = match self.exact(&here) {
                Lookup::Found(entry) => entry,
                other => return other,
            };
            let followed = |_: &&str| last || parts.iter().any(|part| !part.is_empty());
            let Some(target) = entry.target.filter(followed) else { continue };
            links += 1;
            if links > LINKS {
                return Lookup::Absent;
            }
            here.truncate(if target.starts_with('/') { 0 } else { folder });
            parts.extend(target.split('/').rev().map(str::to_string));
            entry = match self.exact(&here) {
                Lookup::Found(folder) => folder,
                other => return other,
            };
        }
        Lookup::Found(entry)
    }

    /// What is at a path, with no link followed anywhere.
    fn exact(&self, path: &str) -> Lookup<'_> {
        if path.is_empty() {
            return Lookup::Found(self.implied(Node { time: 0, length: 0 }));
        }
        let nodes = &self.merged.nodes;
        match nodes.binary_search_by(|node| compare(self.node_path(*node), path)) {
            Ok(found) => Lookup::Found(self.node_entry(nodes[found])),
            Err(_) => self.undecided(path, false).map_or(Lookup::Absent, Lookup::Unknown),
        }
    }

    /// Why something may be in a folder that is not listed.
    fn more(&self, folder: &str) -> Option<String> {
        let doubts = self.doubts_from(folder);
        let doubt = doubts.iter().find(|doubt| self.node_path(doubt.node) != folder);
        let doubt = doubt.filter(|doubt| below(self.node_path(doubt.node), folder));
        self.undecided(folder, true).or_else(|| self.reason(doubt?.until))
    }

    /// The doubt about a path and, right after it, those about what is below it.
    fn doubts_from(&self, path: &str) -> &[Doubt] {
        let doubts = &self.merged.doubts;
        &doubts[doubts.partition_point(|doubt| compare(self.node_path(doubt.node), path).is_lt())..]
    }

    /// Why something may be at a path, or in a folder, that is not known: a doubt that nothing later settles.
    fn undecided(&self, path: &str, inside: bool) -> Option<String> {
        if self.merged.unread == 0 && self.merged.doubts.is_empty() {
            return None;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let (mut doubt, mut cut) = (self.merged.unread, 0);
        for prefix in [0].into_iter().chain(ends).map(|end| &path[..end]) {
            let found = self.doubts_from(prefix).first().filter(|found| self.node_path(found.node) == prefix);
            doubt = doubt.max(found.map_or(0, |found| found.until));
            cut = cut.max(self.merged.cut(&self.files, prefix, inside || prefix != path));
        }
        if cut > doubt { None } else { self.reason(doubt) }
    }

    /// What a doubt comes from, in words.
    fn reason(&self, doubt: Time) -> Option<String> {
        if doubt == 0 {
            return None;
        }
        if doubt == Time::MAX {
            let path = self.node_path(self.merged.over_link?);
            return Some(format!(
                "the image puts files below the symbolic link `{path}`, which engines read differently"
            ));
        }
        let layer = layer_of(doubt);
        let facts = self.layers.get(layer);
        let unread = facts.and_then(|facts| facts.unread.as_deref()).filter(|_| doubt == self.merged.unread);
        Some(match unread {
            Some(why) => why.to_string(),
            None => format!("layer {} has an entry that was refused: `{}`", layer + 1, path_of(&self.files, doubt)),
        })
    }
}

const NOTHING: Entry<'static> = Entry {
    path: "",
    kind: Kind::Dir,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    target: None,
    hard_link: None,
    capability: None,
    implied: false,
    layer: 0,
    at: 0,
    facts: 0,
};
