//! Projects: one piece of work at a time, from files to a report.

mod context;
mod file_system;
mod images;
pub mod lone_nginx;
mod scripts;
mod server_files;
mod services;
mod version_files;

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use file_system::FileSystem;
use scripts::Start;

use super::files::Files;
use super::given::GivenImages;
use super::{Needs, Request};
use crate::assess;
use crate::container::build::Build;
use crate::container::image_state::{BaseImage, ImageState};
use crate::container::process::ScriptContents;
use crate::container::resolve::{self, Parts};
use crate::container::{Container, Kind};
use crate::discover::{Candidate, Found, Root};
use crate::image::Opened;
use crate::policy::Policy;
use crate::problem::{Gravity, Problem};
use crate::report::locate::Locator;
use crate::report::show::{self, Shown};
use crate::report::{ProjectReport, ReportedProblem, Verdict};
use crate::rule::Subject;
use crate::source::{SourceId, Span, Spanned};
use crate::subject::dockerfile::instruction::Kind as Instruction;
use crate::subject::dockerfile::stage::BuildSettings;
use crate::subject::dockerfile::{self, Dockerfile};
use crate::subject::{compose, decision};

/// How many problems of one file are reported; a file that is something else than its name says has one per line.
const MAX_PROBLEMS_PER_FILE: usize = 20;

