//! Fixes made: what findings say to change, in the files.
//!
//! 1. A scan is run, and [`collect`] keeps the fixes of its findings that may be made.
//! 2. [`pick`] takes those that do not get in each other's way, and makes them in memory.
//! 3. The scan is run again over the changed texts. A fix that brought about what was not found before is declined
//!    ([`round`]); the others stay, and the next round mends what they hid, until nothing is left to do.
//! 4. [`write`] puts the files in place, each whole or not at all; or [`diff`] shows what would be written.
//!
//! A file is left alone, with the reason, if it lies outside the root, may not be written, or is not what was read.

mod collect;
mod diff;
mod pick;
mod round;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::assess::Detail;
use crate::finding::Safety;
use crate::policy::Policy;
use crate::report::{Header, Summary, Writer};
use crate::scan::{self, Needs, Request};
use collect::{Collector, Proposal};
use pick::Picked;
use round::Round;

/// How often a scan is run to find what is left to fix. Each round mends what the one before it made room for; a tree
/// that needs more than a few is one in which fixes undo each other.
const ROUNDS: usize = 10;

/// What would be changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// The files, by their real path.
    pub files: BTreeMap<PathBuf, Change>,
    /// How many findings are mended.
    pub findings: usize,
    /// Files that have something to fix and are left alone: what reports call them, and why.
    pub left: BTreeMap<String, String>,
    /// Fixes that are not made, as they would bring about what was not found before: what each is, and its rule.
    pub declined: BTreeMap<String, &'static str>,
    /// What the scan came to before anything was changed.
    pub before: Summary,
}

/// One file that would be changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// What reports call it.
    pub name: Arc<str>,
    /// The text as it was read.
    pub before: Arc<str>,
    /// The text with the fixes.
    pub after: Arc<str>,
}

/// What fixes are planned with.
struct Plan<'p> {
    policies: &'p [Policy],
    header: &'p Header,
    safety: Safety,
    excluded: &'p BTreeMap<PathBuf, String>,
    pool: &'p rayon::ThreadPool,
}

/// Works out what the fixes of a scan change, up to a safety, without writing anything. `excluded` are real paths of
/// files that are left alone, with the reason.
///
/// # Errors
/// Only what running a scan meets.
pub fn plan(
    request: &Request,
    policies: &[Policy],
    header: &Header,
    safety: Safety,
    excluded: &BTreeMap<PathBuf, String>,
    pool: &rayon::ThreadPool,
) -> io::Result<Changes> {
    let plan = Plan { policies, header, safety, excluded, pool };
    let mut request = request.clone();
    let mut changes = Changes::default();
    let (mut state, before) = plan.look(&request)?;
    changes.before = before;
    for _ in 0..ROUNDS {
        let declined = changes.declined.len();
        let is_open = |proposal: &&Proposal| !changes.declined.contains_key(&proposal.key());
        let mut proposals: Vec<Proposal> = state.proposals.iter().filter(is_open).cloned().collect();
        proposals.sort_by(Proposal::by_place);
        let mut round = Round::new(&plan, &request, &state);
        round.settle(proposals)?;
        changes.left.extend(round.left);
        changes.declined.extend(round.declined);
        let Some((picked, after)) = round.outcome else {
            // Those that make something worse are out of the way now of those that were not tried.
            if changes.declined.len() > declined {
                continue;
            }
            break;
        };
        changes.findings += picked.findings;
        request = picked.applied_to(&request);
        for (path, change) in picked.files {
            changes.files.entry(path).and_modify(|known| known.after = change.after.clone()).or_insert(change);
        }
        state = after;
    }
    changes.files.retain(|_, change| change.before != change.after);
    Ok(changes)
}

impl Plan<'_> {
    /// What a scan finds, and what it came to.
    fn look(&self, request: &Request) -> io::Result<(Collector, Summary)> {
        let needs = Needs { line_hashes: false, detail: Detail::Findings, show: false };
        let mut collector = Collector::new(self.safety);
        let mut writers: [Box<dyn Writer + '_>; 1] = [Box::new(&mut collector)];
        let summary = scan::run(request, self.policies, self.header, needs, &mut writers, &|_, _| (), self.pool)?;
        drop(writers);
        Ok((collector, summary))
    }

    /// The changes of those fixes that do not get in each other's way.
    fn pick(&self, request: &Request, proposals: &[Proposal]) -> Picked {
        let (root, changed) = (request.root(), &request.changed);
        let mut fit = |path: &Path, text: &str| match self.excluded.get(path) {
            Some(why) => Err(why.clone()),
            None if changed.contains_key(path) => Ok(()),
            None => write::may_be_changed(path, text, root.path()),
        };
        pick::pick(proposals.to_vec(), &mut fit)
    }
}

impl Changes {
    /// Writes every file, or none if one of them cannot be: then the paths with the reason.
    ///
    /// # Errors
    /// What could not be prepared, by path.
    pub fn write(&self) -> Result<(), BTreeMap<PathBuf, String>> {
        write::write(&self.files)
    }

    /// What would change, as a unified diff, with secrets starred out.
    pub fn diff(&self) -> String {
        self.files.values().map(diff::diff).collect()
    }
}

#[cfg(test)]
mod tests;
