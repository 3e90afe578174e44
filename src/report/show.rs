//! Show: the effective container, field by field, for somebody who wants to understand a verdict.

use std::io::{self, Write};

use serde::Serialize;

use super::harmless;
use super::locate::Locator;
use super::redact::{is_harmless, is_secret, redact};
use crate::container::Container;
use crate::container::image_state::{Argv, Health, Probe};
use crate::container::probe;
use crate::container::traced::{Known, Origin, Traced};
use crate::terminal;

/// A container with everything located.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// `service`, `dockerfile` or `image`.
    pub kind: &'static str,
    /// The file that makes it.
    pub file: String,
    /// Its fields, in a fixed order.
    pub fields: Vec<Field>,
    /// The container itself, for those who go on with it.
    #[serde(skip)]
    pub container: Container,
}

/// One field.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// `user`, `healthcheck`, `environment NODE_ENV` ...
    pub name: String,
    /// The value, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// Who decided it.
    pub decided_by: Decision,
    /// Whom that overrode, latest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrode: Vec<Decision>,
}

/// Somebody who sets a value, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// `USER`, `the base image node:20` ...
    pub by: String,
    /// The file.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-16 code units.
    pub column: u32,
}

/// Words in names of variables whose values are not shown either, beside those that no report shows.
const SECRET_WORDS: [&str; 6] = ["pass", "pwd", "key", "credential", "credentials", "auth"];

const MEBIBYTE: u64 = 1 << 20;

/// Locates a container.
pub fn shown(container: &Container, locator: &Locator) -> Shown {
    let mut fields = Fields { locator, fields: Vec::new() };
    fields.traced("runtime", &container.runtime, |runtime| match &runtime.version {
        crate::container::runtime::VersionFact::Known(version) => format!("{} {version}", runtime.kind),
        crate::container::runtime::VersionFact::Moving(tag) => format!("{}, version follows `{tag}`", runtime.kind),
        crate::container::runtime::VersionFact::Unknown => format!("{}, version unknown", runtime.kind),
    });
    fields.traced("user", &container.user_text, |text| user(container, text));
    fields.traced("entrypoint", &container.entrypoint, argv);
    fields.traced("command", &container.command, argv);
    fields.known("process", &container.process, &container.entrypoint.origin, chain);
    fields.traced("init", &container.init, bool::to_string);
    fields.traced("healthcheck", &container.health, health);
    fields.traced("working directory", &container.workdir, String::clone);
    for port in &container.ports {
        let base = container.image.base.origin();
        let origin = if port.span == base.span { base } else { Origin::new(port.span, "EXPOSE") };
        fields.known("port", &Known::Value(port.value.clone()), &origin, String::clone);
    }
    if let Some(cpu) = &container.cpu_limit {
        fields.traced("cpu limit", cpu, |cores| if *cores > 0.0 { cores.to_string() } else { "none".to_string() });
    }
    if let Some(memory) = &container.memory_limit {
        fields.traced("memory limit", memory, |bytes| match bytes {
            0 => "none".to_string(),
            bytes if bytes % MEBIBYTE == 0 => format!("{} MiB", bytes / MEBIBYTE),
            bytes => format!("{:.1} MiB", *bytes as f64 / MEBIBYTE as f64),
        });
    }
    if let Some(restart) = &container.restart {
        fields.traced("restart", restart, String::clone);
    }
    for (name, value) in &container.environment {
        fields.traced(&format!("environment {name}"), value, |value| variable(name, value.as_deref()));
    }
    if let Some(why) = &container.environment_incomplete {
        let origin = container.image.base.origin();
        fields.known("environment", &Known::<()>::Unknown(why.clone()), &origin, |()| String::new());
    }
    Shown {
        name: container.name.clone(),
        kind: container.kind.as_str(),
        file: container.file.to_string(),
        fields: fields.fields,
        container: container.clone(),
    }
}

struct Fields<'l, 's> {
    locator: &'l Locator<'s>,
    fields: Vec<Field>,
}

impl Fields<'_, '_> {
    fn traced<T>(&mut self, name: &str, traced: &Traced<T>, show: impl Fn(&T) -> String) {
        self.known(name, &traced.known, &traced.origin, show);
        let overrode = traced.overrode.iter().map(|origin| self.decision(origin)).collect();
        if let Some(field) = self.fields.last_mut() {
            field.overrode = overrode;
        }
    }

    fn known<T>(&mut self, name: &str, known: &Known<T>, origin: &Origin, show: impl Fn(&T) -> String) {
        let (value, unknown) = match known {
            Known::Value(value) => (Some(redact(&show(value)).into_owned()), None),
            Known::Unknown(why) => (None, Some(why.clone())),
        };
        let decided_by = self.decision(origin);
        self.fields.push(Field { name: name.to_string(), value, unknown, decided_by, overrode: Vec::new() });
    }

