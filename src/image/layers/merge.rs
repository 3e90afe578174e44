//! Merge: the layers over one another, as an engine mounts them.
//!
//! Everything that layers say is an event with a [`Time`]: the layer, then the place in the layer. Whiteouts and opaque
//! folders happen before all entries of their layer, wherever they stand in it. An entry is in the image if nothing
//! later has its path, and nothing later took it away: a whiteout of the path or of a folder above it, an opaque folder
//! above it, something above it that is no folder. A folder is there too if only longer paths tell of it.
//!
//! All events are sorted by path, so that a folder comes right before what is in it; one walk over them with the
//! folders above at hand decides them all.
//!
//! A layer that could not be read may have said anything. What is decided by events after it is known all the same; the
//! rest is in doubt. So is what a refused name may have meant, and a folder of one layer over a symbolic link of
//! another: Docker's own store puts a folder in its place, containerd goes through the link.

use std::cmp::Ordering;

use rayon::slice::ParallelSliceMut;

use super::files::{LayerFiles, Role};
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
fn start_of(layer: usize) -> Time {
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

/// The layers, merged.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// All events by path, then time.
    pub order: Vec<Time>,
    /// Hard links and the event of the file that they link to, by the time of the link.
    pub links: Vec<(Time, Time)>,
    /// What is in the image for certain, by path.
    pub nodes: Vec<Node>,
    /// What became of every record, by layer and index.
    pub fates: Vec<Vec<Packed>>,
    /// Paths in doubt, by path.
    pub doubts: Vec<Doubt>,
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

    fn new(fate: Fate) -> Packed {
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

fn role_of<L: AsRef<LayerFiles>>(layers: &[L], time: Time) -> Role {
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
        let mut walk = Walk { layers, merged, frames: Vec::new(), made_up };
        walk.run()?;
        let mut merged = walk.merged;
        merged.nodes.retain(|node| node.time != 0);
        let path = |doubt: &Doubt| &path_of(layers, doubt.node.time)[..doubt.node.length as usize];
        merged.doubts.sort_by(|a, b| compare(path(a), path(b)));
        Some(merged)
    }

    /// The events at a path.
    pub fn group<L: AsRef<LayerFiles>>(&self, layers: &[L], path: &str) -> &[Time] {
        let start = self.order.partition_point(|time| compare(path_of(layers, *time), path).is_lt());
        let rest = &self.order[start..];
        &rest[..rest.partition_point(|time| compare(path_of(layers, *time), path).is_le())]
    }

    /// Finds the file of each hard link: the last thing of that name before the link.
    fn link<L: AsRef<LayerFiles>>(&mut self, layers: &[L], unread: &[bool]) {
        for (layer, files) in layers.iter().enumerate() {
            let files = files.as_ref();
            for (index, record) in files.records.iter().enumerate() {
                if record.role != Role::Entry(Kind::HardLink) {
                    continue;
                }
                let time = time_of(layer, index);
                let group = self.group(layers, files.read(record.link));
                let before = group.iter().rev().find(|other| **other < time && is_entry(layers, **other));
                let Some(target) = before.copied() else { continue };
                if (layer_of(target)..layer).any(|between| unread[between]) {
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

    /// What an entry is, with hard links followed.
    fn kind<L: AsRef<LayerFiles>>(&self, layers: &[L], time: Time) -> Option<Kind> {
        match role_of(layers, self.linked(time).unwrap_or(time)) {
            Role::Entry(kind) => Some(kind),
            _ => None,
        }
    }
}

fn is_entry<L: AsRef<LayerFiles>>(layers: &[L], time: Time) -> bool {
    matches!(role_of(layers, time), Role::Entry(_))
}

/// A folder whose content is being walked, or a file.
struct Frame {
    /// Its path: the first bytes of that of an event.
    node: Node,
    /// The place that is free for it among the nodes.
    slot: usize,
    /// Events that took away what was below it, in order.
    cuts: Vec<Time>,
    /// The last of these and of those above.
    cut: Time,
    /// The last event that took itself away.
    gone: Time,
    /// Until when it is in doubt itself, and what is below it.
    doubt: Time,
    doubt_below: Time,
    /// The last entry of this path.
    top: Option<Time>,
    /// The last event below it: it was a folder then.
    latest: Time,
}

struct Walk<'l, L> {
    layers: &'l [L],
    merged: Merged,
    frames: Vec<Frame>,
    made_up: u64,
}

impl<L: AsRef<LayerFiles>> Walk<'_, L> {
    fn run(&mut self) -> Option<()> {
        let root = Node { time: 0, length: 0 };
        self.frames.push(Frame::new(root, 0, None, self.merged.unread));
        let order = std::mem::take(&mut self.merged.order);
        let layers = self.layers;
        let same_path = |a: &Time, b: &Time| path_of(layers, *a) == path_of(layers, *b);
        for group in order.chunk_by(same_path) {
            self.enter(path_of(layers, group[0]), group[0])?;
            self.take(group);
        }
        while self.frames.len() > 1 {
            self.leave();
        }
        self.merged.order = order;
        Some(())
    }

    fn path(&self, node: Node) -> &str {
        if node.time == 0 { "" } else { &path_of(self.layers, node.time)[..node.length as usize] }
    }

    /// Leaves the folders that the path is not in, and enters those that it is in, and itself.
    fn enter(&mut self, path: &str, time: Time) -> Option<()> {
        while let Some(frame) = self.frames.last() {
            let folder = self.path(frame.node);
            if self.frames.len() == 1 || below(path, folder) {
                break;
            }
            self.leave();
        }
        if path.is_empty() {
            return Some(());
        }
        let known = self.frames.last().map_or(0, |frame| frame.node.length as usize);
        let rest = &path[known..];
        let ends = rest.match_indices('/').map(|(at, _)| known + at).filter(|at| *at > known);
        for end in ends.chain([path.len()]) {
            if end < path.len() {
                self.made_up = self.made_up.checked_sub(1)?;
            }
            let node = Node { time, length: end as u32 };
            let slot = self.merged.nodes.len();
            self.merged.nodes.push(Node { time: 0, length: 0 });
            let frame = Frame::new(node, slot, self.frames.last(), 0);
            self.frames.push(frame);
        }
        Some(())
    }

    /// Takes the events of the path that was entered last.
    fn take(&mut self, group: &[Time]) {
        let Some(mut frame) = self.frames.pop() else { return };
        let mut whiteouts: Vec<Time> = Vec::new();
        for time in group.iter().copied() {
            match role_of(self.layers, time) {
                Role::Whiteout => whiteouts.push(start_of(layer_of(time))),
                Role::Opaque => {
                    frame.cuts.push(start_of(layer_of(time)));
                    frame.implied(time);
                }
                Role::Refused => {
                    frame.doubt = frame.doubt.max(time);
                    frame.doubt_below = frame.doubt_below.max(time);
                    self.merged.doubts.push(Doubt { node: Node { time, ..frame.node }, until: time });
                }
                Role::Entry(_) => {
                    if self.merged.kind(self.layers, time) != Some(Kind::Dir) {
                        frame.cuts.push(time);
                    }
                    frame.top = Some(time);
                }
            }
        }
        frame.cuts.extend(&whiteouts);
        frame.cuts.sort_unstable();
        frame.gone = frame.gone.max(whiteouts.last().copied().unwrap_or(0));
        frame.cut = frame.cut.max(frame.cuts.last().copied().unwrap_or(0));
        if let Some(top) = frame.top.filter(|top| *top > frame.gone)
            && self.merged.kind(self.layers, top) == Some(Kind::Symlink)
        {
            frame.doubt_below = Time::MAX;
        }
        let entries = group.iter().copied().filter(|time| is_entry(self.layers, *time));
        let entries: Vec<Time> = entries.collect();
        for (index, time) in entries.iter().copied().enumerate() {
            let fate = self.end(time, entries.get(index + 1).copied(), &whiteouts);
            if let Some(fate) = fate {
                self.settle(time, fate);
            }
        }
        self.frames.push(frame);
    }

    /// What ended an entry first: the next entry of its path, a whiteout, or what happened above.
    fn end(&self, time: Time, next: Option<Time>, whiteouts: &[Time]) -> Option<Fate> {
        let first_after = |events: &[Time]| events.get(events.partition_point(|event| *event <= time)).copied();
        let above = self.frames.iter().rev().take_while(|frame| frame.cut > time);
        let deleted = above.filter_map(|frame| first_after(&frame.cuts)).chain(first_after(whiteouts)).min();
        match (next, deleted) {
            (Some(next), Some(deleted)) if deleted < next => Some(Fate::Deleted { by: layer_of(deleted) }),
            (Some(next), _) => Some(Fate::Replaced { by: layer_of(next) }),
            (None, Some(deleted)) => Some(Fate::Deleted { by: layer_of(deleted) }),
            (None, None) => None,
        }
    }

    fn settle(&mut self, time: Time, fate: Fate) {
        self.merged.fates[layer_of(time)][record_of(time)] = Packed::new(fate);
    }

    /// Decides the path that was entered last, with all that is below it known.
    fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let made_up = Node { time: frame.latest, length: frame.node.length };
        let folder = frame.latest > frame.gone.max(frame.doubt);
        let node = match frame.top.filter(|top| *top > frame.gone) {
            Some(top) => match self.merged.kind(self.layers, top) {
                Some(Kind::Symlink) if frame.latest > top => {
                    self.settle(top, Fate::Unknown);
                    self.merged.doubts.push(Doubt { node: Node { time: top, ..frame.node }, until: Time::MAX });
                    None
                }
                kind if frame.latest > top && kind != Some(Kind::Dir) => {
                    self.settle(top, Fate::Replaced { by: layer_of(frame.latest) });
                    folder.then_some(made_up)
                }
                _ if top > frame.doubt => Some(Node { time: top, length: frame.node.length }),
                _ => {
                    self.settle(top, Fate::Unknown);
                    folder.then_some(made_up)
                }
            },
            None => folder.then_some(made_up),
        };
        if let Some(node) = node {
            self.merged.nodes[frame.slot] = node;
        }
        if let Some(parent) = self.frames.last_mut() {
            parent.implied(frame.latest.max(frame.top.unwrap_or(0)));
        }
    }
}

impl Frame {
    fn new(node: Node, slot: usize, parent: Option<&Frame>, doubt: Time) -> Frame {
        let cut = parent.map_or(0, |parent| parent.cut);
        let doubt = parent.map_or(doubt, |parent| parent.doubt_below);
        Frame { node, slot, cuts: Vec::new(), cut, gone: cut, doubt, doubt_below: doubt, top: None, latest: 0 }
    }

    /// An event below it, or one that only a folder has: it was a folder then.
    fn implied(&mut self, time: Time) {
        self.latest = self.latest.max(time);
    }
}
