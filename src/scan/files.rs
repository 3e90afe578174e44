//! Files of one project: each read once, named from the root, remembered for the report.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::discover::Root;
use crate::input::{self, Input};
use crate::problem::Problem;
use crate::source::{Source, SourceId, Sources, Span};

/// Texts that are read instead of what files hold, by the real path of the file.
pub type Changed = BTreeMap<PathBuf, Arc<str>>;

/// A file's text, or what stands for it.
///
/// # Errors
/// As [`input::read`].
pub fn read(path: &Path, shown: &str, changed: Option<&Changed>) -> Result<Option<Input>, Problem> {
    // Links are followed only where there is something to find behind them.
    if let Some(changed) = changed.filter(|changed| !changed.is_empty())
        && let Some(text) = std::fs::canonicalize(path).ok().and_then(|real| changed.get(&real))
    {
        return Ok(Some(Input { text: text.clone(), invalid_line: None }));
    }
    input::read(path, shown)
}

/// Reads the files of a project.
pub struct Files<'a> {
    root: &'a Root,
    changed: Option<&'a Changed>,
    /// Everything read so far.
    pub sources: Sources,
    known: HashMap<PathBuf, Option<SourceId>>,
    /// What reading brought up besides failures.
    pub problems: Vec<Problem>,
}

/// The offset at which a line begins, from 1.
fn line_start(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line - 1).map(str::len).sum()
}

impl<'a> Files<'a> {
    /// Nothing read yet.
    pub fn new(root: &'a Root) -> Files<'a> {
        Files { root, changed: None, sources: Sources::new(), known: HashMap::new(), problems: Vec::new() }
    }

    /// Reads these texts instead of what the files hold.
    pub fn with_changed(self, changed: &'a Changed) -> Files<'a> {
        Files { changed: Some(changed), ..self }
    }

    /// The folder that the scan stays in.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// What reports call a path.
    pub fn name(&self, path: &Path) -> String {
        self.root.name(path)
    }

    /// A file's source; `None` if there is no such file.
    ///
    /// # Errors
    /// Why it cannot be read, once; later calls say that there is no such file.
    pub fn read(&mut self, path: &Path) -> Result<Option<SourceId>, Problem> {
        if let Some(&known) = self.known.get(path) {
            return Ok(known);
        }
        self.known.insert(path.to_path_buf(), None);
        let name = self.name(path);
        let Some(input) = read(path, &name, self.changed)? else { return Ok(None) };
        let source = Source::of_file(name, path, input.text);
        let id = self.sources.add(source);
        if let Some(line) = input.invalid_line {
            let start = line_start(&self.sources.get(id).text, line);
            self.problems.push(Problem::note(
                Span::new(id, start..start),
                format!("line {line} holds bytes that are no UTF-8"),
                "save the file as UTF-8; columns on such lines may be off",
            ));
        }
        self.known.insert(path.to_path_buf(), Some(id));
        Ok(Some(id))
    }

    /// A file's source; why it cannot be read is put among the problems, and given back in words.
    ///
    /// # Errors
    /// What is wrong with a file that is there.
    pub fn read_or_report(&mut self, path: &Path) -> Result<Option<SourceId>, String> {
        self.read(path).map_err(|problem| {
            let why = format!("`{}` {}", self.name(path), problem.what);
            self.problems.push(problem);
            why
        })
    }

    /// The text of a source.
    pub fn text(&self, id: SourceId) -> Arc<str> {
        self.sources.get(id).text.clone()
    }

    /// The names of all files that were read, in order.
    pub fn names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = Vec::new();
        for (_, source) in self.sources.iter() {
            if source.path.is_some() && !names.contains(&source.name) {
                names.push(source.name.clone());
            }
        }
        names
    }
}
