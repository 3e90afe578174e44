//! Picking: of all fixes those that do not get in each other's way, made in memory.
//!
//! The first by place wins; one that touches what another changes waits for the next round, as it was made for a text
//! that is there no more. All edits of a fix are made, or none.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Change;
use super::collect::Proposal;
use crate::report::ReportedEdit;
use crate::scan::Request;

/// What one round changes.
#[derive(Debug, Default)]
pub struct Picked {
    /// The files, by their real path.
    pub files: BTreeMap<PathBuf, Change>,
    /// How many findings are mended.
    pub findings: usize,
    /// Files that are left alone, with the reason.
    pub left: BTreeMap<String, String>,
}

impl Picked {
    /// The same request over the changed texts.
    pub fn applied_to(&self, request: &Request) -> Request {
        let mut request = request.clone();
        request.changed.extend(self.files.iter().map(|(path, change)| (path.clone(), change.after.clone())));
        request
    }
}

/// A file on its way: its text as it was read, and what takes the place of what.
struct Draft {
    name: Arc<str>,
    text: Arc<str>,
    /// By place; none touches another.
    edits: BTreeMap<(usize, usize), String>,
}

/// Picks fixes and makes them. `fit` says why a file with this real path and text may not be changed.
pub fn pick(mut proposals: Vec<Proposal>, fit: &mut dyn FnMut(&Path, &str) -> Result<(), String>) -> Picked {
    proposals.sort_by(Proposal::by_place);
    let mut real_paths: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let mut fits: BTreeMap<PathBuf, Result<(), String>> = BTreeMap::new();
    let mut drafts: BTreeMap<PathBuf, Draft> = BTreeMap::new();
    let mut picked = Picked::default();
    for proposal in proposals {
        let mut placed: Vec<(PathBuf, ReportedEdit)> = Vec::new();
        for edit in proposal.edits {
            let path = &edit.file.path;
            let real = real_paths.entry(path.clone()).or_insert_with(|| real_path(path)).clone();
            placed.push((real, edit));
        }
        let refused = placed.iter().find_map(|(path, edit)| {
            let fits = fits.entry(path.clone()).or_insert_with(|| fit(path, &edit.file.text));
            fits.as_ref().err().map(|why| (edit.location.path.to_string(), why.clone()))
        });
        if let Some((name, why)) = refused {
            picked.left.insert(name, why);
            continue;
        }
        let known = placed.iter().filter(|(path, edit)| is_made(drafts.get(path), edit)).count();
        let free = placed.iter().all(|(path, edit)| is_free(drafts.get(path), edit));
        if known == placed.len() {
            // Two findings that are mended by the same change.
            picked.findings += 1;
        } else if known == 0 && free {
            picked.findings += 1;
            for (path, edit) in placed {
                let new = || Draft { name: edit.location.path, text: edit.file.text, edits: BTreeMap::new() };
                let draft = drafts.entry(path).or_insert_with(new);
                draft.edits.insert((edit.location.offset as usize, edit.location.length as usize), edit.text);
            }
        }
    }
    picked.files = drafts.into_iter().map(|(path, draft)| (path, draft.change())).collect();
    picked
}

fn real_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn place(edit: &ReportedEdit) -> Range<usize> {
    let start = edit.location.offset as usize;
    start..start + edit.location.length as usize
}

/// Whether this very edit is made already.
fn is_made(draft: Option<&Draft>, edit: &ReportedEdit) -> bool {
    let key = (edit.location.offset as usize, edit.location.length as usize);
    draft.is_some_and(|draft| draft.text == edit.file.text && draft.edits.get(&key) == Some(&edit.text))
}

/// Whether an edit touches no other, and was made for the same text. Next to each other is too near: which of two texts
/// comes first would be chance.
fn is_free(draft: Option<&Draft>, edit: &ReportedEdit) -> bool {
    let Some(draft) = draft else { return true };
    let range = place(edit);
    // None touches another, so the last one that starts before the end reaches furthest.
    let nearest = draft.edits.range(..=(range.end, usize::MAX)).next_back();
    draft.text == edit.file.text && nearest.is_none_or(|((start, length), _)| start + length < range.start)
}

impl Draft {
    fn change(self) -> Change {
        let mut after = String::with_capacity(self.text.len() + 256);
        let mut done = 0;
        for ((start, length), text) in &self.edits {
            // Edits of one fix may stand next to each other, but were checked not to overlap.
            after.push_str(self.text.get(done..*start).unwrap_or(""));
            after.push_str(text);
            done = (start + length).max(done);
        }
        after.push_str(self.text.get(done..).unwrap_or(""));
        Change { name: self.name, before: self.text, after: after.into() }
    }
}
