//! Files of two images: which came, which went, which changed, and in which folders the bytes are.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::image::layers::{Contents, Entry, Kind, Lookup, compare};

/// How many changes are told at most: those that weigh most.
const TOLD: usize = 10_000;

/// How many folders are told at most.
const FOLDERS: usize = 1_000;

/// What became of the files of an image.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// What came.
    pub added: Tally,
    /// What went.
    pub removed: Tally,
    /// What changed; its bytes are those that it has now.
    pub changed: Tally,
    /// What may be one of these, or none: something that is needed to tell could not be read.
    pub doubtful: Tally,
    /// The changes, those that weigh most first.
    pub changes: Vec<FileChange>,
    /// How many changes are left out of that list.
    pub omitted: usize,
    /// Folders whose files weigh another amount than before, the greatest difference first; none if not all layers could
    /// be read.
    pub folders: Vec<Folder>,
}

/// A number of files, folders and links, and the bytes of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub number: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.number += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// One file, folder or link that is not the same in both images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileChange {
    /// Where it is.
    pub path: String,
    /// What it was; nothing if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<FileFacts>,
    /// What it is; nothing if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<FileFacts>,
    /// For what is in both: what is not the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Aspect>,
    /// Whether that is so; otherwise it may be.
    pub certain: bool,
}

/// What is told of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileFacts {
    /// `file`, `folder`, `symbolic link` ...
    pub kind: &'static str,
    /// Bytes of its content.
    pub size: u64,
    /// Its mode in octal digits.
    pub mode: String,
    /// The number of its owner.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
    /// Where a symbolic link points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The number of its layer, from 1.
    pub layer: usize,
}

/// What can change of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// It is something else: a file became a link.
    Kind,
    /// Its size, and so its content.
    Size,
    /// Its content, while the size is the same.
    Content,
    /// The target of a symbolic link.
    Target,
    /// The owner or the group.
    Owner,
    /// The mode.
    Mode,
    /// The file capabilities.
    Capabilities,
}

impl Aspect {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Aspect::Kind => "kind",
            Aspect::Size => "size",
            Aspect::Content => "content",
            Aspect::Target => "target",
            Aspect::Owner => "owner",
            Aspect::Mode => "mode",
            Aspect::Capabilities => "capabilities",
        }
    }
}

/// The bytes of the files in a folder, however deep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Folder {
    /// A folder of the first or second level; `/` stands for the files right in the root.
    pub path: String,
    /// Bytes in the earlier image.
    pub before: u64,
    /// Bytes in the later image.
    pub after: u64,
}

impl FileChange {
    /// How many bytes it is about: those that came and those that went.
    pub fn weight(&self) -> u64 {
        let size = |facts: &Option<FileFacts>| facts.as_ref().map_or(0, |facts| facts.size);
        let (before, after) = (size(&self.before), size(&self.after));
        if self.changed.contains(&Aspect::Content) { after } else { before.abs_diff(after) }
    }
}

/// One of the two images.
struct Side<'c> {
    contents: &'c Contents,
    /// Whether there may be more in it.
    doubtful: bool,
}

impl Side<'_> {
    /// Whether nothing is at a path for certain where nothing is known to be.
    fn lacks(&self, path: &str) -> bool {
        !self.doubtful || !matches!(self.contents.find_link(path), Lookup::Unknown(_))
    }
}

