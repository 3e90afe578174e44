//! Listening: the ports that something in a container listens on, as far as its files tell.
//!
//! 1. The command decides, if it is a server whose options are known: `uvicorn --port 8000`, `redis-server`. So does the
//!    variable that such a server reads its port from, and the configuration of nginx and Redis.
//! 2. `PORT` is what a service of its own code (`node server.js`) is told; that it obeys is a convention.
//! 3. EXPOSE and Compose's `ports` and `expose` only declare: nothing listens because of them, and what is not in them
//!    may listen all the same.
//!
//! Where the first does not decide, [`Listening::open`] says why there may be other ports.

mod address;
mod server;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Container;
use super::process::{LayerKind, Process};
use super::traced::Known;
use crate::shell;
use crate::source::{Span, Spanned};
use crate::subject::{nginx, redis};

/// How it is known that a port is listened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// What runs says so: its options, its own variable, its default.
    Process,
    /// `PORT` of the environment says so to a service of its own code.
    Environment,
    /// EXPOSE of the Dockerfile, or `ports` or `expose` of the service.
    Declared,
    /// EXPOSE of the base image.
    BaseImage,
}

/// A port that is listened on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listened {
    /// The port.
    pub port: u16,
    /// The bytes that say so.
    pub place: Span,
    /// Who says so, as the start of a sentence: `` `--port` of `uvicorn` ``, `EXPOSE`.
    pub by: String,
    /// How it is known.
    pub evidence: Evidence,
}

/// The ports of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listening {
    /// Every port that something speaks of, what decides first; a port may be there more than once.
    pub ports: Vec<Listened>,
    /// Why there may be others than those; `None` if what runs decides.
    pub open: Option<String>,
}

impl Listening {
    /// The ports that what runs decides.
    pub fn decided(&self) -> impl Iterator<Item = &Listened> {
        self.ports.iter().filter(|listened| matches!(listened.evidence, Evidence::Process | Evidence::Environment))
    }

    /// Whoever speaks of a port, the strongest evidence first.
    pub fn of(&self, port: u16) -> Option<&Listened> {
        self.ports.iter().find(|listened| listened.port == port)
    }

    fn push(&mut self, port: u16, place: Span, by: impl Into<String>, evidence: Evidence) {
        if self.ports.len() < MOST_PORTS {
            self.ports.push(Listened { port, place, by: by.into(), evidence });
        }
    }

    fn leave_open(&mut self, why: impl Into<String>) {
        self.open.get_or_insert_with(|| why.into());
    }
}

/// More ports than this are not kept; ranges count by their ports.
const MOST_PORTS: usize = 256;

/// The ports that something in a container listens on.
pub fn ports(container: &Container) -> Listening {
    let mut listening = Listening::default();
    if let Some(mode) = shared_network(container) {
        listening.leave_open(format!("with `network_mode: {mode}` the ports of others are there, too"));
    }
    match (&container.nginx, &container.process) {
        (Some(Known::Value(configuration)), process) => {
            if process.value().is_some_and(|process| !process.others.is_empty()) {
                listening.leave_open("what a shell runs before nginx may write another configuration");
            }
            of_nginx(configuration, &mut listening);
        }
        (Some(Known::Unknown(why)), _) | (None, Known::Unknown(why)) => listening.leave_open(why.clone()),
        (None, Known::Value(process)) => of_process(container, process, &mut listening),
    }
    declared(container, &mut listening);
    listening
}

/// A service may live in the network of the host or of another container.
fn shared_network(container: &Container) -> Option<&str> {
    let mode = container.service.as_ref()?.network_mode.as_ref()?;
    match mode.value() {
        Some(mode) => Some(mode.as_str()).filter(|mode| *mode == "host" || mode.contains(':')),
        None => Some("…"),
    }
}

/// The value of a variable with its place; `Ok(None)` if it is not set or empty, an error if that is not known.
type Lookup<'a> = &'a dyn Fn(&str) -> Result<Option<(String, Span)>, String>;

/// What the servers of nginx listen on. Mail and streams have servers of their own.
fn of_nginx(configuration: &nginx::Configuration, listening: &mut Listening) {
    let main = configuration.level(nginx::LevelId::MAIN);
    if main.own("stream").chain(main.own("mail")).next().is_some() {
        listening.leave_open("nginx has servers for other protocols, too");
    }
    if let Some(open) = configuration.open_servers() {
        listening.leave_open(open.why.clone());
    }
    for listen in configuration.servers().flat_map(|server| configuration.listens(server)) {
        let by = if listen.written { "`listen` of nginx" } else { "the default of nginx" };
        match (listen.port, listen.unknown) {
            (Some(port), None) => listening.push(port, listen.place, by, Evidence::Process),
            (_, Some(why)) => listening.leave_open(why),
            (None, None) => {}
        }
    }
}

