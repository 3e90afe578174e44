//! Resolving: an image and a Compose service to the container that the engine would create.
//!
//! Compose wins field by field, with the engine's exceptions: an entrypoint drops the image's command; an empty list or
//! an empty `user` counts as not given; the fields of a health check are taken one by one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::accounts::{self, ResolvedUser};
use super::base::{HandsOver, Shell};
use super::build::Build;
use super::image_state::{Argv, Form, Health, ImageState, Probe};
use super::process::{self, Process, ScriptContents, ShellKind, Surroundings};
use super::runtime::{self, VersionFact};
use super::traced::{Known, Origin, Traced};
use super::versions::VersionFile;
use super::{Container, Drop, Kind, Role, Runtime};
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
    let (entrypoint, command) = process_fields(image, service);
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
    let process = unwrap_process(&entrypoint, &command, &init, image, service, &environment, parts.scripts);
    let runtime = runtime_of(image, &process);
    let drops_to = drops_to(image, &entrypoint, &command, &process);
    let limits = service.map(|service| {
        let unlimited = || Origin::new(service.key, "nothing sets it");
        let memory = &service.resources.memory_limit;
        let cpu = &service.resources.cpu_limit;
        (
            cpu.as_ref().map_or(Traced::value(0.0, unlimited()), |given| from_given(given, "the service's limits")),
            memory.as_ref().map_or(Traced::value(0, unlimited()), |given| from_given(given, "the service's limits")),
        )
    });
    let (cpu_limit, memory_limit) = limits.map_or((None, None), |(cpu, memory)| (Some(cpu), Some(memory)));
    let infrastructure = parts.kind == Kind::Service && parts.build.is_none();
    Container {
        role: if infrastructure { Role::Infrastructure } else { Role::Application },
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
        workdir: over(&image.workdir, service.and_then(|s| s.working_dir.as_ref()), "`working_dir` of the service"),
        ports: image.ports.clone(),
        cpu_limit,
        memory_limit,
        restart: service.and_then(|s| s.restart.as_ref()).map(|given| {
            let mut text = from_given(&given.clone().map(|restart| restart.to_string()), "`restart` of the service");
            text.overrode.truncate(8);
            text
        }),
        entrypoint,
        command,
        name: parts.name,
        kind: parts.kind,
        file: parts.file,
        key: parts.key,
        image: parts.image,
        build: parts.build,
        named_image: parts.named_image,
        service: parts.service,
        completes: parts.completes,
        version_files: parts.version_files,
        package_scripts: parts.package_scripts,
    }
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

/// Entrypoint and command after the engine's merge.
fn process_fields(image: &ImageState, service: Option<&Service>) -> (Traced<Argv>, Traced<Argv>) {
    let given_entrypoint = service.and_then(|service| service.entrypoint.as_ref());
    let given_command = service.and_then(|service| service.command.as_ref());
    let command = given_command.filter(|given| !is_empty(given));
    let mut entrypoint_field = image.entrypoint.clone();
    let mut command_field = image.cmd.clone();
    match given_entrypoint {
        None => {}
        Some(given) if is_empty(given) => {
            entrypoint_field.set(Known::Value(Argv::empty()), Origin::new(given.span, "`entrypoint` of the service"));
        }
        Some(given) => {
            set_argv(&mut entrypoint_field, given, "`entrypoint` of the service");
            if command.is_none() {
                let origin = Origin::new(given.span, "`entrypoint` of the service, which drops the image's command");
                command_field.set(Known::Value(Argv::empty()), origin);
            }
        }
    }
    if let Some(given) = command {
        set_argv(&mut command_field, given, "`command` of the service");
    }
    // `entrypoint: [""]` is how the engine is told to have none.
    if let Known::Value(argv) = &mut entrypoint_field.known
        && matches!(argv.words.as_slice(), [only] if only.value.is_empty())
    {
        argv.words.clear();
    }
    (entrypoint_field, command_field)
}

fn is_empty(given: &Given<compose::Command>) -> bool {
    given.value().is_some_and(|command| command.argv.is_empty())
}

fn set_argv(field: &mut Traced<Argv>, given: &Given<compose::Command>, by: &str) {
    let given = from_given(given, by);
    let known = given.known.map(|command| Argv { words: command.argv, form: Form::Exec });
    field.set(known, given.origin);
    field.overrode.splice(0..0, given.overrode);
}