impl Files {
    /// Compares the files of two images.
    pub fn of(before: &Contents, after: &Contents) -> Files {
        let mut files = Files::default();
        let mut folders = BTreeMap::<&str, [u64; 2]>::new();
        let contents = [before, after];
        let sides = contents.map(|contents| Side { contents, doubtful: contents.unknown().is_some() });
        let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
        loop {
            let (first, second) = match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(_), None) => (true, false),
                (None, Some(_)) => (false, true),
                (Some(old), Some(new)) => {
                    let order = compare(old.path, new.path);
                    (order.is_le(), order.is_ge())
                }
            };
            let (old, new) = (old.next_if(|_| first), new.next_if(|_| second));
            for (side, entry) in [old, new].into_iter().enumerate() {
                if let Some(entry) = entry.filter(|entry| weight(entry) > 0) {
                    let bytes = &mut folders.entry(folder(entry.path)).or_default()[side];
                    *bytes = bytes.saturating_add(entry.size);
                }
            }
            files.compare(&sides, old, new);
        }
        files.order();
        if sides.iter().any(|side| side.doubtful) {
            return files;
        }
        let changed = folders.into_iter().filter(|(_, [before, after])| before != after);
        let folder = |(path, [before, after]): (&str, [u64; 2])| Folder { path: format!("/{path}"), before, after };
        files.folders = changed.map(folder).collect();
        files.folders.sort_by_key(|folder| std::cmp::Reverse(folder.before.abs_diff(folder.after)));
        files.folders.truncate(FOLDERS);
        files
    }

    /// How many changes there are.
    pub fn number(&self) -> usize {
        self.added.number + self.removed.number + self.changed.number + self.doubtful.number
    }

    /// Compares what is at one path.
    fn compare(&mut self, [before, after]: &[Side<'_>; 2], old: Option<Entry<'_>>, new: Option<Entry<'_>>) {
        let (changed, certain) = match (&old, &new) {
            (Some(old), Some(new)) => aspects([before.contents, after.contents], old, new),
            (Some(old), None) => (Vec::new(), after.lacks(old.path)),
            (None, Some(new)) => (Vec::new(), before.lacks(new.path)),
            (None, None) => return,
        };
        if old.is_some() && new.is_some() && changed.is_empty() {
            return;
        }
        let tally = match (&old, &new) {
            _ if !certain => &mut self.doubtful,
            (Some(_), Some(_)) => &mut self.changed,
            (Some(_), None) => &mut self.removed,
            _ => &mut self.added,
        };
        let known = new.as_ref().or(old.as_ref());
        tally.add(known.map_or(0, weight));
        let path = known.map_or_else(String::new, |entry| format!("/{}", entry.path));
        self.changes.push(FileChange { path, before: old.map(facts), after: new.map(facts), changed, certain });
        if self.changes.len() >= 2 * TOLD {
            self.order();
        }
    }

    /// Puts the heaviest changes first, and leaves out those that are too many.
    fn order(&mut self) {
        self.changes.sort_by(|a, b| b.weight().cmp(&a.weight()).then_with(|| compare(&a.path, &b.path)));
        self.omitted += self.changes.len().saturating_sub(TOLD);
        self.changes.truncate(TOLD);
    }
}

/// Bytes that the entry itself takes: another name of a file takes none.
fn weight(entry: &Entry<'_>) -> u64 {
    if entry.hard_link.is_some() { 0 } else { entry.size }
}

/// The folder that a file is counted in: at most two levels deep.
fn folder(path: &str) -> &str {
    let ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).take(2).collect();
    &path[..ends.last().copied().unwrap_or(0)]
}

fn facts(entry: Entry<'_>) -> FileFacts {
    FileFacts {
        kind: kind(&entry),
        size: weight(&entry),
        mode: format!("{:04o}", entry.mode),
        uid: entry.uid,
        gid: entry.gid,
        target: entry.target.map(str::to_string),
        layer: entry.layer + 1,
    }
}

fn kind(entry: &Entry<'_>) -> &'static str {
    match entry.kind {
        Kind::File if entry.hard_link.is_some() => "hard link",
        Kind::File => "file",
        Kind::Dir => "folder",
        Kind::Symlink => "symbolic link",
        Kind::HardLink => "hard link to something unknown",
        Kind::Device => "device",
        Kind::Fifo => "pipe",
    }
}

/// What is not the same of what is in both, and whether that is certain.
fn aspects([before, after]: [&Contents; 2], old: &Entry<'_>, new: &Entry<'_>) -> (Vec<Aspect>, bool) {
    if old.kind != new.kind {
        return (vec![Aspect::Kind], true);
    }
    let mut changed = Vec::new();
    if old.size != new.size {
        changed.push(Aspect::Size);
    }
    if old.target != new.target {
        changed.push(Aspect::Target);
    }
    // What no layer tells of by itself has the owner and the mode that the engine gives it.
    let told = !old.implied && !new.implied;
    if told && (old.uid, old.gid) != (new.uid, new.gid) {
        changed.push(Aspect::Owner);
    }
    if told && old.kind != Kind::Symlink && old.mode != new.mode {
        changed.push(Aspect::Mode);
    }
    if old.capability != new.capability {
        changed.push(Aspect::Capabilities);
    }
    if !old.is_file() || old.size != new.size || old.size == 0 {
        return (changed, true);
    }
    match (before.sum_of(old), after.sum_of(new)) {
        (Some(old), Some(new)) if old == new => (changed, true),
        (Some(_), Some(_)) => {
            changed.insert(0, Aspect::Content);
            (changed, true)
        }
        _ if same_layer([before, after], old, new) => (changed, true),
        _ => {
            let certain = !changed.is_empty();
            changed.insert(0, Aspect::Content);
            (changed, certain)
        }
    }
}

/// Whether both come from layers with the same bytes.
fn same_layer([before, after]: [&Contents; 2], old: &Entry<'_>, new: &Entry<'_>) -> bool {
    let id =
        |contents: &Contents, entry: &Entry<'_>| contents.layers().get(entry.layer).and_then(|l| l.diff_id.clone());
    let (first, second) = (id(before, old), id(after, new));
    old.hard_link.is_none() && new.hard_link.is_none() && first.is_some() && first == second
}
