//! Files to one tree: parse, expand variables, follow `extends` and `include`, merge.

mod extends;
mod include;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::{self, Environment};
use super::interpolate::{self, Interpolator};
use super::model::Project;
use super::schema::MOST_PROBLEMS;
use super::{merge, path, read, schema};
use crate::problem::Problem;
use crate::source::{Source, SourceId, Sources, Span};
use crate::yaml::{self, Node};

/// Nodes of one project, aliases written out. The largest real projects have a few thousand.
const MOST_NODES: u32 = 200_000;
/// Services of one project. The largest real projects have a few hundred.
const MOST_SERVICES: usize = 4000;
/// Files that one project may include or extend.
const MOST_FILES: usize = 200;
/// Documents of one file that are merged.
const MOST_DOCUMENTS: usize = 100;

/// What to load, and with what.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The Compose files, base first; each later one overrides.
    pub files: Vec<PathBuf>,
    /// What relative paths count from; the directory of the first file if empty.
    pub project_directory: PathBuf,
    /// What messages name files relative to; they name them as they are given if it is empty.
    pub root: PathBuf,
    /// Env files; later ones win. `.env` of the project directory, if there is one, when empty.
    pub env_files: Vec<PathBuf>,
    /// Variables that the user gave for the scan; they win over env files.
    pub variables: BTreeMap<String, String>,
    /// Active profiles; `*` for all.
    pub profiles: Vec<String>,
    /// The project's name, if it is given from outside.
    pub name: Option<String>,
    /// Files that were parsed already, by their path as in `files`; their problems are reported here again.
    pub parsed: HashMap<PathBuf, Parsed>,
}

/// A Compose file that was parsed before, to decide what it is.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// Its source.
    pub source: SourceId,
    /// Its documents.
    pub yaml: Arc<yaml::Loaded>,
}

/// A project and what stood in the way.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The project, unless there is nothing to judge.
    pub project: Option<Project>,
    /// What could not be examined.
    pub problems: Vec<Problem>,
}

/// How files are read: the source with its text and the name that reports give it; nothing if there is no such file, or
/// why it cannot be read.
pub type ReadFile<'a> = &'a mut dyn FnMut(&Path) -> Result<Option<Source>, Problem>;

/// Loads a project. `files` reads every file that is needed, `sources` takes them in.
pub fn load(request: &Request, files: ReadFile<'_>, sources: &mut Sources) -> Loaded {
    let mut loader = Loader::new(request, files, sources);
    let directory = match (request.project_directory.as_os_str().is_empty(), request.files.first()) {
        (true, Some(first)) => path::parent(&slashed(first)),
        _ => path::clean(&slashed(&request.project_directory)),
    };
    let mut environment = Environment::new(&request.variables);
    let env_files: Vec<String> = request.env_files.iter().map(|file| slashed(file)).collect();
    loader.read_environment(&mut environment, &env_files, &directory, None);
    let paths: Vec<String> = request.files.iter().map(|file| slashed(file)).collect();
    loader.including.extend(paths.iter().map(|file| path::clean(file)));
    let root = loader.project(&paths, &directory, &environment, None);
    if root.is_none() && loader.problems.is_empty() {
        let place = loader.compose_files.first().map(|source| Span::new(*source, 0..0));
        let problem = |place| Problem::error(place, "the Compose file is empty", "begin it with `services:`");
        loader.problems.extend(place.map(problem));
    }
    let project = root.filter(|root| loader.has_bearable_size(root)).map(|root| {
        let root = merge::without_resets(&root);
        read::project(&mut loader, &root, &environment, &directory)
    });
    let mut problems = loader.problems;
    problems.truncate(MOST_PROBLEMS);
    Loaded { project, problems }
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// A file with the documents in it, variables expanded.
struct File {
    source: SourceId,
    path: String,
    documents: Vec<Arc<Node>>,
}

/// The state of one load.
pub(super) struct Loader<'a> {
    pub request: &'a Request,
    read_file: ReadFile<'a>,
    pub sources: &'a mut Sources,
    pub problems: Vec<Problem>,
    /// What relative paths in a source count from.
    pub directories: HashMap<SourceId, String>,
    /// Compose files in the order they were read.
    pub compose_files: Vec<SourceId>,
    /// Why there may be more than was read.
    pub incomplete: Option<String>,
    reported: HashSet<String>,
    budget: usize,
    nodes: u32,
    files_left: usize,
    /// Files that are being included, outermost first.
    including: Vec<String>,
    extended: HashMap<String, Option<Arc<extends::Services>>>,
}

