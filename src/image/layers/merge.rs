//! Merge: the layers over one another, as an engine mounts them.
//!
//! Everything that layers say is an event with a [`Time`]: the layer, then the place in the layer. Whiteouts and opaque
//! folders happen before all entries of their layer, wherever they stand in it. An entry is in the image if nothing
//! later has its path, and nothing later took it away: a whiteout of the path or of a folder above it, an opaque folder
//! above it, something above it that is no folder. A folder is there too if only longer paths tell of it.
//!
//! All events are sorted by path, so that a folder comes right before what is in it; one [`Walk`] over them decides
//! them all.
//!
//! A layer that could not be read may have said anything. What is decided by events after it is known all the same; the
//! rest is in doubt. So is what a refused name may have meant, and a folder of one layer over a symbolic link of
//! another: Docker's own store puts a folder in its place, containerd goes through the link.

use std::cmp::{Ordering, Reverse};

use rayon::slice::ParallelSliceMut;

use super::files::{LayerFiles, Role};
use super::walk::Walk;
use super::{Fate, Kind};

/// The layer in the upper half, the record's index plus one in the lower.
pub(super) type Time = u64;

/// The layer of an event.
pub(super) fn layer_of(time: Time) -> usize {
    (time >> 32) as usize
}

/// The index of the record of an event.
pub(super) fn record_of(time: Time) -> usize {
    (time as u32).wrapping_sub(1) as usize
}

/// The event of a record.
pub(super) fn time_of(layer: usize, record: usize) -> Time {
    start_of(layer) | (record as Time + 1)
}

/// The moment before the first entry of a layer.
pub(super) fn start_of(layer: usize) -> Time {
    (layer as Time) << 32
}

/// The moment after the last entry of a layer.
pub(super) fn end_of(layer: usize) -> Time {
    start_of(layer) | Time::from(u32::MAX)
}

/// A path that is in the image: the first bytes of the path of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub time: Time,
    pub length: u32,
}

/// A path below which things are in doubt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doubt {
    pub node: Node,
    /// What happened later than this is known.
    pub until: Time,
}

/// When things were last taken away from a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// An event of the path.
    at: Time,
    /// When the path itself was.
    whole: Time,
    /// When what was in it was.
    inside: Time,
}

impl Cut {
    /// The last cut of all events of a path.
    fn of<L: AsRef<LayerFiles>>(layers: &[L], group: &[Time]) -> Cut {
        let mut cut = Cut { at: group[0], whole: 0, inside: 0 };
        for time in group.iter().copied() {
            let start = start_of(layer_of(time));
            let (whole, inside) = match role_of(layers, time) {
                Role::Whiteout => (start, start),
                Role::Opaque => (0, start),
                Role::Entry(Kind::Dir) | Role::Refused => (0, 0),
                Role::Entry(_) => (0, time),
            };
            cut.whole = cut.whole.max(whole);
            cut.inside = cut.inside.max(inside);
        }
        cut
    }
}

/// The layers, merged.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// All events by path, then time.
    pub order: Vec<Time>,
    /// Hard links and the event of the file that they link to, by the time of the link.
    pub links: Vec<(Time, Time)>,
    /// Files that hard links link to, and the last of these links, by the time of the file.
    pub last_links: Vec<(Time, Time)>,
    /// The same of links that have capabilities.
    pub capable_links: Vec<(Time, Time)>,
    /// What is in the image for certain, by path.
    pub nodes: Vec<Node>,
    /// What became of every record, by layer and index.
    pub fates: Vec<Vec<Packed>>,
    /// Paths in doubt, by path; each is there once.
    pub doubts: Vec<Doubt>,
    /// The first symbolic link that is in doubt for what is below it.
    pub over_link: Option<Node>,
    /// What was taken away last, by path; only if anything is in doubt.
    pub cuts: Vec<Cut>,
    /// The end of the last layer that could not be read.
    pub unread: Time,
}

/// A [`Fate`] in four bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Packed(u32);

