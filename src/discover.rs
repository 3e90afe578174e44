//! Discovery: paths to candidates and what kind each is.
//!
//! Walks folders as git would see them; a path that is named is always taken, whatever .gitignore says. Nothing is read
//! here but names, except for a named file whose name tells nothing.

mod names;
mod walk;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::container::versions;
use crate::problem::Problem;

pub use names::{Kind, kind_of_name};

/// One file to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Where it is. What reports call it is [`Root::name`] of this; not kept, as there may be a hundred thousand.
    pub path: PathBuf,
    /// Whether the user named it, so that it has to be what it should be.
    pub named: bool,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Dockerfiles, by name.
    pub dockerfiles: Vec<Candidate>,
    /// Compose files, by folder.
    pub compose: BTreeMap<PathBuf, Vec<Candidate>>,
    /// Image configurations, all of them named by the user.
    pub images: Vec<Candidate>,
    /// Configurations of nginx, by name and folder; containers may use them.
    pub nginx: Vec<Candidate>,
    /// Records of decisions, by name and folder.
    pub decisions: Vec<Candidate>,
    /// What was recognised and left out: path and reason.
    pub skipped: Vec<(String, String)>,
    /// Paths that could not be walked or read.
    pub problems: Vec<Problem>,
    /// The folders that were walked.
    pub walked: Vec<PathBuf>,
    /// Version files by folder.
    pub version_files: HashMap<PathBuf, Vec<&'static str>>,
}

/// The folder that names are relative to.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// The given folder; else the top of the git checkout that the first path is in; else the folder that holds all
    /// paths.
    pub fn new(given: Option<&Path>, paths: &[PathBuf]) -> Root {
        let root = Root::unresolved(given, paths);
        Root(std::fs::canonicalize(&root).unwrap_or(root))
    }

    fn unresolved(given: Option<&Path>, paths: &[PathBuf]) -> PathBuf {
        if let Some(given) = given {
            return absolute(given);
        }
        let paths: Vec<PathBuf> = paths.iter().map(|path| absolute(path)).collect();
        let Some(first) = paths.first() else { return absolute(Path::new(".")) };
        let start = if first.is_dir() { first } else { first.parent().unwrap_or(first) };
        let top = start.ancestors().find(|folder| folder.join(".git").exists());
        if let Some(top) = top.filter(|top| paths.iter().all(|path| path.starts_with(top))) {
            return top.to_path_buf();
        }
        let here = absolute(Path::new("."));
        if paths.iter().all(|path| path.starts_with(&here)) {
            return here;
        }
        let common = start.ancestors().find(|folder| paths.iter().all(|path| path.starts_with(folder)));
        common.unwrap_or(start).to_path_buf()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What reports call a path.
    pub fn name(&self, path: &Path) -> String {
        let shown = path.strip_prefix(&self.0).unwrap_or(path);
        if let Some(name) = shown.to_str().filter(|name| is_tidy(name)) {
            return name.to_string();
        }
        let name: Vec<_> = shown.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        if name.is_empty() { ".".to_string() } else { name.join("/").replacen("//", "/", 1) }
    }
}

/// Whether a path is written as reports write it: nothing is empty, nothing stands for the folder itself.
fn is_tidy(path: &str) -> bool {
    let slashes = std::path::MAIN_SEPARATOR == '/' && !path.contains("//") && !path.ends_with('/');
    slashes && !path.is_empty() && !path.contains("/./") && !path.ends_with("/.") && path != "."
}

/// A path from the file system's root, `.` and `..` resolved by text, links kept.
pub fn absolute(path: &Path) -> PathBuf {
    let joined = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            std::path::Component::CurDir => {}
            part => clean.push(part),
        }
    }
    clean
}

/// Looks at every path: folders are walked, files are taken as what their name or content says they are.
pub fn find(paths: &[PathBuf], root: &Root, threads: usize) -> Found {
    let mut found = Found::default();
    for path in paths {
        let path = absolute(path);
        // Reports name the real file: that is what code hosts show findings on.
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        let name = root.name(&path);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                walk::folder(&path, root, threads, &mut found);
                found.look_above(&path, root);
                found.walked.push(path);
            }
            Ok(_) => named_file(path, name, &mut found),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && std::fs::symlink_metadata(&path).is_err() => {
                found.problems.push(Problem::error(name, "does not exist", "see that the path is right"));
            }
            Err(_) => named_file(path, name, &mut found),
        }
    }
    found.finish();
    found
}

/// A file that the user named: by its name, else by its content.
fn named_file(path: PathBuf, name: String, found: &mut Found) {
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let kind = match kind_of_name(&folder, &file_name) {
        Kind::Template => Kind::Dockerfile,
        Kind::Other => match crate::input::read(&path, &name) {
            Ok(Some(input)) => names::kind_of_content(&file_name, &input.text),
            Ok(None) => Kind::Other,
            Err(problem) => return found.problems.push(problem),
        },
        kind => kind,
    };
    let candidate = Candidate { path, named: true };
    match kind {
        Kind::Dockerfile => found.dockerfiles.push(candidate),
        Kind::Compose => found.add_compose(candidate),
        Kind::Image => found.images.push(candidate),
        Kind::Nginx => found.nginx.push(candidate),
        Kind::Decision => found.decisions.push(candidate),
        Kind::Template | Kind::Other => found.problems.push(Problem::error(
            name,
            "is no Dockerfile, Compose file, image or nginx configuration that can be recognised",
            "name a Compose file with `--file`; a Dockerfile begins with FROM or ARG",
        )),
    }
}

impl Found {
    /// Takes in files with image configurations that were named as such.
    pub fn add_images(&mut self, files: &[PathBuf]) {
        let files = files.iter().map(|path| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()));
        self.images.extend(files.map(|path| Candidate { path, named: true }));
        self.images.sort();
        self.images.dedup_by(|b, a| a.path == b.path);
    }

    fn add_compose(&mut self, candidate: Candidate) {
        let folder = candidate.path.parent().map(Path::to_path_buf).unwrap_or_default();
        self.compose.entry(folder).or_default().push(candidate);
    }

    /// Version files above a walked folder hold for all of it, and are looked for once.
    fn look_above(&mut self, folder: &Path, root: &Root) {
        for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(root.path())) {
            let there = versions::FILES.iter().map(|(name, _)| *name).filter(|name| above.join(name).is_file());
            self.version_files.insert(above.to_path_buf(), there.collect());
        }
    }

    /// Sorts, and takes out what was found twice: by two paths, or through a link to another candidate.
    fn finish(&mut self) {
        let lists = [&mut self.dockerfiles, &mut self.images, &mut self.nginx, &mut self.decisions];
        for list in self.compose.values_mut().chain(lists) {
            list.sort_by(|a, b| (&a.path, !a.named).cmp(&(&b.path, !b.named)));
            list.dedup_by(|b, a| a.path == b.path);
        }
        self.skipped.sort();
        self.skipped.dedup();
    }

    /// Whether there is anything to scan.
    pub fn is_empty(&self) -> bool {
        let lists = [&self.dockerfiles, &self.images, &self.nginx, &self.decisions];
        self.compose.is_empty() && lists.iter().all(|list| list.is_empty())
    }
}