impl<'a> Loader<'a> {
    fn new(request: &'a Request, read_file: ReadFile<'a>, sources: &'a mut Sources) -> Loader<'a> {
        Loader {
            request,
            read_file,
            sources,
            problems: Vec::new(),
            directories: HashMap::new(),
            compose_files: Vec::new(),
            incomplete: None,
            reported: HashSet::new(),
            budget: interpolate::BUDGET,
            nodes: MOST_NODES,
            files_left: MOST_FILES,
            including: Vec::new(),
            extended: HashMap::new(),
        }
    }

    /// Merges files, each with what it includes, to one tree.
    fn project(
        &mut self,
        paths: &[String],
        directory: &str,
        environment: &Environment,
        from: Option<Span>,
    ) -> Option<Arc<Node>> {
        let mut merged: Option<Arc<Node>> = None;
        for path in paths {
            let Some(file) = self.file(path, directory, environment, from) else { continue };
            for document in &file.documents {
                let document = self.extend(&file, document, merged.as_ref(), environment);
                if let Some(included) = self.include(&document, directory, environment) {
                    merged = Some(self.onto(merged, included));
                }
                merged = Some(self.onto(merged, document));
            }
        }
        merged
    }

    fn onto(&mut self, base: Option<Arc<Node>>, over: Arc<Node>) -> Arc<Node> {
        match base {
            Some(base) => merge::project(&base, &over, &mut self.problems),
            None => over,
        }
    }

    /// Reads, parses and expands one file.
    fn file(&mut self, path: &str, directory: &str, environment: &Environment, from: Option<Span>) -> Option<File> {
        let (source, yaml) = self.parse(path, from)?;
        self.directories.insert(source, directory.to_string());
        self.compose_files.push(source);
        self.problems.extend(yaml.problems.iter().cloned());
        if !yaml.problems.is_empty() && yaml.documents.is_empty() {
            self.incomplete = Some(format!("`{}` is not YAML", self.shown(path)));
            return None;
        }
        let mut documents = Vec::new();
        if let Some(document) = yaml.documents.get(MOST_DOCUMENTS) {
            let what = format!("the file has more than {MOST_DOCUMENTS} documents");
            self.error(document.span.before(), what, "split it; the rest is not examined");
        }
        for document in yaml.documents.iter().take(MOST_DOCUMENTS) {
            if document.is_null() {
                continue;
            }
            if !document.is_mapping() {
                let what = format!("a Compose file must be a mapping, this is {}", document.kind());
                self.error(document.span, what, "begin it with `services:`");
                self.incomplete = Some(format!("`{}` is not a Compose file", self.shown(path)));
                continue;
            }
            if self.count(document) {
                documents.push(self.expand(document, environment));
            }
        }
        (!documents.is_empty()).then(|| File { source, path: path.to_string(), documents })
    }

    fn expand(&mut self, document: &Arc<Node>, environment: &Environment) -> Arc<Node> {
        let Loader { problems, reported, budget, .. } = self;
        Interpolator { problems, reported, budget }.tree(document, environment)
    }

    /// Takes the nodes of a document from what the project may have.
    fn count(&mut self, document: &Node) -> bool {
        let used = document.entries().iter().filter(|entry| !entry.key.value.starts_with("x-"));
        let nodes = used.fold(0u32, |sum, entry| sum.saturating_add(entry.value.weight()));
        self.take_nodes(nodes, document.span.before())
    }

    /// Takes nodes from what the project may have, or says at `place` that there are none left.
    fn take_nodes(&mut self, nodes: u32, place: Span) -> bool {
        if let Some(left) = self.nodes.checked_sub(nodes) {
            self.nodes = left;
            return true;
        }
        let help = "use fewer aliases and `extends`, or split the project; the rest is not examined";
        self.error(place, "this project expands to too many values", help);
        self.incomplete = Some("the project is too large to be examined".to_string());
        false
    }

    /// Whether the services are as many as can be held against each other; says so if not.
    fn has_bearable_size(&mut self, root: &Node) -> bool {
        let services = root.get("services").map_or(&[][..], |services| services.entries());
        let Some(first_left_out) = services.get(MOST_SERVICES) else { return true };
        let what = format!("the project has {} services; at most {MOST_SERVICES} are examined", services.len());
        self.error(first_left_out.key.span, what, "split the project; nothing of it is examined");
        false
    }

    fn parse(&mut self, path: &str, from: Option<Span>) -> Option<(SourceId, Arc<yaml::Loaded>)> {
        if let Some(parsed) = self.request.parsed.get(Path::new(path))
            && !self.directories.contains_key(&parsed.source)
        {
            return Some((parsed.source, parsed.yaml.clone()));
        }
        let text = self.text(path, from)?;
        let yaml = yaml::load(text.0, &text.1);
        Some((text.0, Arc::new(yaml)))
    }

    /// The text of a file that must be there. `from` is what asked for it.
    fn text(&mut self, path: &str, from: Option<Span>) -> Option<(SourceId, Arc<str>)> {
        match self.optional_text(path) {
            Ok(Some(text)) => return Some(text),
            Ok(None) => {
                let shown = self.shown(path);
                let what = format!("there is no file `{shown}`");
                let problem = match from {
                    Some(span) => Problem::error(span, what, "correct the path, or add the file"),
                    None => Problem::error(shown.as_str(), what, "correct the path"),
                };
                self.problems.push(problem);
            }
            Err(problem) => self.problems.push(problem),
        }
        self.incomplete = Some(format!("`{}` could not be read", self.shown(path)));
        None
    }

    /// The text of a file that may be missing.
    pub fn optional_text(&mut self, path: &str) -> Result<Option<(SourceId, Arc<str>)>, Problem> {
        let file = PathBuf::from(path);
        let Some(source) = (self.read_file)(&file)? else {
            return Ok(None);
        };
        let text = source.text.clone();
        Ok(Some((self.sources.add(source), text)))
    }

    /// Adds env files to an environment; `.env` of the directory if none is named.
    fn read_environment(
        &mut self,
        environment: &mut Environment,
        named: &[String],
        directory: &str,
        from: Option<Span>,
    ) {
        let mut files = Vec::new();
        for path in named {
            if let Some((source, text)) = self.text(path, from) {
                files.push(self.assignments(source, &text, environment));
            }
        }
        if named.is_empty() {
            match self.optional_text(&path::join(directory, ".env")) {
                Ok(Some((source, text))) => files.push(self.assignments(source, &text, environment)),
                Ok(None) => {}
                Err(problem) => self.problems.push(problem),
            }
        }
        environment.add_files(files);
    }

    fn assignments(&mut self, source: SourceId, text: &str, environment: &Environment) -> Vec<environment::Assignment> {
        let (assignments, problems) = environment::read(source, text, environment, false);
        self.problems.extend(problems);
        assignments
    }

    pub fn error(&mut self, place: Span, what: impl Into<String>, help: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem::error(place, what, help));
        }
    }

    pub fn warning(&mut self, place: Span, what: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::warning(place, what, help));
    }

    /// What messages call a file.
    pub fn shown(&self, path: &str) -> String {
        let inside = Path::new(path).strip_prefix(&self.request.root).ok().filter(|inside| inside != &Path::new(""));
        schema::short(&inside.map_or_else(|| path.to_string(), slashed))
    }

    /// The directory that paths at `span` count from.
    pub fn directory(&self, span: Span) -> &str {
        self.directories.get(&span.source).map_or(".", String::as_str)
    }
}