fn user_text(image: &ImageState, service: Option<&Service>) -> Traced<String> {
    let given = service.and_then(|service| service.user.as_ref());
    // An empty `user` does not reset the image's.
    let given = given.filter(|given| given.value().is_none_or(|user| !user.is_empty()));
    over(&image.user, given, "`user` of the service")
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
        let known = given.known.map(Some);
        let origin = Origin::new(variable.value.span, given.origin.by);
        match environment.get_mut(&variable.name) {
            Some(traced) => traced.set(known, origin),
            None => {
                environment.insert(variable.name.clone(), Traced { known, origin, overrode: Vec::new() });
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

fn unwrap_process(
    entrypoint: &Traced<Argv>,
    command: &Traced<Argv>,
    init: &Traced<bool>,
    image: &ImageState,
    service: Option<&Service>,
    environment: &Environment,
    scripts: ScriptLookup,
) -> Known<Process> {
    let mut argv = Vec::new();
    for part in [entrypoint, command] {
        match &part.known {
            Known::Value(part) => argv.extend(part.words.iter().cloned()),
            Known::Unknown(why) => return Known::Unknown(why.clone()),
        }
    }
    // The engine adds no init where the PID namespace is shared.
    let shares_pid = service.is_some_and(|service| service.pid.is_some());
    let init = match &init.known {
        Known::Value(init) => *init && !shares_pid,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    let facts = image.base.facts.as_ref();
    let script = |path: &str| {
        let of_base = facts.and_then(|facts| facts.entrypoint.as_ref()).is_some_and(|words| words.contains(&path));
        match facts.and_then(|facts| facts.hands_over) {
            Some(HandsOver::Executes) if of_base => ScriptContents::Transparent { prefix: None },
            Some(HandsOver::ExecutesWith(program)) if of_base => {
                ScriptContents::Transparent { prefix: Some(program.to_string()) }
            }
            _ => scripts(path),
        }
    };
    let env = |name: &str| environment.get(name)?.get()?.clone();
    Known::Value(process::resolve(&argv, &Surroundings { init, shell: shell_kind(image), script: &script, env: &env }))
}

/// What `/bin/sh` is in the image.
fn shell_kind(image: &ImageState) -> ShellKind {
    if image.base.is_scratch() {
        return ShellKind::None;
    }
    match image.base.facts.as_ref().and_then(|facts| facts.shell) {
        Some(Shell::Dash) => ShellKind::Dash,
        Some(Shell::Ash | Shell::Bash) => ShellKind::ExecsLastCommand,
        Some(Shell::None) => ShellKind::None,
        None => ShellKind::Unknown,
    }
}

/// What the container runs on: by its base image, else by the program that runs.
fn runtime_of(image: &ImageState, process: &Known<Process>) -> Traced<Runtime> {
    let base = &image.base;
    let stated = |name: &str| {
        let value = image.env.get(name)?.get()?;
        Some(VersionFact::Known(runtime::Version::parse(value)?))
    };
    let by_reference = base.reference.as_ref().and_then(runtime::from_reference);
    if let Some((kind, version)) = by_reference {
        let variable = match kind {
            runtime::Kind::Node => stated("NODE_VERSION"),
            runtime::Kind::Python => stated("PYTHON_VERSION"),
            _ => None,
        };
        let version = match (&base.incomplete, version) {
            (Some(_), _) => VersionFact::Unknown,
            (None, VersionFact::Known(version)) => VersionFact::Known(version),
            (None, other) => variable.unwrap_or(other),
        };
        return Traced::value(Runtime { kind, version }, base.origin());
    }
    for (name, kind) in [("NODE_VERSION", runtime::Kind::Node), ("PYTHON_VERSION", runtime::Kind::Python)] {
        if let Some(version) = stated(name)
            && let Some(traced) = image.env.get(name)
            && base.reference.is_none()
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
        Some((None, program)) if base.is_scratch() || base.facts.is_some() => {
            let name = program.value.rsplit('/').next().unwrap_or(&program.value).to_string();
            let kind = runtime::Kind::Other(name);
            Traced::value(Runtime { kind, version: VersionFact::Unknown }, Origin::new(program.span, "the program"))
        }
        _ => Traced::unknown(base.unknown("the runtime"), base.origin()),
    }
}

/// Whether the entrypoint gives root up before the service runs.
fn drops_to(
    image: &ImageState,
    entrypoint: &Traced<Argv>,
    command: &Traced<Argv>,
    process: &Known<Process>,
) -> Option<Drop> {
    if let Some(user) = process.value().and_then(|process| process.user_switch()) {
        let how = format!("the process changes to `{user}` before the service runs");
        return Some(Drop { account: user.to_string(), how });
    }
    let facts = image.base.facts.as_ref()?;
    let own_entrypoint = facts.entrypoint.as_ref().is_some_and(|words| {
        let entrypoint = entrypoint.get().map(|argv| argv.words.as_slice()).unwrap_or_default();
        entrypoint.len() == words.len() && entrypoint.iter().zip(words).all(|(mine, theirs)| mine.value == *theirs)
    });
    if !own_entrypoint {
        return None;
    }
    let words = &command.get()?.words;
    let first = words.first()?;
    // A command that begins with a dash is options for the server.
    let server = match &facts.hands_over {
        Some(HandsOver::ExecutesWith(program)) if first.value.starts_with('-') => program,
        _ => first.value.as_str(),
    };
    let account = facts.drops_to(server)?;
    let how = format!("the entrypoint of `{}` changes to `{account}` before it runs `{server}`", image.base.shown());
    Some(Drop { account: account.to_string(), how })
}
