//! Resolving: an image and a Compose service to the container that the engine would create.
//!
//! Compose wins field by field, with the engine's exceptions: an entrypoint drops the image's command; an empty list or
//! an empty `user` counts as not given; the fields of a health check are taken one by one.

mod start;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::accounts::{self, ResolvedUser};
use super::build::Build;
use super::given;
use super::image_state::{Health, ImageState, Probe};
use super::process::{Process, ScriptContents};
use super::runtime::{self, VersionFact};
use super::traced::{Known, Origin, Traced};
use super::versions::VersionFile;
use super::{BuildContext, Container, Kind, Role, Runtime};
use crate::source::{Span, Spanned};
use crate::subject::compose::{self, Given, Service, Setting, Test};
use crate::subject::dockerfile::instruction::Timing;

/// What a script at a path of the container holds.
pub type ScriptLookup<'a> = &'a dyn Fn(&str) -> ScriptContents;

/// Everything that goes into a container.
pub struct Parts<'a> {
    /// Its name.
    pub name: String,
    /// What it is resolved from.
    pub kind: Kind,
    /// The file that makes it.
    pub file: Arc<str>,
    /// Where to point when nothing better decided.
    pub key: Span,
    /// The image.
    pub image: Arc<ImageState>,
    /// How it is built, if it is.
    pub build: Option<Arc<Build>>,
    /// The build context, if it is a folder of this machine.
    pub context: Option<Arc<BuildContext>>,
    /// The image reference of a service that builds nothing.
    pub named_image: Option<Traced<String>>,
    /// The service, if it is one.
    pub service: Option<Arc<Service>>,
    /// Where another service waits until this one has ended.
    pub completes: Option<Span>,
    /// Version files above the build.
    pub version_files: Vec<VersionFile>,
    /// Scripts of the `package.json` beside the service.
    pub package_scripts: BTreeMap<String, String>,
    /// Whether the engine puts its own init first, where something other than a service says so.
    pub init: Option<Traced<bool>>,
    /// Scripts of the container.
    pub scripts: ScriptLookup<'a>,
}

/// Resolves a container.
pub fn container(parts: Parts) -> Container {
    let service = parts.service.as_deref();
    let image = &parts.image;
    let (entrypoint, command) = start::process_fields(image, service);
    let init = match service.and_then(|service| service.init.as_ref()) {
        Some(init) => from_given(init, "`init` of the service"),
        None => {
            let default = || Traced::value(false, Origin::new(parts.key, "the engine's default"));
            parts.init.clone().unwrap_or_else(default)
        }
    };
    let user_text = user_text(image, service);
    let user = resolve_user(&user_text, image);
    let (environment, environment_incomplete) = environment(image, service);
    let process = start::unwrap_process(&entrypoint, &command, &init, image, service, &environment, parts.scripts);
    let runtime = runtime_of(image, &process);
    let drops_to = start::drops_to(image, &entrypoint, &command, &user, &process, parts.scripts);
    let limits = service.map(|service| {
        let unlimited = || Origin::new(service.key, "nothing sets it");
        let memory = &service.resources.memory_limit;
        let cpu = cpu_limit(&service.resources, image.windows);
        (
            cpu.unwrap_or_else(|| Traced::value(0.0, unlimited())),
            memory.as_ref().map_or(Traced::value(0, unlimited()), |given| from_given(given, "the service's limits")),
        )
    });
    let (cpu_limit, memory_limit) = limits.map_or((None, None), |(cpu, memory)| (Some(cpu), Some(memory)));
    // A service whose build cannot be followed is built all the same.
    let taken_as_it_comes = parts.kind == Kind::Service && parts.named_image.is_some();
    Container {
        role: if taken_as_it_comes { Role::Infrastructure } else { Role::Application },
        active: service.is_none_or(|service| service.active),
        runtime,
        user_text,
        user,
        drops_to,
        init,
        process,
        health: health(image, service),
        environment,
        environment_incomplete,
        workdir: workdir(image, service),
        ports: image.ports.clone(),
        cpu_limit,
        memory_limit,
        restart: service
            .and_then(|service| service.restart.as_ref())
            .map(|given| from_given(given, "`restart` of the service").map(ToString::to_string)),
        image_size: None,
        declared: None,
        entrypoint,
        command,
        name: parts.name,
        kind: parts.kind,
        file: parts.file,
        key: parts.key,
        image: parts.image,
        build: parts.build,
        // Files of the container are for those to read who know the tree.
        nginx: None,
        redis_conf: None,
        context: parts.context,
        named_image: parts.named_image,
        service: parts.service,
        completes: parts.completes,
        version_files: parts.version_files,
        package_scripts: parts.package_scripts,
    }
}

