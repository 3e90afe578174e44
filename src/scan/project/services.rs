//! Services: a Compose project to containers, each with the image it builds or names.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file_system::FileSystem;
use super::{Judged, Scanner, Session, Work, context, images, merged_arguments, scripts, start};
use crate::container::build::Build;
use crate::container::image_state::{BaseImage, ImageState};
use crate::container::resolve::{self, Parts};
use crate::container::traced::{Known, Traced};
use crate::container::{BuildContext, Container, Kind};
use crate::discover::{Candidate, Root};
use crate::image::Platform;
use crate::problem::Problem;
use crate::rule::{Neighbourhood, Subject};
use crate::scan::Request;
use crate::scan::files::Files;
use crate::source::{Source, Span, Spanned};
use crate::subject::compose::files::{self as compose_files, Sketch};
use crate::subject::compose::{self, Condition, Parsed, Project, Service};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::stage::BuildSettings;
use crate::yaml;

/// The Compose files of one folder, or those that the user put together.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
    files: Vec<PathBuf>,
    /// The files are one project, in this order.
    together: bool,
}

impl Group {
    /// What reports call it: the file that Compose would begin with.
    pub fn name(&self, root: &Root) -> String {
        let first = if self.together { self.files.first() } else { self.files.iter().min_by_key(|file| order(file)) };
        first.map_or_else(String::new, |file| root.name(file))
    }
}

/// Bases in the order in which Compose looks for them, then overrides and variants, then files of other names.
fn order(file: &Path) -> (bool, Option<compose_files::Role>) {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let role = compose_files::is_compose_file_name(&name);
    (role.is_none(), role)
}

/// The Compose work of a run, in the order of the folders.
pub fn compose_work(request: &Request, found: BTreeMap<PathBuf, Vec<Candidate>>) -> Vec<Work<'static>> {
    let together = !request.compose_files.is_empty();
    let groups = found.into_iter().map(|(folder, candidates)| {
        let files = candidates.into_iter().map(|candidate| candidate.path).collect();
        Work::Compose(Group { folder, files, together })
    });
    groups.collect()
}

impl Scanner<'_> {
    /// Judges the projects of one group: the base with its override, and each variant alone or on top of the base.
    pub(super) fn compose(&self, group: &Group) -> Judged {
        let mut assembly = Assembly {
            scanner: self,
            files: Files::new(self.root).with_changed(&self.request.changed),
            session: Session::new(self),
            parsed: HashMap::new(),
            projects: Vec::new(),
            builds: Vec::new(),
        };
        assembly.read(group);
        for set in assembly.sets(group) {
            let label = if group.together { None } else { set_label(&set, &group.files) };
            assembly.project(&set, label.as_deref());
        }
        assembly.finish(group.name(self.root))
    }

    /// `Dockerfile` in the context, or `dockerfile` where only that is there.
    fn default_dockerfile(&self, context: &Path) -> PathBuf {
        let path = context.join("Dockerfile");
        let lower = context.join("dockerfile");
        if !self.has_found(&path) && !path.exists() && lower.exists() { lower } else { path }
    }

    /// Where a Dockerfile is behind all links; discovery has followed them for those that it has found.
    fn real_path(&self, path: PathBuf) -> PathBuf {
        if self.has_found(&path) {
            return path;
        }
        std::fs::canonicalize(&path).unwrap_or(path)
    }

    fn has_found(&self, dockerfile: &Path) -> bool {
        self.found.dockerfiles.binary_search_by(|found| found.path.as_path().cmp(dockerfile)).is_ok()
    }
}

/// A project with the containers of all its services.
struct Resolved {
    compose: Project,
    containers: Vec<Container>,
    /// Which of them are judged: a variant leaves the services that it does not speak of to its base.
    judged: Vec<bool>,
}

impl Resolved {
    fn neighbourhood(&self) -> Neighbourhood<'_> {
        Neighbourhood { compose: &self.compose, containers: &self.containers }
    }
}

/// The projects of a group on their way to a report.
struct Assembly<'s> {
    scanner: &'s Scanner<'s>,
    files: Files<'s>,
    session: Session<'s>,
    /// The Compose files, each parsed once for all projects that it is part of.
    parsed: HashMap<PathBuf, Parsed>,
    projects: Vec<Resolved>,
    /// Dockerfiles that services build.
    builds: Vec<PathBuf>,
}