/// A piece of work.
#[derive(Debug)]
pub enum Work<'f> {
    /// A Compose project, with the variants that stand beside it.
    Compose(services::Group),
    /// A Dockerfile by itself.
    Dockerfile(&'f Candidate),
    /// A file with image configurations.
    Image(&'f Candidate),
    /// An image that was given as a layout, an archive or from a registry.
    Opened(&'f Arc<Opened>),
    /// Image configurations from standard input.
    Piped(&'f Arc<str>),
    /// Configurations of nginx that no container uses.
    Nginx(lone_nginx::Folder<'f>),
    /// A record of a decision.
    Decision(&'f Candidate),
}

/// What came of a piece of work.
#[derive(Debug, Default)]
pub struct Judged {
    /// Its reports.
    pub reports: Vec<ProjectReport>,
    /// Its containers, if they are to be shown.
    pub shown: Vec<Shown>,
    /// Dockerfiles that were judged through services.
    pub builds: Vec<PathBuf>,
    /// Compose files that were read.
    pub compose_files: usize,
    /// Dockerfiles that were judged by themselves.
    pub dockerfiles: usize,
    /// Image configurations that were read.
    pub images: usize,
    /// Configurations of nginx that were judged by themselves.
    pub configurations_read: usize,
    /// Records of decisions that were read.
    pub decisions: usize,
    /// Configurations of servers that containers use.
    pub configurations: Vec<PathBuf>,
    /// Files that are not what their names say: path and reason.
    pub skipped: Vec<(String, String)>,
}

/// Judges pieces of work; shared by all threads.
pub struct Scanner<'a> {
    /// What the user asked for.
    pub request: &'a Request,
    /// What names are relative to.
    pub root: &'a Root,
    /// What to hold containers to.
    pub policies: &'a [Policy],
    /// What was found: the Dockerfiles are sorted by path.
    pub found: &'a Found,
    /// What the formats need.
    pub needs: Needs,
    /// Whether some Dockerfile had the stage that `--target` names.
    pub target_found: AtomicBool,
    /// The images that were given.
    pub given: &'a GivenImages,
}

pub use services::compose_work;

impl<'a> Scanner<'a> {
    /// A scanner of a run that has not begun.
    pub fn new(
        request: &'a Request,
        root: &'a Root,
        policies: &'a [Policy],
        found: &'a Found,
        given: &'a GivenImages,
        needs: Needs,
    ) -> Scanner<'a> {
        Scanner { request, root, policies, found, needs, target_found: AtomicBool::new(false), given }
    }

    /// That no Dockerfile has the stage which `--target` names, once all are judged.
    pub fn target_missing(&self) -> Vec<Problem> {
        let found = self.target_found.load(Ordering::Relaxed) || self.found.dockerfiles.iter().any(|file| file.named);
        let missing = |target: &String| {
            let what = format!("no Dockerfile has a stage `{target}`");
            Problem::error("--target", what, "see the names behind AS; a service keeps the target of its Compose file")
        };
        self.request.target.iter().filter(|_| !found).map(missing).collect()
    }
}

impl Scanner<'_> {
    /// Judges one piece of work. Whatever goes wrong inside it stays inside it.
    pub fn judge(&self, work: &Work) -> Judged {
        let judged = catch_unwind(AssertUnwindSafe(|| match work {
            Work::Compose(group) => self.compose(group),
            Work::Dockerfile(candidate) => self.dockerfile(candidate),
            Work::Image(candidate) => self.image(candidate),
            Work::Opened(opened) => self.opened(opened),
            Work::Piped(text) => self.piped(text),
            Work::Nginx(folder) => self.lone_nginx(folder),
            Work::Decision(candidate) => self.decision(candidate),
        }));
        judged.unwrap_or_else(|_| self.failed(work))
    }

    fn failed(&self, work: &Work) -> Judged {
        let path = match work {
            Work::Compose(group) => group.name(self.root),
            Work::Nginx(folder) => self.root.name(folder.path()),
            Work::Opened(opened) => opened.image.label.to_string(),
            Work::Piped(_) => "standard input".to_string(),
            Work::Dockerfile(candidate) | Work::Image(candidate) | Work::Decision(candidate) => {
                self.root.name(&candidate.path)
            }
        };
        let problem = ReportedProblem {
            gravity: Gravity::Error,
            path: path.clone(),
            location: None,
            what: "plimsoll failed on this file".to_string(),
            help: "this is a fault of plimsoll: please report it with the file".to_string(),
        };
        let report = ProjectReport { name: path, problems: vec![problem], ..ProjectReport::default() };
        Judged { reports: vec![report], ..Judged::default() }
    }

    fn dockerfile(&self, candidate: &Candidate) -> Judged {
        let mut files = Files::new(self.root).with_changed(&self.request.changed);
        let mut session = Session::new(self);
        let name = self.root.name(&candidate.path);
        let mut containers = Vec::new();
        if let Some(parsed) = session.parse(&mut files, &candidate.path) {
            if !candidate.named && is_something_else(&candidate.path, &parsed) {
                let reason = "does not read as a Dockerfile".to_string();
                return Judged { skipped: vec![(name, reason)], ..Judged::default() };
            }
            if candidate.named && parsed.instructions.is_empty() {
                // What the user asks for by name and cannot have is a failure, whatever the reason.
                session.problems.iter_mut().for_each(|problem| problem.gravity = Gravity::Error);
            }
            let context = candidate.path.parent().map(Path::to_path_buf).unwrap_or_default();
            let settings = self.build_settings(&parsed, candidate.named);
            containers.push(session.lone_container(&mut files, &parsed, &settings, &name, &context));
        } else if session.problems.is_empty() {
            session.problems.push(Problem::error(name.clone(), "vanished while it was scanned", "scan again"));
        }
        let configurations = std::mem::take(&mut session.configurations);
        let (report, shown) = session.report(files, name, "dockerfile", &alone(&containers));
        Judged { configurations, reports: vec![report], shown, dockerfiles: 1, ..Judged::default() }
    }

    /// What the command line says about builds. Of a file that was only found, a target that it does not have is not
    /// asked.
    fn build_settings(&self, file: &Dockerfile, named: bool) -> BuildSettings {
        let at = Span::new(file.source, 0..0);
        let arguments = given_arguments(self.request, at);
        let has_it = |target: &&String| {
            let has_it = has_stage(file, target);
            self.target_found.fetch_or(has_it, Ordering::Relaxed);
            named || has_it
        };
        let target = self.request.target.as_ref().filter(has_it).map(|target| Spanned::new(target.clone(), at));
        BuildSettings { arguments, target, contexts: Vec::new() }
    }
}

impl Scanner<'_> {
    /// A record is reported only where a rule has something to say about it: most are about other things.
    fn decision(&self, candidate: &Candidate) -> Judged {
        let mut files = Files::new(self.root);
        let mut session = Session::new(self);
        let name = self.root.name(&candidate.path);
        let source = match files.read(&candidate.path) {
            Ok(Some(source)) => source,
            Ok(None) => return Judged { skipped: vec![(name, "vanished".to_string())], ..Judged::default() },
            Err(problem) => {
                session.problems.push(problem);
                let (report, _) = session.report(files, name, "decision", &[]);
                return Judged { reports: vec![report], ..Judged::default() };
            }
        };
        let decision = decision::read(source, &name, &files.text(source), self.request.today);
        let (mut report, _) = session.report(files, name, "decision", &[Subject::Decision(&decision)]);
        let mut concerned = false;
        for subject in &mut report.containers {
            concerned |= subject.verdicts.iter().any(|verdict| verdict.verdict != Verdict::NotApplicable);
            // What is asked of containers is not asked here.
            subject.verdicts.retain(|verdict| verdict.verdict != Verdict::NotApplicable || candidate.named);
        }
        if concerned || candidate.named {
            Judged { reports: vec![report], ..Judged::default() }
        } else {
            Judged::default()
        }
    }
}

/// `Dockerfile.md` and the like: a name that may mean a Dockerfile, and a text that has no FROM.
fn is_something_else(path: &Path, file: &Dockerfile) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let exact = matches!(name.as_str(), "dockerfile" | "containerfile") || name.ends_with(".dockerfile");
    let unknown = file.instructions.iter().filter(|instruction| instruction.keyword.is_none()).count();
    let from =
        file.instructions.iter().any(|instruction| instruction.keyword == Some(dockerfile::instruction::Keyword::From));
    !exact && !from && unknown > 0
}