    fn decision(&self, origin: &Origin) -> Decision {
        let (path, start) = self.locator.start(origin.span);
        Decision { by: origin.by.clone(), path: path.to_string(), line: start.line, column: start.column }
    }
}

fn user(container: &Container, text: &str) -> String {
    let named = if text.is_empty() { "root (nothing sets a user)".to_string() } else { text.to_string() };
    let ids = container.user.get().and_then(|user| user.user()).map(|user| {
        let id = |id: crate::container::accounts::Id| id.known().map_or("?".to_string(), |id| id.to_string());
        format!(", uid {} gid {}", id(user.uid), id(user.gid))
    });
    let drops = container.drops_to.as_ref().map_or(String::new(), |drop| format!("; {}", drop.how));
    format!("{named}{}{drops}", ids.unwrap_or_default())
}

/// The words as a JSON array, which is how they can be written.
fn argv(argv: &Argv) -> String {
    if argv.words.is_empty() { "none".to_string() } else { words(argv.words.iter().map(|word| word.value.as_str())) }
}

fn words<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let quoted: Vec<String> = words.map(|word| serde_json::Value::from(word).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

fn chain(process: &crate::container::process::Process) -> String {
    let mut layers: Vec<String> = process
        .layers
        .iter()
        .map(|layer| {
            let name = layer.argv.first().map_or("docker-init", |word| word.value.as_str());
            let name = name.rsplit('/').next().unwrap_or(name).to_string();
            match layer.stays() {
                Some(false) => format!("{name} (replaced)"),
                None => format!("{name} (may be replaced)"),
                Some(true) => name,
            }
        })
        .collect();
    if let Some(why) = process.is_opaque() {
        layers.push(format!("unknown: {why}"));
    }
    layers.join(" -> ")
}

fn health(health: &Health) -> String {
    match health {
        Health::Missing => "none".to_string(),
        Health::Off => "switched off".to_string(),
        Health::Check { probe: check, timing } => {
            let what = match check {
                Probe::Exec(argv) => probe::describe(&probe::of_exec(argv)),
                Probe::Shell(text) => probe::describe(&probe::of_shell(text)),
                Probe::OfBase => "the base image's own".to_string(),
            };
            let seconds = |d: &Option<crate::source::Spanned<std::time::Duration>>, default: f32| {
                d.as_ref().map_or(default, |d| d.value.as_secs_f32())
            };
            let retries = timing.retries.as_ref().map_or(3, |retries| retries.value);
            format!(
                "{what} (every {} s, {} s each, {retries} tries, after {} s)",
                seconds(&timing.interval, 30.0),
                seconds(&timing.timeout, 30.0),
                seconds(&timing.start_period, 0.0),
            )
        }
    }
}

/// The value of a variable as it is shown.
pub(super) fn variable(name: &str, value: Option<&str>) -> String {
    let name = name.to_ascii_lowercase();
    let telling = || is_secret(&name) || name.split('_').any(|part| SECRET_WORDS.contains(&part));
    match value {
        None => "removed".to_string(),
        Some(value) if !value.is_empty() && !is_harmless(&name) && telling() => "(hidden)".to_string(),
        Some(value) => value.to_string(),
    }
}

/// Writes containers as JSON.
///
/// # Errors
/// What writing meets.
pub fn json(out: &mut impl Write, containers: &[Shown]) -> io::Result<()> {
    let json = serde_json::to_string_pretty(containers)?;
    writeln!(out, "{}", harmless::escaped(&json))
}

/// Writes containers for a person.
///
/// # Errors
/// What writing meets.
pub fn table(out: &mut impl Write, containers: &[Shown], color: bool) -> io::Result<()> {
    let (strong, faint, warn, reset) =
        if color { ("\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m") } else { ("", "", "", "") };
    for (index, container) in containers.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let title = terminal::clean(&container.name).into_owned();
        let from = if container.file == container.name { String::new() } else { format!(" from {}", container.file) };
        writeln!(out, "{strong}{title}{reset} {faint}({}{}){reset}", container.kind, terminal::clean(&from))?;
        let names: Vec<_> = container.fields.iter().map(|field| terminal::clean(&field.name)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(30);
        for (field, name) in container.fields.iter().zip(names) {
            let value = match (&field.value, &field.unknown) {
                (Some(value), _) => terminal::clean(value).into_owned(),
                (None, why) => format!("{warn}unknown: {}{reset}", terminal::clean(why.as_deref().unwrap_or(""))),
            };
            writeln!(out, "  {name:width$}  {value}")?;
            writeln!(out, "  {:width$}  {faint}{}{reset}", "", decision("by", &field.decided_by))?;
            for overridden in &field.overrode {
                writeln!(out, "  {:width$}  {faint}{}{reset}", "", decision("overrides", overridden))?;
            }
        }
    }
    Ok(())
}

fn decision(verb: &str, decision: &Decision) -> String {
    let text = format!("{verb} {}, {}:{}:{}", decision.by, decision.path, decision.line, decision.column);
    terminal::clean(&text).into_owned()
}