impl Assembly<'_> {
    fn read(&mut self, group: &Group) {
        for path in &group.files {
            match self.files.read(path) {
                Ok(Some(source)) => {
                    let yaml = Arc::new(yaml::load(source, &self.files.text(source)));
                    self.parsed.insert(path.clone(), Parsed { source, yaml });
                }
                Ok(None) => {
                    let name = self.files.name(path);
                    let problem = Problem::error(name, "does not exist", "see that the path is right");
                    self.session.problems.push(problem);
                }
                Err(problem) => self.session.problems.push(problem),
            }
        }
    }

    /// Which files make a project together.
    fn sets(&self, group: &Group) -> Vec<Vec<PathBuf>> {
        let there: Vec<PathBuf> = group.files.iter().filter(|path| self.parsed.contains_key(*path)).cloned().collect();
        if group.together || there.len() <= 1 {
            return if there.is_empty() { Vec::new() } else { vec![there] };
        }
        let name_of = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let names: Vec<String> = there.iter().filter_map(name_of).collect();
        let grouped = compose_files::group(names.iter().map(String::as_str));
        let sketch = |name: &str| Some(Sketch::of(&self.parsed.get(&group.folder.join(name))?.yaml));
        let mut sets: Vec<Vec<PathBuf>> = compose_files::projects(&grouped, sketch)
            .into_iter()
            .map(|set| set.into_iter().map(|name| group.folder.join(name)).collect())
            .collect();
        // Files that the user named, or that Compose passes over for another, stand for themselves.
        for path in there {
            if !sets.iter().flatten().any(|known| *known == path) {
                sets.push(vec![path]);
            }
        }
        sets
    }

    /// The containers of one project.
    fn project(&mut self, set: &[PathBuf], label: Option<&str>) {
        let (root, request) = (self.scanner.root, self.scanner.request);
        let changed = &request.changed;
        let request = compose::Request {
            files: set.to_vec(),
            project_directory: PathBuf::new(),
            root: root.path().to_path_buf(),
            env_files: request.env_files.clone(),
            variables: request.variables.clone(),
            profiles: request.profiles.clone(),
            name: None,
            parsed: self.parsed.clone(),
        };
        let mut read = |path: &Path| {
            let name = root.name(path);
            let input = crate::scan::files::read(path, &name, Some(changed))?;
            Ok(input.map(|input| Source::of_file(name, path, input.text)))
        };
        let loaded = compose::load(&request, &mut read, &mut self.files.sources);
        self.session.problems.extend(loaded.problems);
        let Some(project) = loaded.project else { return };
        let file = set.first().map_or_else(String::new, |file| root.name(file));
        let images = self.session.images(&project, &mut self.files, &mut self.builds);
        let own = label.and_then(|_| self.own_services(set));
        let waited_for = jobs_waited_for(&project);
        let (mut containers, mut judged) = (Vec::new(), Vec::new());
        for service in project.services.iter().filter(|service| service.provider.is_none()) {
            let image = images.get(&service.name);
            let Some(mut container) = self.session.service(service, &project, image, &mut self.files, &file, label)
            else {
                continue;
            };
            container.completes = waited_for.get(service.name.as_str()).copied();
            containers.push(container);
            judged.push(own.as_ref().is_none_or(|own| own.contains(&service.name)));
        }
        self.projects.push(Resolved { compose: project, containers, judged });
    }

    /// The services that a variant on top of a base says anything about; the others are as in the base, and judged
    /// there.
    fn own_services(&self, set: &[PathBuf]) -> Option<Vec<String>> {
        let variant = set.last().filter(|_| set.len() > 1)?;
        Some(Sketch::of(&self.parsed.get(variant)?.yaml).services)
    }

    fn finish(mut self, name: String) -> Judged {
        let neighbourhoods: Vec<Neighbourhood> = self.projects.iter().map(Resolved::neighbourhood).collect();
        let mut subjects = Vec::new();
        for (project, neighbourhood) in self.projects.iter().zip(&neighbourhoods) {
            let judged = project.containers.iter().zip(&project.judged).filter(|(_, judged)| **judged);
            subjects
                .extend(judged.map(|(container, _)| Subject::Container { container, project: Some(neighbourhood) }));
        }
        let configurations = std::mem::take(&mut self.session.configurations);
        let (report, shown) = self.session.report(self.files, name, "compose", &subjects);
        self.builds.sort();
        self.builds.dedup();
        let compose_files = self.parsed.len();
        Judged { reports: vec![report], shown, builds: self.builds, compose_files, configurations, ..Judged::default() }
    }
}