/// The limit in cores; 0 is none. On Windows there are two other ways to say it.
fn cpu_limit(resources: &compose::Resources, windows: bool) -> Option<Traced<f64>> {
    let by = "the service's limits";
    let limit = resources.cpu_limit.as_ref().map(|given| from_given(given, by));
    let limits = limit.as_ref().is_some_and(|limit| limit.get().is_none_or(|cores| *cores > 0.0));
    if limits || !windows {
        return limit;
    }
    let given = |given: &Given<f64>| given.value().is_none_or(|value| *value > 0.0);
    if let Some(cores) = resources.windows_cpus.as_ref().filter(|cores| given(cores)) {
        return Some(from_given(cores, by));
    }
    let Some(percent) = resources.windows_cpu_percent.as_ref().filter(|percent| given(percent)) else { return limit };
    let why = match percent.unknown() {
        Some(why) => why.to_string(),
        None => "how many cores a share of the host's processors is depends on the host".to_string(),
    };
    Some(Traced::unknown(why, Origin::new(percent.span, by)))
}

/// A Compose value as a traced one.
pub fn from_given<T: Clone>(given: &Given<T>, by: &str) -> Traced<T> {
    let known = match &given.setting {
        Setting::Value(value) => Known::Value(value.clone()),
        Setting::Unknown(unknown) => Known::Unknown(unknown.why.clone()),
    };
    let overrode = given.overrode.iter().map(|&span| Origin::new(span, by)).collect();
    Traced { known, origin: Origin::new(given.span, by), overrode }
}

/// The image's value with the service's over it.
fn over<T: Clone>(image: &Traced<T>, given: Option<&Given<T>>, by: &str) -> Traced<T> {
    let Some(given) = given else { return image.clone() };
    let mut traced = image.clone();
    let given = from_given(given, by);
    traced.set(given.known, given.origin);
    traced.overrode.splice(0..0, given.overrode);
    traced
}

fn user_text(image: &ImageState, service: Option<&Service>) -> Traced<String> {
    // An empty `user` does not reset the image's.
    let given = service.and_then(|service| not_empty(service.user.as_ref()));
    over(&image.user, given, "`user` of the service")
}

fn workdir(image: &ImageState, service: Option<&Service>) -> Traced<String> {
    let given = service.and_then(|service| not_empty(service.working_dir.as_ref()));
    let mut workdir = over(&image.workdir, given, "`working_dir` of the service");
    if workdir.get().is_some_and(String::is_empty) {
        workdir.known = Known::Value("/".to_string());
    }
    workdir
}

/// To the engine an empty text is none.
fn not_empty(given: Option<&Given<String>>) -> Option<&Given<String>> {
    given.filter(|given| given.value().is_none_or(|text| !text.is_empty()))
}

fn resolve_user(text: &Traced<String>, image: &ImageState) -> Traced<ResolvedUser> {
    let known = match &text.known {
        Known::Value(_) if image.windows => Known::Unknown("it is a Windows container".to_string()),
        Known::Value(text) => Known::Value(accounts::resolve_user(text, &image.accounts)),
        Known::Unknown(why) => Known::Unknown(why.clone()),
    };
    Traced { known, origin: text.origin.clone(), overrode: text.overrode.clone() }
}

type Environment = BTreeMap<String, Traced<Option<String>>>;

fn environment(image: &ImageState, service: Option<&Service>) -> (Environment, Option<String>) {
    let mut environment: Environment =
        image.env.iter().map(|(name, value)| (name.clone(), value.map(|value| Some(value.clone())))).collect();
    let Some(service) = service else { return (environment, image.env_incomplete.clone()) };
    for variable in &service.environment {
        let given = from_given(&variable.value, "`environment` of the service");
        let (known, origin, overrode) = (given.known.map(Some), given.origin, given.overrode);
        match environment.get_mut(&variable.name) {
            Some(traced) => {
                traced.set(known, origin);
                traced.overrode.splice(0..0, overrode);
            }
            None => {
                environment.insert(variable.name.clone(), Traced { known, origin, overrode });
            }
        }
    }
    (environment, service.environment_open().or_else(|| image.env_incomplete.clone()))
}

fn health(image: &ImageState, service: Option<&Service>) -> Traced<Health> {
    let Some(given) = service.and_then(|service| service.healthcheck.as_ref()) else { return image.health.clone() };
    let mut health = image.health.clone();
    let by = "`healthcheck` of the service";
    let test = given.test.as_ref();
    let probe = match test.map(|test| (&test.setting, test.span)) {
        Some((Setting::Value(Test::Off), span)) => {
            health.set(Known::Value(Health::Off), Origin::new(span, by));
            return health;
        }
        Some((Setting::Unknown(unknown), span)) => {
            health.set(Known::Unknown(unknown.why.clone()), Origin::new(span, by));
            return health;
        }
        Some((Setting::Value(Test::Exec(argv)), span)) => Some((Probe::Exec(argv.clone()), span)),
        Some((Setting::Value(Test::Shell(text)), span)) => Some((Probe::Shell(text.clone()), span)),
        Some((Setting::Value(Test::Inherit), _)) | None => None,
    };
    let (inherited, mut timing) = match &image.health.known {
        Known::Value(Health::Check { probe, timing }) => (Some(probe.clone()), timing.clone()),
        _ => (None, Timing::default()),
    };
    override_timing(&mut timing, given);
    match (probe, inherited) {
        (Some((probe, span)), _) => health.set(Known::Value(Health::Check { probe, timing }), Origin::new(span, by)),
        // Timing without a test leaves the image's check, and a missing one missing.
        (None, Some(probe)) => health.known = Known::Value(Health::Check { probe, timing }),
        (None, None) => {}
    }
    health
}