/// One project on its way: what was parsed, and what stood in the way.
pub(super) struct Session<'s> {
    scanner: &'s Scanner<'s>,
    parsed: HashMap<PathBuf, Option<Arc<Dockerfile>>>,
    problems: Vec<Problem>,
    /// Configurations of servers that containers use.
    configurations: Vec<PathBuf>,
}

impl<'s> Session<'s> {
    fn new(scanner: &'s Scanner<'s>) -> Session<'s> {
        Session { scanner, parsed: HashMap::new(), problems: Vec::new(), configurations: Vec::new() }
    }

    /// A Dockerfile, parsed once per project. `None` if there is none, or it cannot be read at all (a problem says why).
    fn parse(&mut self, files: &mut Files, path: &Path) -> Option<Arc<Dockerfile>> {
        if let Some(known) = self.parsed.get(path) {
            return known.clone();
        }
        let parsed = match files.read(path) {
            Ok(Some(source)) => Some(self.parse_text(source, &files.text(source))),
            Ok(None) => None,
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        };
        self.parsed.insert(path.to_path_buf(), parsed.clone());
        parsed
    }

    fn parse_text(&mut self, source: SourceId, text: &str) -> Arc<Dockerfile> {
        let mut problems = Vec::new();
        let mut file = dockerfile::parse(source, text, &mut problems);
        if let Some(problem) = dockerfile::frontend::unreadable(text, &file.directives, &file.instructions) {
            // What a foreign grammar means is not guessed: nothing of the file is judged.
            file.instructions.clear();
            problems = vec![problem];
        }
        let more = problems.len().saturating_sub(MAX_PROBLEMS_PER_FILE);
        problems.truncate(MAX_PROBLEMS_PER_FILE);
        if more > 0
            && let Some(last) = problems.last_mut()
        {
            last.help = format!("{}; {more} more problems in this file", last.help);
        }
        self.problems.extend(problems);
        Arc::new(file)
    }

    /// The container of a Dockerfile that no service builds.
    fn lone_container(
        &mut self,
        files: &mut Files,
        file: &Arc<Dockerfile>,
        settings: &BuildSettings,
        name: &str,
        context: &Path,
    ) -> Container {
        let build = if file.instructions.is_empty() {
            None
        } else {
            let given = self.scanner.given;
            Build::on_bases(file.clone(), settings, &|base| given.base(base), &mut self.problems).map(Arc::new)
        };
        let Some(build) = build else {
            return unknown_container(files, file.source, name, "the Dockerfile cannot be read");
        };
        let built = build.image().clone();
        let given = self.scanner.given.of_container(&[name], None, None);
        let image = given.map_or_else(|| built.clone(), |opened| self.given_state(files, &opened, &built));
        let key = build.from();
        let version_files = self.version_files(files, &build, context);
        let context = Arc::new(context::of_lone_file(files, context, file));
        let file_name = files.sources.get(file.source).name.clone();
        let mut system = FileSystem::new(files, &image, Some(&build), Some(&context), None);
        let start = start(&image, None);
        let scripts = scripts::scripts(&mut system, &start);
        let package_scripts = scripts::package_scripts(&mut system, &start);
        let mut container = resolve::container(Parts {
            name: name.to_string(),
            kind: Kind::Dockerfile,
            file: file_name,
            key,
            image: image.clone(),
            build: Some(build.clone()),
            context: Some(context.clone()),
            named_image: None,
            service: None,
            completes: None,
            version_files,
            package_scripts,
            init: None,
            scripts: &|path| scripts::contents(&scripts, path),
        });
        self.attach(&mut container, &mut system);
        images::complete(&mut container, &built);
        container
    }

    /// Puts the configuration of its server into a container.
    fn attach(&mut self, container: &mut Container, system: &mut FileSystem) {
        let brought = server_files::attach(container, system);
        self.configurations.extend(brought.used);
        self.problems.extend(brought.problems);
    }

    /// Assesses the subjects and locates everything.
    fn report(
        mut self,
        files: Files,
        name: String,
        kind: &'static str,
        subjects: &[Subject],
    ) -> (ProjectReport, Vec<Shown>) {
        let scanner = self.scanner;
        self.problems.extend(files.problems.iter().cloned());
        let locator = Locator::new(&files.sources, scanner.needs.line_hashes);
        let assessed = assess::assess(subjects, scanner.policies, &locator, scanner.needs.detail);
        self.problems.extend(assessed.problems);
        let mut problems: Vec<ReportedProblem> = Vec::new();
        for problem in &self.problems {
            let reported = locator.problem(problem);
            if !problems.contains(&reported) {
                problems.push(reported);
            }
        }
        problems.sort_by(|a, b| place_of(a).cmp(&place_of(b)));
        let shown = if scanner.needs.show {
            subjects.iter().filter_map(Subject::container).map(|container| show::shown(container, &locator)).collect()
        } else {
            Vec::new()
        };
        let files = files.names();
        let (containers, findings) = (assessed.containers, assessed.findings);
        (ProjectReport { name, kind, files, containers, findings, problems }, shown)
    }
}