impl Packed {
    const REPLACED: u32 = 1 << 30;
    const DELETED: u32 = 2 << 30;
    const UNKNOWN: u32 = 3 << 30;

    pub fn new(fate: Fate) -> Packed {
        Packed(match fate {
            Fate::Stays => 0,
            Fate::Replaced { by } => Packed::REPLACED | by as u32,
            Fate::Deleted { by } => Packed::DELETED | by as u32,
            Fate::Unknown => Packed::UNKNOWN,
        })
    }

    pub fn fate(self) -> Fate {
        let by = (self.0 & !Packed::UNKNOWN) as usize;
        match self.0 & Packed::UNKNOWN {
            0 => Fate::Stays,
            Packed::REPLACED => Fate::Replaced { by },
            Packed::DELETED => Fate::Deleted { by },
            _ => Fate::Unknown,
        }
    }
}

/// Compares paths part by part, so that a folder comes right before what is in it.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    let same = 8 * words.take_while(|(a, b)| a == b).count();
    let same = same + a[same..].iter().zip(&b[same..]).take_while(|(a, b)| a == b).count();
    let key = |bytes: &[u8]| bytes.get(same).map_or(-1, |byte| if *byte == b'/' { 0 } else { i32::from(*byte) });
    key(a).cmp(&key(b))
}

/// Whether the path is below the folder; everything but the root is below the root.
pub(super) fn below(path: &str, folder: &str) -> bool {
    match path.strip_prefix(folder) {
        Some(rest) if folder.is_empty() => !rest.is_empty(),
        Some(rest) => rest.starts_with('/'),
        None => false,
    }
}

/// The path of an event.
pub(super) fn path_of<L: AsRef<LayerFiles>>(layers: &[L], time: Time) -> &str {
    layers[layer_of(time)].as_ref().path(record_of(time))
}

pub(super) fn role_of<L: AsRef<LayerFiles>>(layers: &[L], time: Time) -> Role {
    layers[layer_of(time)].as_ref().records[record_of(time)].role
}

impl Merged {
    /// Merges the layers. Nothing if more folders have to be made up than the limit says.
    pub fn of<L: AsRef<LayerFiles> + Sync>(layers: &[L], unread: &[bool], made_up: u64) -> Option<Merged> {
        let records = |index: usize| layers[index].as_ref().records.len();
        let all = (0..layers.len()).flat_map(|layer| (0..records(layer)).map(move |index| time_of(layer, index)));
        let mut order: Vec<Time> = all.collect();
        order.par_sort_unstable_by(|a, b| compare(path_of(layers, *a), path_of(layers, *b)).then(a.cmp(b)));
        let fates = (0..layers.len()).map(|layer| vec![Packed::default(); records(layer)]).collect();
        let last = unread.iter().rposition(|unread| *unread);
        let mut merged = Merged { order, fates, unread: last.map_or(0, end_of), ..Merged::default() };
        merged.link(layers, unread);
        merged.apply(layers);
        let mut merged = Walk::run(layers, merged, made_up)?;
        merged.nodes.retain(|node| node.time != 0);
        merged.doubt(layers);
        Some(merged)
    }

    /// Keeps of all doubts about a path the latest, and finds what settles doubts: each lookup asks for both.
    fn doubt<L: AsRef<LayerFiles>>(&mut self, layers: &[L]) {
        let path = |doubt: &Doubt| &path_of(layers, doubt.node.time)[..doubt.node.length as usize];
        self.doubts.sort_by(|a, b| compare(path(a), path(b)).then(b.until.cmp(&a.until)));
        self.doubts.dedup_by(|later, first| path(later) == path(first));
        self.over_link = self.doubts.iter().find(|doubt| doubt.until == Time::MAX).map(|doubt| doubt.node);
        if self.unread > 0 || !self.doubts.is_empty() {
            let same_path = |a: &Time, b: &Time| path_of(layers, *a) == path_of(layers, *b);
            let cuts = self.order.chunk_by(same_path).map(|group| Cut::of(layers, group));
            self.cuts = cuts.filter(|cut| cut.inside > 0).collect();
        }
    }

