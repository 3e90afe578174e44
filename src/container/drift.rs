//! Drift: where an image is not what its Dockerfile says.

use std::time::Duration;

use super::build::join;
use super::image_state::{Argv, DEFAULT_PATH, Health, ImageState, Probe};
use super::traced::{Known, Origin, Traced};
use crate::source::Spanned;
use crate::subject::dockerfile::instruction::Timing;

/// A field of which Dockerfile and image say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The instruction that sets it: `USER`, `ENV NODE_ENV`.
    pub field: String,
    /// What the Dockerfile says, as a reader would write it; `None` where that is nobody's to read.
    pub declared: Option<String>,
    /// Who says so there.
    pub declared_by: Origin,
    /// What the image says.
    pub given: Option<String>,
    /// Where it says so.
    pub given_by: Origin,
}

/// How a health check is told that is not there.
pub const NO_CHECK: &str = "no health check";

/// Every field that differs. What the Dockerfile leaves unknown differs from nothing.
pub fn differences(declared: &ImageState, given: &ImageState) -> Vec<Drift> {
    let mut drifts = Vec::new();
    let mut compare = |field: &str, one: (Known<String>, &Origin), other: (Known<String>, &Origin)| {
        if let (Known::Value(said), Known::Value(is)) = (one.0, other.0)
            && said != is
        {
            let (declared_by, given_by) = (one.1.clone(), other.1.clone());
            let (declared, given) = (Some(said), Some(is));
            drifts.push(Drift { field: field.to_string(), declared, declared_by, given, given_by });
        }
    };
    compare("USER", user(&declared.user), user(&given.user));
    compare("ENTRYPOINT", argv(&declared.entrypoint), argv(&given.entrypoint));
    compare("CMD", argv(&declared.cmd), argv(&given.cmd));
    compare("WORKDIR", workdir(&declared.workdir), workdir(&given.workdir));
    compare("HEALTHCHECK", health(&declared.health), health(&given.health));
    compare("STOPSIGNAL", signal(&declared.stop_signal), signal(&given.stop_signal));
    drifts.extend(variables(declared, given));
    drifts
}

/// Points to the Dockerfile for every field that the image has as it is written there.
pub fn explain(given: &mut ImageState, declared: &ImageState) {
    fn take<T: Clone>(
        given: &mut Traced<T>,
        declared: &Traced<T>,
        text: impl Fn(&Traced<T>) -> (Known<String>, &Origin),
    ) {
        if let (Known::Value(is), Known::Value(said)) = (text(given).0, text(declared).0)
            && is == said
        {
            *given = declared.clone();
        }
    }
    take(&mut given.user, &declared.user, user);
    take(&mut given.entrypoint, &declared.entrypoint, argv);
    take(&mut given.cmd, &declared.cmd, argv);
    take(&mut given.workdir, &declared.workdir, workdir);
    take(&mut given.health, &declared.health, health);
    take(&mut given.stop_signal, &declared.stop_signal, signal);
    for (name, value) in &mut given.env {
        if let Some(declared) = declared.env.get(name).filter(|declared| declared.known == value.known) {
            *value = declared.clone();
        }
    }
}

fn variables(declared: &ImageState, given: &ImageState) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for (name, said) in &declared.env {
        let Known::Value(value) = &said.known else { continue };
        let is = given.env.get(name);
        let engine = (name == "PATH").then_some(DEFAULT_PATH);
        let is_it = is.map_or(engine, |is| is.get().map(String::as_str)) == Some(value);
        if is_it {
            continue;
        }
        let place = given.configuration.as_ref().map_or(given.user.origin.span, |config| config.place);
        let nowhere = || Origin::new(place, "the configuration of the image");
        let given_by = is.map_or_else(nowhere, |is| is.origin.clone());
        // Values may be secrets; that they differ is what matters.
        drifts.push(Drift {
            field: format!("ENV {name}"),
            declared: None,
            declared_by: said.origin.clone(),
            given: is.is_none().then(|| "not set".to_string()),
            given_by,
        });
    }
    drifts
}

fn user(user: &Traced<String>) -> (Known<String>, &Origin) {
    let text = user.known.clone().map(|user| if user.is_empty() { "root".to_string() } else { user });
    (text, &user.origin)
}

fn workdir(workdir: &Traced<String>) -> (Known<String>, &Origin) {
    let text = workdir.known.clone().map(|path| join("/", &path));
    (text, &workdir.origin)
}

fn signal(signal: &Traced<String>) -> (Known<String>, &Origin) {
    let text = signal.known.clone().map(|signal| if signal.is_empty() { "SIGTERM".to_string() } else { signal });
    (text, &signal.origin)
}

fn argv(argv: &Traced<Argv>) -> (Known<String>, &Origin) {
    (argv.known.clone().map(|argv| list(&argv.words)), &argv.origin)
}

fn list(words: &[Spanned<String>]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
    serde_json::to_string(&words).unwrap_or_default()
}

fn health(health: &Traced<Health>) -> (Known<String>, &Origin) {
    let text = match &health.known {
        // Neither checks anything.
        Known::Value(Health::Missing | Health::Off) => Known::Value(NO_CHECK.to_string()),
        Known::Value(Health::Check { probe: Probe::Exec(words), timing }) => {
            Known::Value(format!("{}{}", list(words), times(timing)))
        }
        Known::Value(Health::Check { probe: Probe::Shell(text), timing }) => {
            Known::Value(format!("{}{}", text.value, times(timing)))
        }
        Known::Value(Health::Check { probe: Probe::OfBase, .. }) => {
            Known::Unknown("the base image's health check is not known".to_string())
        }
        Known::Unknown(why) => Known::Unknown(why.clone()),
    };
    (text, &health.origin)
}

/// The times of a check; what is not set is the engine's default.
fn times(timing: &Timing) -> String {
    let mut text = String::new();
    let durations = [
        ("interval", &timing.interval, 30),
        ("timeout", &timing.timeout, 30),
        ("start-period", &timing.start_period, 0),
        ("start-interval", &timing.start_interval, 5),
    ];
    for (name, duration, default) in durations {
        let duration = duration.as_ref().map_or(Duration::from_secs(default), |duration| duration.value);
        text.push_str(&format!(" --{name}={duration:?}"));
    }
    let retries = timing.retries.as_ref().map_or(3, |retries| retries.value);
    format!("{text} --retries={retries}")
}