/// Containers that belong to no Compose project.
fn alone(containers: &[Container]) -> Vec<Subject<'_>> {
    containers.iter().map(|container| Subject::Container { container, project: None }).collect()
}

/// What a container starts with, as far as the files it runs are found by that.
fn start<'a>(image: &'a ImageState, service: Option<&'a compose::Service>) -> Start<'a> {
    let own = service
        .and_then(|service| service.working_dir.as_ref())
        .filter(|given| given.value().is_none_or(|text| !text.is_empty()));
    let workdir = match own {
        Some(given) => given.value(),
        None => image.workdir.get(),
    };
    let mut start = Start {
        words: Vec::new(),
        incomplete: false,
        workdir: workdir.map(|workdir| if workdir.is_empty() { "/" } else { workdir.as_str() }),
        path: image.env.get("PATH").and_then(|path| path.get()).map(String::as_str),
    };
    for argv in [&image.entrypoint, &image.cmd] {
        start.incomplete |= argv.get().is_none();
        start.words.extend(argv.get().iter().flat_map(|argv| &argv.words).map(|word| word.value.as_str()));
    }
    for given in service.iter().flat_map(|service| [&service.entrypoint, &service.command]).flatten() {
        start.incomplete |= given.value().is_none();
        start.words.extend(given.value().iter().flat_map(|command| &command.argv).map(|word| word.value.as_str()));
    }
    start
}

/// A container of which nothing is known, for a Dockerfile that could not be read: its controls are not decided, and the
/// report says so, instead of passing on nothing.
fn unknown_container(files: &Files, source: SourceId, name: &str, why: &str) -> Container {
    let place = Span::new(source, 0..0);
    let base = BaseImage::new("", place, Some(why.to_string()));
    resolve::container(Parts {
        name: name.to_string(),
        kind: Kind::Dockerfile,
        file: files.sources.get(source).name.clone(),
        key: place,
        image: Arc::new(ImageState::of_base(base)),
        build: None,
        context: None,
        named_image: None,
        service: None,
        completes: None,
        version_files: Vec::new(),
        package_scripts: BTreeMap::new(),
        init: None,
        scripts: &|_| ScriptContents::Unknown,
    })
}

/// Whether a file has a stage of this name.
fn has_stage(file: &Dockerfile, name: &str) -> bool {
    file.instructions.iter().any(|instruction| match &instruction.kind {
        Instruction::From { name: Some(stage), .. } => stage.value.eq_ignore_ascii_case(name),
        _ => false,
    })
}

fn place_of(problem: &ReportedProblem) -> (&str, u32, &str) {
    (&problem.path, problem.location.as_ref().map_or(0, |location| location.offset), &problem.what)
}

/// Build arguments by name.
type Arguments = BTreeMap<String, Spanned<Result<String, String>>>;

/// The build arguments of the command line; they stand in no file, so their place is that of what they change.
fn given_arguments(request: &Request, at: Span) -> Arguments {
    let known = |(name, value): (&String, &Option<String>)| {
        let value = value.clone().ok_or_else(|| format!("the value of the build argument `{name}` is not given"));
        (name.clone(), Spanned::new(value, at))
    };
    request.build_arguments.iter().map(known).collect()
}

/// The build arguments of a service with those of the command line over them.
fn merged_arguments(service: &compose::Build, request: &Request) -> Arguments {
    let mut arguments = BTreeMap::new();
    for variable in &service.args {
        let value = match &variable.value.setting {
            compose::Setting::Value(value) => Ok(value.clone()),
            compose::Setting::Unknown(unknown) => Err(unknown.why.clone()),
        };
        arguments.insert(variable.name.clone(), Spanned::new(value, variable.value.span));
    }
    arguments.extend(given_arguments(request, service.span));
    arguments
}
