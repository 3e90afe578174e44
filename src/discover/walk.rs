//! The walk: a folder as git would see it, on all threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::names::{Kind, kind_of_name};
use super::{Candidate, Found, Root};
use crate::container::versions;
use crate::input::MAX_SIZE;
use crate::problem::Problem;

/// Walks `folder` and adds what it holds. Hidden files are walked (`.devcontainer/Dockerfile` counts), `.git` is not; the
/// user's own global ignore file is not asked, so that everybody gets the same verdict; nor is `.ignore`, which is not
/// git's. A folder whose ignore files cannot be taken is passed over, with a problem.
pub(super) fn folder(folder: &Path, root: &Root, threads: usize, found: &mut Found) {
    if let Some((file, what)) = folder.ancestors().find_map(unfit_ignore_file) {
        return found.problems.push(passed_over(root, &file, what));
    }
    let collected: Mutex<Vec<Entries>> = Mutex::new(Vec::new());
    let unfit: Arc<Mutex<Vec<(PathBuf, &str)>>> = Arc::default();
    let seen = unfit.clone();
    let walker = WalkBuilder::new(folder)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .require_git(false)
        .threads(threads)
        .filter_entry(move |entry| entry.file_name() != ".git" && has_fit_ignore_files(entry, &seen))
        .build_parallel();
    walker.run(|| {
        let mut visitor = Visitor { entries: Entries::default(), collected: &collected, root };
        Box::new(move |entry| {
            match entry {
                Ok(entry) => visitor.visit(&entry),
                Err(error) => visitor.entries.problems.push(walk_problem(&error)),
            }
            WalkState::Continue
        })
    });
    for entries in collected.into_inner().unwrap_or_default() {
        found.dockerfiles.extend(entries.dockerfiles);
        found.skipped.extend(entries.skipped);
        found.nginx.extend(entries.nginx);
        found.decisions.extend(entries.decisions);
        found.problems.extend(entries.problems);
        for candidate in entries.compose {
            found.add_compose(candidate);
        }
        for (folder, name) in entries.version_files {
            found.version_files.entry(folder).or_default().push(name);
        }
    }
    let unfit = unfit.lock().map(|unfit| unfit.clone()).unwrap_or_default();
    found.problems.extend(unfit.iter().map(|(file, what)| passed_over(root, file, what)));
    found.problems.sort_by(|a, b| format!("{:?}", a.place).cmp(&format!("{:?}", b.place)));
}

/// The files of a folder that the walker opens by itself, whatever they are: one that no file should be opened as, and
/// why.
fn unfit_ignore_file(folder: &Path) -> Option<(PathBuf, &'static str)> {
    [".gitignore", ".git/info/exclude"].into_iter().find_map(|name| {
        let path = folder.join(name);
        let metadata = std::fs::metadata(&path).ok()?;
        if metadata.is_dir() {
            return None;
        }
        if !metadata.is_file() {
            return Some((path, "is a pipe or device, not a file"));
        }
        if std::fs::File::open(&path).is_err() {
            return Some((path, "may not be read"));
        }
        (metadata.len() > MAX_IGNORE_SIZE).then_some((path, "is too large for a list of what git ignores"))
    })
}

/// The largest ignore file that is taken, in bytes: each line of it becomes a pattern.
const MAX_IGNORE_SIZE: u64 = MAX_SIZE / 16;

fn has_fit_ignore_files(entry: &DirEntry, unfit: &Mutex<Vec<(PathBuf, &'static str)>>) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let Some(found) = unfit_ignore_file(entry.path()) else { return true };
    if let Ok(mut unfit) = unfit.lock() {
        unfit.push(found);
    }
    false
}

fn passed_over(root: &Root, ignore_file: &Path, what: &str) -> Problem {
    let help = "mend or remove it; its folder was passed over, as what git ignores there is not known";
    Problem::error(root.name(ignore_file), what, help)
}

/// What one thread came across.
#[derive(Default)]
struct Entries {
    dockerfiles: Vec<Candidate>,
    compose: Vec<Candidate>,
    nginx: Vec<Candidate>,
    decisions: Vec<Candidate>,
    skipped: Vec<(String, String)>,
    problems: Vec<Problem>,
    version_files: Vec<(PathBuf, &'static str)>,
}

struct Visitor<'a> {
    entries: Entries,
    collected: &'a Mutex<Vec<Entries>>,
    root: &'a Root,
}

impl Drop for Visitor<'_> {
    /// The walker drops a thread's visitor when the thread is done.
    fn drop(&mut self) {
        if let Ok(mut collected) = self.collected.lock() {
            collected.push(std::mem::take(&mut self.entries));
        }
    }
}

impl Visitor<'_> {
    fn visit(&mut self, entry: &DirEntry) {
        let Some(name) = entry.file_name().to_str() else { return };
        if let Some((file, _)) = versions::FILES.iter().find(|(file, _)| *file == name)
            && let Some(folder) = entry.path().parent()
        {
            self.entries.version_files.push((folder.to_path_buf(), file));
            return;
        }
        let kind = kind_of_name(folder_name(entry.path()), name);
        if kind == Kind::Other {
            return;
        }
        let shown = || self.root.name(entry.path());
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            // Folders called `dockerfile` are common; only the builder's own name is worth a word.
            if name == "Dockerfile" || name == "Containerfile" {
                self.entries.skipped.push((shown(), "is a folder".to_string()));
            }
            return;
        }
        let path = match real_path(entry) {
            Ok(path) => path,
            Err(reason) => return self.entries.skipped.push((shown(), reason)),
        };
        let candidate = Candidate { path, named: false };
        match kind {
            Kind::Dockerfile => self.entries.dockerfiles.push(candidate),
            Kind::Compose => self.entries.compose.push(candidate),
            Kind::Nginx => self.entries.nginx.push(candidate),
            Kind::Decision => self.entries.decisions.push(candidate),
            Kind::Template => self.entries.skipped.push((shown(), "is a template".to_string())),
            Kind::Image | Kind::Other => {}
        }
    }
}

/// The name of the folder that a path is in.
fn folder_name(path: &Path) -> &str {
    path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default()
}

/// The path itself; behind a link the file that it leads to, so that it is judged once and under its real name.
fn real_path(entry: &DirEntry) -> Result<PathBuf, String> {
    if !entry.path_is_symlink() {
        return Ok(entry.path().to_path_buf());
    }
    let target = std::fs::canonicalize(entry.path());
    match target {
        Ok(target) if target.is_dir() => Err("is a link to a folder".to_string()),
        Ok(target) => Ok(target),
        // Reading it says what is wrong with it.
        Err(_) => Ok(entry.path().to_path_buf()),
    }
}

fn walk_problem(error: &ignore::Error) -> Problem {
    let text = error.to_string();
    let (path, what) = text.split_once(": ").unwrap_or(("", &text));
    Problem::error(path, format!("cannot be walked: {what}"), "see that you may read the folder, or exclude it")
}