/// What is around a command.
struct Around<'a> {
    /// The variables that it sees.
    variable: Lookup<'a>,
    /// Whether the image is built here, so that what runs may be the service's own code.
    built: bool,
    /// The configuration file of a Redis server, if it has one.
    redis: Option<&'a Known<Arc<redis::Configuration>>>,
}

fn of_process(container: &Container, process: &Process, listening: &mut Listening) {
    if let Some(why) = process.is_opaque() {
        listening.leave_open(why);
    }
    if !process.others.is_empty() {
        listening.leave_open("a shell starts other programs beside the service");
    }
    let lookup = |name: &str| variable(container, process, name);
    let around = Around { variable: &lookup, built: container.build.is_some(), redis: container.redis_conf.as_ref() };
    let script = process.layers.last().and_then(|layer| match &layer.kind {
        LayerKind::PackageRunner { name, script: Some(script) } => Some((name, script)),
        _ => None,
    });
    match (script, process.application()) {
        (Some((runner, script)), _) => of_script(container, &around, (runner, script), listening),
        (None, Some(argv)) => server::of_command(argv, &around, listening),
        (None, None) => listening.leave_open("what runs is not known"),
    }
}

/// The script of a `package.json`, if it is one plain command.
fn of_script(container: &Container, around: &Around<'_>, (runner, name): (&str, &str), out: &mut Listening) {
    let unknown = format!("what `{runner}` runs as `{name}` is not known");
    let Some(text) = container.package_scripts.get(name) else { return out.leave_open(unknown) };
    let place = container.process_place();
    let script = shell::scan(text);
    let Some(command) = script.commands.first().filter(|_| script.is_lone_simple_command()) else {
        return out.leave_open(format!("the script `{name}` runs more than one command"));
    };
    let sets_port = command.assignments.iter().any(|assignment| assignment.name.ends_with("PORT"));
    let words = command.behind_prefixes();
    let literal = |word: &shell::Word| word.literal().map(|text| Spanned::new(text.to_string(), place));
    match words.iter().map(literal).collect::<Option<Vec<_>>>() {
        Some(argv) if !sets_port && argv.first().is_some_and(|word| !word.value.starts_with("cross-env")) => {
            server::of_command(&argv, around, out);
        }
        _ => out.leave_open(format!("the script `{name}` sets variables")),
    }
}

/// EXPOSE, and what Compose publishes and exposes.
fn declared(container: &Container, listening: &mut Listening) {
    let base = container.image.base.span;
    for port in &container.ports {
        let Some((range, "tcp")) = port.value.split_once('/') else { continue };
        let of_base = port.span == base;
        let evidence = if of_base { Evidence::BaseImage } else { Evidence::Declared };
        let by = if of_base { "EXPOSE of the base image" } else { "EXPOSE" };
        address::range(range).for_each(|number| listening.push(number, port.span, by, evidence));
    }
    let Some(service) = &container.service else { return };
    for port in service.ports.iter().filter(|port| port.protocol == "tcp" && port.unknown.is_none()) {
        for number in (port.target.0..=port.target.1).take(MOST_PORTS) {
            listening.push(number, port.span, "`ports` of the service", Evidence::Declared);
        }
    }
    for port in &service.expose {
        let Some(text) = port.value() else { continue };
        let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        if protocol == "tcp" {
            let by = "`expose` of the service";
            address::range(range).for_each(|number| listening.push(number, port.span, by, Evidence::Declared));
        }
    }
}

/// The value of a variable that what runs sees, with its place; `Ok(None)` if it is not set or empty.
fn variable(container: &Container, process: &Process, name: &str) -> Result<Option<(String, Span)>, String> {
    let place = container.process_place();
    if let Some((_, value)) = process.environment.iter().rev().find(|(known, _)| known == name) {
        return Ok(Some((value.clone(), place)).filter(|(value, _)| !value.is_empty()));
    }
    let value = container.variable(name).map_err(|why| format!("whether `{name}` is set is not known: {why}"))?;
    let place = container.environment.get(name).map_or(place, |traced| traced.origin.span);
    Ok(value.filter(|value| !value.is_empty()).map(|value| (value.to_string(), place)))
}
