//! Image configurations: what `docker inspect` or an OCI configuration says, as a container.
//!
//! A configuration is complete: a field that it leaves out is not set. Only what lies in the layers (accounts, programs,
//! scripts) stays unknown. A container's own settings, where `docker inspect` was asked for a container, come on top.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::accounts::Accounts;
use super::base;
use super::image_state::{Action, Argv, BaseImage, Form, Health, ImageState, Probe, Step};
use super::reference::Reference;
use super::resolve::{self, Parts, ScriptLookup};
use super::traced::{Known, Origin, Traced};
use super::{Container, Drop, Kind, given};
use crate::image::Opened;
use crate::image::layers::Content;
use crate::source::{Span, Spanned, Text};
use crate::subject::image::{self, Healthcheck, HostSettings, ImageConfig, Words};

/// What is found of an image's files before it is resolved.
pub struct Files<'a> {
    /// Scripts of the container.
    pub scripts: ScriptLookup<'a>,
    /// Scripts of the `package.json` in the working directory.
    pub package_scripts: BTreeMap<String, String>,
}

/// The container of a configuration in the file `name`, with the state that [`state`] made of it.
pub fn container(config: &ImageConfig, name: &str, state: Arc<ImageState>, files: Files<'_>) -> Container {
    let size = config.size.or_else(|| size(&state, config.place));
    let mut container = resolve::container(Parts {
        name: config.name.as_ref().map_or_else(|| name.to_string(), |given| given.value.clone()),
        kind: Kind::Image,
        file: Arc::from(name),
        key: config.place,
        image: state,
        build: None,
        context: None,
        named_image: None,
        service: None,
        completes: None,
        version_files: Vec::new(),
        package_scripts: files.package_scripts,
        init: config
            .container
            .as_ref()
            .and_then(|settings| settings.init)
            .map(|init| Traced::value(init.value, Origin::new(init.span, "`Init` of the container"))),
        scripts: files.scripts,
    });
    container.image_size = size;
    if let Some(settings) = &config.container {
        apply(&mut container, settings);
    }
    if container.drops_to.is_none()
        && let Some((account, why)) = may_give_root_up(&container)
    {
        match gives_root_up(&container, account) {
            Some(drop) => container.drops_to = Some(drop),
            None => container.user.known = Known::Unknown(why),
        }
    }
    container
}

/// What the layers of an image unpack to, as `docker image inspect` counts it.
pub fn size(state: &ImageState, place: Span) -> Option<Spanned<u64>> {
    let layers = state.contents()?.layers();
    let bytes = layers.iter().map(|layer| layer.unpacked).try_fold(0u64, |sum, bytes| sum.checked_add(bytes?));
    bytes.map(|bytes| Spanned::new(bytes, place))
}

/// Official images whose entrypoint is `docker-entrypoint.sh` and starts the server as another account.
const STEPPING_DOWN: [&str; 7] = ["redis", "valkey/valkey", "postgres", "mysql", "mariadb", "mongo", "rabbitmq"];

/// Why it is open whom the service runs as, where the image starts as root: it looks like one of the official images
/// whose entrypoint gives root up, and the script itself is in the layers. Also whom it would run as.
fn may_give_root_up(container: &Container) -> Option<(&'static str, String)> {
    let user = container.user.get()?.user()?;
    if container.image.base.facts.is_some() || user.is_root() != Some(true) {
        return None;
    }
    let entrypoint = &container.entrypoint.get()?.words.first()?.value;
    let server = &container.command.get()?.words.first()?.value;
    let account = STEPPING_DOWN.iter().find_map(|name| {
        let facts = Reference::parse(name).ok().and_then(|reference| base::lookup_any_tag(&reference));
        facts?.drops_to(server)
    })?;
    let why = || format!("a configuration does not say whether `{entrypoint}` gives root up before it runs `{server}`");
    let is_script = entrypoint.rsplit('/').next() == Some("docker-entrypoint.sh");
    is_script.then(|| (account, why()))
}

/// Whether the entrypoint, which lies in the layers, is the official one as far as root is concerned: it asks who it is,
/// and has a line that goes on as the account with everything it was given: `exec gosu redis "$0" "$@"`.
fn gives_root_up(container: &Container, account: &str) -> Option<Drop> {
    let contents = container.image.contents()?;
    let entrypoint = &container.entrypoint.get()?.words.first()?.value;
    let server = &container.command.get()?.words.first()?.value;
    let path = container.variable("PATH").ok()?;
    let workdir = container.workdir.get().map_or("/", String::as_str);
    let script = given::program(contents, entrypoint, path, workdir).ok()??;
    let Content::Bytes(bytes) = contents.content_of(&script) else { return None };
    let text = String::from_utf8_lossy(bytes);
    let switches = |line: &str| {
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
        let program = words.clone().any(|word| matches!(word, "gosu" | "su-exec" | "setpriv" | "runuser"));
        let line = line.trim();
        let goes_on = line.starts_with("exec ") && line.trim_end_matches([';', ' ']).ends_with("\"$@\"");
        program && goes_on && words.any(|word| word == account)
    };
    let asks = |line: &str| !line.trim_start().starts_with('#') && line.contains("id -u");
    let how = || format!("`{entrypoint}` changes to `{account}` before it runs `{server}`");
    (text.lines().any(asks) && text.lines().any(switches)).then(|| Drop { account: account.to_string(), how: how() })
}