/// The services that others wait for until they have ended well, each with the first place that says so.
fn jobs_waited_for(project: &Project) -> HashMap<&str, Span> {
    let dependencies = project.services.iter().flat_map(|service| &service.depends_on);
    let waits = dependencies.filter(|dependency| dependency.condition.value() == Some(&Condition::Completed));
    let mut jobs = HashMap::new();
    for wait in waits {
        jobs.entry(wait.service.as_str()).or_insert(wait.key);
    }
    jobs
}

/// What tells a variant's containers from the base's: the variant's file name.
fn set_label(set: &[PathBuf], all: &[PathBuf]) -> Option<String> {
    let last = set.last()?;
    let name = last.file_name()?.to_string_lossy().into_owned();
    let variant = matches!(compose_files::is_compose_file_name(&name), Some(compose_files::Role::Variant(_)));
    (variant && all.len() > 1).then_some(name)
}

/// The image of a service.
pub(super) struct ServiceImage {
    state: Arc<ImageState>,
    build: Option<Arc<Build>>,
    context: Option<Arc<BuildContext>>,
}

impl Session<'_> {
    /// The images that services build, by service; one that another service names as its `image` is shared.
    fn images(
        &mut self,
        project: &Project,
        files: &mut Files,
        builds: &mut Vec<PathBuf>,
    ) -> HashMap<String, ServiceImage> {
        let mut images = HashMap::new();
        for service in &project.services {
            if let Some(build) = &service.build {
                images.insert(service.name.clone(), self.built(service, build, files, builds));
            }
        }
        for service in project.services.iter().filter(|service| service.build.is_none()) {
            let Some(name) = service.image.as_ref().and_then(|image| image.value()) else { continue };
            let builder = project.services.iter().find(|other| {
                other.build.is_some() && other.image.as_ref().and_then(|image| image.value()) == Some(name)
            });
            if let Some(built) = builder.and_then(|builder| images.get(&builder.name)) {
                let shared = ServiceImage {
                    state: built.state.clone(),
                    build: built.build.clone(),
                    context: built.context.clone(),
                };
                images.insert(service.name.clone(), shared);
            }
        }
        images
    }

    /// The image that a service builds; unknown, with the reason, if it cannot be resolved.
    fn built(
        &mut self,
        service: &Service,
        build: &compose::Build,
        files: &mut Files,
        builds: &mut Vec<PathBuf>,
    ) -> ServiceImage {
        match self.try_build(service, build, files, builds) {
            Ok(image) => image,
            Err(why) => {
                let base = BaseImage::new("", build.span, Some(why));
                ServiceImage { state: Arc::new(ImageState::of_base(base)), build: None, context: None }
            }
        }
    }

    fn try_build(
        &mut self,
        service: &Service,
        build: &compose::Build,
        files: &mut Files,
        builds: &mut Vec<PathBuf>,
    ) -> Result<ServiceImage, String> {
        if build.remote {
            return Err("its build context is not on this machine".to_string());
        }
        let Some(context) = build.context.value() else {
            return Err(build.context.unknown().unwrap_or("its build context is not known").to_string());
        };
        let context = crate::discover::absolute(Path::new(&context.resolved));
        let file = self.build_file(service, build, &context, files, builds)?;
        if file.instructions.is_empty() {
            return Err("its Dockerfile cannot be read".to_string());
        }
        let context = Arc::new(context::of_service(files, context, &file));
        let settings = self.service_settings(build);
        let given = self.scanner.given;
        let Some(built) = Build::on_bases(file, &settings, &|base| given.base(base), &mut self.problems) else {
            return Err("its Dockerfile builds no such stage".to_string());
        };
        let built = Arc::new(built);
        Ok(ServiceImage { state: built.image().clone(), build: Some(built), context: Some(context) })
    }

    /// The Dockerfile of a service: inline, named, or `Dockerfile` in the context.
    fn build_file(
        &mut self,
        service: &Service,
        build: &compose::Build,
        context: &Path,
        files: &mut Files,
        builds: &mut Vec<PathBuf>,
    ) -> Result<Arc<Dockerfile>, String> {
        if let Some(text) = &build.inline {
            if let Some(why) = &build.inline_unknown {
                return Err(why.clone());
            }
            let name = files.sources.get(text.source()).name.clone();
            let id = files.sources.add(Source::of_host(name, text.value.as_str(), Arc::new(text.clone())));
            return Ok(self.parse_text(id, &text.value));
        }
        let (path, place) = match &build.dockerfile {
            Some(given) => match given.value() {
                Some(location) => (crate::discover::absolute(Path::new(&location.resolved)), given.span),
                None => return Err(given.unknown().unwrap_or("its Dockerfile is not known").to_string()),
            },
            None => (self.scanner.default_dockerfile(context), build.context.span),
        };
        let real = self.scanner.real_path(path);
        let before = self.problems.len();
        match self.parse(files, &real) {
            Some(file) => {
                builds.push(real);
                Ok(file)
            }
            None => {
                let name = files.name(&real);
                // One that is there and cannot be read was reported when it was asked for first.
                if self.problems.len() == before && std::fs::symlink_metadata(&real).is_err() {
                    let (what, help) = missing_dockerfile(&service.name, &name, context, files);
                    self.problems.push(Problem::error(place, what, help));
                }
                Err(format!("its Dockerfile `{name}` cannot be read"))
            }
        }
    }

    fn service_settings(&self, build: &compose::Build) -> BuildSettings {
        let contexts = build.additional_contexts.iter().map(|variable| variable.name.clone()).collect();
        let target = build.target.as_ref().and_then(|given| {
            let target = given.value()?;
            (!target.is_empty()).then(|| Spanned::new(target.clone(), given.span))
        });
        BuildSettings { arguments: merged_arguments(build, self.scanner.request), target, contexts }
    }

    /// The image that a service names.
    fn named_base(&self, service: &Service, named: &Traced<String>) -> BaseImage {
        let given = self.scanner.given;
        let why = match &named.known {
            Known::Value(reference) => {
                return BaseImage::new(reference, named.origin.span, None).given(&|base| given.base(base));
            }
            Known::Unknown(why) => why.clone(),
        };
        let text = service.image.as_ref().and_then(|given| match &given.setting {
            compose::Setting::Unknown(unknown) => Some(unknown.text.as_str()),
            compose::Setting::Value(_) => None,
        });
        let repository = crate::container::build::repository_before_variables(text.unwrap_or(""));
        BaseImage::new(repository, named.origin.span, Some(why))
    }

    /// The container of a service.
    fn service(
        &mut self,
        service: &Service,
        project: &Project,
        image: Option<&ServiceImage>,
        files: &mut Files,
        file: &str,
        label: Option<&str>,
    ) -> Option<Container> {
        let named = service.image.as_ref().map(|given| resolve::from_given(given, "`image` of the service"));
        let (state, build, context) = match (image, &named) {
            (Some(image), _) => (image.state.clone(), image.build.clone(), image.context.clone()),
            (None, Some(named)) => (Arc::new(ImageState::of_base(self.named_base(service, named))), None, None),
            // Compose refuses it, and a problem says so.
            (None, None) => return None,
        };
        let reference = named.as_ref().and_then(|named| named.known.value());
        let name = match label {
            Some(label) => format!("{} ({label})", service.name),
            None => service.name.clone(),
        };
        let platform = service.platform.as_ref().and_then(|given| Platform::parse(given.value()?));
        let names = [name.as_str(), &service.name];
        let given = self.scanner.given.of_container(&names, reference.map(String::as_str), platform.as_ref());
        let declared = state.clone();
        let state = given.map_or(state, |opened| self.given_state(files, &opened, &declared));
        let version_files = match (&build, &context) {
            (Some(build), Some(context)) => self.version_files(files, build, &context.folder),
            _ => Vec::new(),
        };
        let file = build
            .as_ref()
            .map_or_else(|| Arc::from(file), |build: &Arc<Build>| files.sources.get(build.file.source).name.clone());
        let mut system = FileSystem::new(files, &state, build.as_deref(), context.as_deref(), Some((service, project)));
        let start = start(&state, Some(service));
        let scripts = scripts::scripts(&mut system, &start);
        let package_scripts = scripts::package_scripts(&mut system, &start);
        let mut container = resolve::container(Parts {
            name,
            kind: Kind::Service,
            file,
            key: service.key,
            image: state.clone(),
            named_image: if build.is_some() || image.is_some() { None } else { named },
            build: build.clone(),
            context: context.clone(),
            service: Some(Arc::new(service.clone())),
            completes: None,
            version_files,
            package_scripts,
            init: None,
            scripts: &|path| scripts::contents(&scripts, path),
        });
        self.attach(&mut container, &mut system);
        images::complete(&mut container, &declared);
        Some(container)
    }
}

fn missing_dockerfile(service: &str, name: &str, context: &Path, files: &Files) -> (String, String) {
    if !context.is_dir() {
        let context = files.name(context);
        let what = format!("the build context `{context}` of `{service}` does not exist");
        return (what, "correct `context`; it is relative to the first Compose file".to_string());
    }
    let what = format!("`{service}` is built from `{name}`, which does not exist");
    (what, "correct `dockerfile`; it is relative to the build context".to_string())
}