    /// When the path was last taken away, or what was in it; only if anything is in doubt.
    pub fn cut<L: AsRef<LayerFiles>>(&self, layers: &[L], path: &str, inside: bool) -> Time {
        let found = self.cuts.binary_search_by(|cut| compare(path_of(layers, cut.at), path));
        found.map_or(0, |found| if inside { self.cuts[found].inside } else { self.cuts[found].whole })
    }

    /// Finds the file of each hard link: the last thing of that name before the link.
    fn link<L: AsRef<LayerFiles>>(&mut self, layers: &[L], unread: &[bool]) {
        let entries: Vec<Time> = self.order.iter().copied().filter(|time| is_entry(layers, *time)).collect();
        for (layer, files) in layers.iter().enumerate() {
            let files = files.as_ref();
            for (index, record) in files.records.iter().enumerate() {
                if record.role != Role::Entry(Kind::HardLink) {
                    continue;
                }
                let (time, path) = (time_of(layer, index), files.read(record.link));
                let before = |other: &Time| compare(path_of(layers, *other), path).then(other.cmp(&time)).is_lt();
                let last = entries.partition_point(before).checked_sub(1).map(|last| entries[last]);
                let Some(target) = last.filter(|target| path_of(layers, *target) == path) else { continue };
                if unread[layer_of(target)..layer].contains(&true) {
                    continue;
                }
                if let Some(file) = self.file_of(layers, target) {
                    self.links.push((time, file));
                }
            }
        }
    }

    /// The event that has the facts of an entry: itself, or the file that a hard link links to.
    fn file_of<L: AsRef<LayerFiles>>(&self, layers: &[L], time: Time) -> Option<Time> {
        match role_of(layers, time) {
            Role::Entry(Kind::HardLink) => self.linked(time),
            Role::Entry(Kind::Dir) => None,
            _ => Some(time),
        }
    }

    /// The file that a hard link links to.
    pub fn linked(&self, time: Time) -> Option<Time> {
        self.links.binary_search_by_key(&time, |link| link.0).ok().map(|found| self.links[found].1)
    }

    /// Finds the last link of each file. Symbolic links have no mode to be set.
    fn apply<L: AsRef<LayerFiles>>(&mut self, layers: &[L]) {
        let files = self.links.iter().filter(|link| role_of(layers, link.1) != Role::Entry(Kind::Symlink));
        let mut links: Vec<(Time, Time)> = files.map(|(link, file)| (*file, *link)).collect();
        links.sort_unstable_by_key(|(file, link)| (*file, Reverse(*link)));
        let capable = |link: Time| {
            let files = layers[layer_of(link)].as_ref();
            files.capability(&files.records[record_of(link)]).is_some()
        };
        self.capable_links = links.iter().copied().filter(|(_, link)| capable(*link)).collect();
        self.capable_links.dedup_by_key(|(file, _)| *file);
        links.dedup_by_key(|(file, _)| *file);
        self.last_links = links;
    }

    /// The event whose mode and owner a file has: engines set those of each hard link, and all names share them.
    pub fn owned(&self, file: Time) -> Time {
        last_of(&self.last_links, file)
    }

    /// The event whose capabilities a file has: the last link with any, or the file itself.
    pub fn capable(&self, file: Time) -> Time {
        last_of(&self.capable_links, file)
    }

    /// What an entry is, with hard links followed.
    pub fn kind<L: AsRef<LayerFiles>>(&self, layers: &[L], time: Time) -> Option<Kind> {
        match role_of(layers, self.linked(time).unwrap_or(time)) {
            Role::Entry(kind) => Some(kind),
            _ => None,
        }
    }
}

/// The last link of a file, or the file itself if it has none.
fn last_of(links: &[(Time, Time)], file: Time) -> Time {
    links.binary_search_by_key(&file, |link| link.0).map_or(file, |found| links[found].1)
}

pub(super) fn is_entry<L: AsRef<LayerFiles>>(layers: &[L], time: Time) -> bool {
    matches!(role_of(layers, time), Role::Entry(_))
}