/// The settings of a container that runs or ran.
fn apply(container: &mut Container, settings: &HostSettings) {
    let unlimited = || Origin::new(container.key, "the container's settings");
    let cpu = settings.cpus.map(|cpus| Traced::value(cpus.value, Origin::new(cpus.span, "the container's settings")));
    let memory =
        settings.memory.map(|bytes| Traced::value(bytes.value, Origin::new(bytes.span, "the container's settings")));
    let (cpu, memory) = (
        cpu.unwrap_or_else(|| Traced::value(0.0, unlimited())),
        memory.unwrap_or_else(|| Traced::value(0, unlimited())),
    );
    container.cpu_limit = Some(cpu);
    container.memory_limit = Some(memory);
    container.restart = settings
        .restart
        .as_ref()
        .map(|policy| Traced::value(policy.value.clone(), Origin::new(policy.span, "RestartPolicy")));
}

/// What a configuration says, with what lies in the layers of its image if that was given.
pub fn state(config: &ImageConfig, opened: Option<Arc<Opened>>) -> ImageState {
    let at = |span: Option<Span>, what: &str| Origin::new(span.unwrap_or(config.place), what);
    let text = |value: &Option<Spanned<String>>, what: &str| {
        let span = value.as_ref().map(|value| value.span);
        Traced::value(value.as_ref().map(|value| value.value.clone()).unwrap_or_default(), at(span, what))
    };
    let argv = |words: &Option<Words>, what: &str| {
        let given = words.as_ref().map(|words| Argv { words: words.value.clone(), form: Form::Given });
        Traced::value(given.unwrap_or_else(Argv::empty), at(words.as_ref().map(|words| words.span), what))
    };
    let why = "a configuration does not say what the layers hold".to_string();
    let mut base = BaseImage::new("", config.place, Some(why));
    if let Some(image) = config.container.as_ref().and_then(|settings| settings.image.as_ref()) {
        base = BaseImage::new(&image.value, image.span, None);
    }
    let facts = base.facts.take();
    let mut state = ImageState::of_base(base);
    // What is known of the image's family helps to read its entrypoint; the configuration itself is the better fact.
    state.base.facts = facts;
    state.windows = config.os.as_ref().is_some_and(|os| os.value == "windows");
    state.user = text(&config.user, "`User` of the configuration");
    state.workdir = text(&config.workdir, "`WorkingDir` of the configuration");
    state.stop_signal = text(&config.stop_signal, "`StopSignal` of the configuration");
    state.entrypoint = argv(&config.entrypoint, "`Entrypoint` of the configuration");
    state.cmd = argv(&config.cmd, "`Cmd` of the configuration");
    state.health = health(config.healthcheck.as_ref(), config.place);
    state.env = variables(config);
    state.env_incomplete = None;
    state.ports = config.exposed_ports.clone();
    state.shell = config.shell.as_ref().map(|words| words.value.iter().map(|word| word.value.clone()).collect());
    state.opened = opened;
    state.accounts = match state.contents() {
        Some(contents) => Accounts::of_contents(contents, config.place),
        None => Accounts::unknown(),
    };
    state.made_by = made_by(config, &state);
    state.configuration = Some(Arc::new(config.clone()));
    state
}

/// The state of a base image that was given: every value is placed where the image is named.
pub fn base_state(base: BaseImage, opened: &Opened) -> Option<ImageState> {
    let loaded = image::read(base.span.source, &opened.image.config);
    let config = loaded.images.into_iter().next()?.placed_at(base.span);
    let mut state = state(&config, None);
    state.configuration = None;
    state.accounts = match &opened.contents {
        Some(contents) => Accounts::of_contents(contents, base.span),
        None => Accounts::unknown(),
    };
    if config.on_build.is_some() {
        // What its triggers do is not followed.
        state.steps.push(Arc::new(Step { span: base.span, action: Action::Opaque }));
    }
    state.base = base;
    Some(state)
}

/// The instruction of each layer, if the history has as many that made one as there are layers.
fn made_by(config: &ImageConfig, state: &ImageState) -> Vec<Option<Spanned<String>>> {
    let Some(opened) = &state.opened else { return Vec::new() };
    let makers: Vec<_> =
        config.history.iter().filter(|step| !step.empty_layer).map(|step| step.created_by.clone()).collect();
    if makers.len() == opened.image.layers.len() { makers } else { vec![None; opened.image.layers.len()] }
}

fn variables(config: &ImageConfig) -> BTreeMap<String, Traced<String>> {
    let known = |variable: &crate::subject::image::Variable| {
        let value = variable.value.as_ref().map(|value| value.value.clone()).unwrap_or_default();
        let origin = Origin::new(variable.name.span, "`Env` of the configuration");
        (variable.name.value.clone(), Traced::value(value, origin))
    };
    config.env.iter().map(known).collect()
}

fn health(given: Option<&Spanned<Healthcheck>>, place: Span) -> Traced<Health> {
    let by = "`Healthcheck` of the configuration";
    let Some(check) = given else { return Traced::value(Health::Missing, Origin::new(place, by)) };
    let origin = Origin::new(check.span, by);
    let test: &[Spanned<String>] = check.value.test.as_ref().map_or(&[], |test| &test.value);
    let health = match test {
        [] => Health::Missing,
        [kind, ..] if kind.value == "NONE" => Health::Off,
        [kind, text, ..] if kind.value == "CMD-SHELL" => {
            let probe = Probe::Shell(Text::anchored(text.value.clone(), text.span));
            Health::Check { probe, timing: check.value.timing.clone() }
        }
        [kind, words @ ..] if kind.value == "CMD" => {
            Health::Check { probe: Probe::Exec(words.to_vec()), timing: check.value.timing.clone() }
        }
        // The engine logs a warning and probes nothing.
        _ => Health::Missing,
    };
    Traced { known: Known::Value(health), origin, overrode: Vec::new() }
}
