//! Walk: decides which events of the layers are in the image, with one pass over all of them.

use super::files::{LayerFiles, Role};
use super::merge::{
    Doubt, Merged, Node, Packed, Time, below, is_entry, layer_of, path_of, record_of, role_of, start_of,
};
use super::{Fate, Kind};

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

/// A walk over all events by path, with the folders above at hand.
pub(super) struct Walk<'l, L> {
    layers: &'l [L],
    merged: Merged,
    frames: Vec<Frame>,
    made_up: u64,
}

impl<'l, L: AsRef<LayerFiles>> Walk<'l, L> {
    /// Decides what is in the image. Nothing if more folders have to be made up than the limit says.
    pub fn run(layers: &'l [L], mut merged: Merged, made_up: u64) -> Option<Merged> {
        let root = Node { time: 0, length: 0 };
        let order = std::mem::take(&mut merged.order);
        let frames = vec![Frame::new(root, 0, None, merged.unread)];
        let mut walk = Walk { layers, merged, frames, made_up };
        let same_path = |a: &Time, b: &Time| path_of(layers, *a) == path_of(layers, *b);
        for group in order.chunk_by(same_path) {
            walk.enter(path_of(layers, group[0]), group[0])?;
            walk.take(group);
        }
        while walk.frames.len() > 1 {
            walk.leave();
        }
        walk.merged.order = order;
        Some(walk.merged)
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