fn override_timing(timing: &mut Timing, given: &compose::Healthcheck) {
    let slots = [
        (&mut timing.interval, &given.interval),
        (&mut timing.timeout, &given.timeout),
        (&mut timing.start_period, &given.start_period),
        (&mut timing.start_interval, &given.start_interval),
    ];
    for (slot, given) in slots {
        let Some(given) = given else { continue };
        if let Some(&nanoseconds) = given.value().filter(|&&nanoseconds| nanoseconds > 0) {
            *slot = Some(Spanned::new(Duration::from_nanos(nanoseconds), given.span));
        }
    }
    if let Some(given) = &given.retries
        && let Some(&retries) = given.value().filter(|&&retries| retries > 0)
    {
        timing.retries = Some(Spanned::new(u32::try_from(retries).unwrap_or(u32::MAX), given.span));
    }
}

/// A shell of Windows, or a program there that starts another one.
fn runs_what_it_is_told(program: &str) -> bool {
    let name = runtime::program_name(program).to_ascii_lowercase();
    matches!(name.as_str(), "cmd" | "powershell" | "pwsh" | "servicemonitor")
}

/// What the container runs on: by its base image, else by the program that runs.
fn runtime_of(image: &ImageState, process: &Known<Process>) -> Traced<Runtime> {
    let mut runtime = guessed_runtime(image, process);
    // What the image itself has is the better fact.
    if let Some(contents) = image.contents().or_else(|| image.base_contents())
        && let Known::Value(runtime) = &mut runtime.known
        && let Some(version) = given::version(&runtime.kind, contents)
        && !is_told_in_full(&runtime.version, &version)
    {
        runtime.version = VersionFact::Known(version);
    }
    runtime
}

/// Whether a version says all that the files say, and more.
fn is_told_in_full(known: &VersionFact, files: &runtime::Version) -> bool {
    let VersionFact::Known(known) = known else { return false };
    known.numbers().len() > files.numbers().len() && known.numbers().starts_with(files.numbers())
}

/// What the reference of the base tells, else the variables of official images, else the program. Where the image itself
/// was given, its variables come first: it may have been built from another revision.
fn guessed_runtime(image: &ImageState, process: &Known<Process>) -> Traced<Runtime> {
    let base = &image.base;
    let stated = |name: &str| {
        let value = image.env.get(name)?.get()?;
        Some(VersionFact::Known(runtime::Version::parse(value)?))
    };
    let given = image.opened.is_some() || base.opened.is_some();
    let by_reference = base.reference.as_ref().and_then(runtime::from_reference);
    if let Some((kind, version)) = by_reference {
        let variable = match kind {
            runtime::Kind::Node => stated("NODE_VERSION"),
            runtime::Kind::Python => stated("PYTHON_VERSION"),
            _ => None,
        };
        let version = match (&base.incomplete, version) {
            _ if given && variable.is_some() => variable.unwrap_or(VersionFact::Unknown),
            (Some(_), _) => VersionFact::Unknown,
            (None, VersionFact::Known(version)) => VersionFact::Known(version),
            (None, other) => variable.unwrap_or(other),
        };
        return Traced::value(Runtime { kind, version }, base.origin());
    }
    for (name, kind) in [("NODE_VERSION", runtime::Kind::Node), ("PYTHON_VERSION", runtime::Kind::Python)] {
        if let Some(version) = stated(name)
            && let Some(traced) = image.env.get(name)
            && (base.reference.is_none() || given)
        {
            return Traced::value(Runtime { kind, version }, traced.origin.clone());
        }
    }
    let application = process.value().and_then(|process| process.application());
    let program = application.and_then(|words| words.first());
    match program.map(|program| (runtime::from_program(&program.value), program)) {
        Some((Some(kind), program)) => Traced::value(
            Runtime { kind, version: VersionFact::Unknown },
            Origin::new(program.span, format!("the program `{}`", program.value)),
        ),
        // What a shell of Windows runs is not looked into.
        Some((None, program)) if image.windows && runs_what_it_is_told(&program.value) => {
            Traced::unknown(base.unknown("the runtime"), base.origin())
        }
        Some((None, program)) if base.is_scratch() || base.facts.is_some() || image.contents().is_some() => {
            let kind = runtime::Kind::Other(runtime::program_name(&program.value).to_string());
            Traced::value(Runtime { kind, version: VersionFact::Unknown }, Origin::new(program.span, "the program"))
        }
        _ => Traced::unknown(base.unknown("the runtime"), base.origin()),
    }
}
