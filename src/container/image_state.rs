//! Image state: what the image of a stage is configured to, instruction by instruction.
//!
//! Starts from what is known of the base image, applies the instructions of the chain of stages above it, and keeps for
//! each field who decided it. Follows BuildKit: ENTRYPOINT clears a CMD that was inherited, HEALTHCHECK replaces the
//! whole check, USER replaces user and group.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::accounts::{Accounts, Distribution, Id};
use super::base::{self, Facts, System};
use super::build::GivenBases;
use super::history::History;
use super::image_config;
use super::reference::Reference;
use super::traced::{Known, Origin, Traced};
use crate::image::Opened;
use crate::shell::{Command, Script};
use crate::source::{Span, Spanned, Text};
use crate::subject::dockerfile::expand::Lookup;
use crate::subject::dockerfile::instruction::{Healthcheck, Instruction, Timing};
use crate::subject::image::ImageConfig;

/// `PATH` in a container whose image does not set it: the engine's own.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How a command line came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON form, or a list or text of Compose: the words are the arguments.
    Exec,
    /// Shell form: the shell in force was put before the text.
    Shell,
    /// It opens like JSON form but is none, so the shell was put before it, brackets and all.
    Malformed,
    /// From a base image or an image configuration.
    Given,
}

/// An entrypoint or a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argv {
    /// The arguments; a shell form has the shell's words first and the text last.
    pub words: Vec<Spanned<String>>,
    /// How it was written.
    pub form: Form,
}

impl Argv {
    /// Nothing to run.
    pub fn empty() -> Argv {
        Argv { words: Vec::new(), form: Form::Given }
    }
}

/// What a health check runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A program with arguments.
    Exec(Vec<Spanned<String>>),
    /// Text for `/bin/sh -c`.
    Shell(Text),
    /// The base image has one; what it runs is not known.
    OfBase,
}

/// The health check of an image or container.
#[allow(clippy::large_enum_variant)] // one per image, and nearly all of those that matter have a check
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nothing declares one.
    Missing,
    /// Switched off: `HEALTHCHECK NONE`, `disable: true`.
    Off,
    /// It is checked.
    Check {
        /// What is run.
        probe: Probe,
        /// When.
        timing: Timing,
    },
}

/// The image that a chain of stages starts from.
#[derive(Debug, Clone)]
pub struct BaseImage {
    /// As it is written after expansion; `scratch` for nothing at all.
    pub text: String,
    /// The image word of the FROM.
    pub span: Span,
    /// Taken apart, if it is an image reference.
    pub reference: Option<Reference>,
    /// Why a part of the reference is not known (`node:${VERSION}` without a value).
    pub incomplete: Option<String>,
    /// What is known of the image.
    pub facts: Option<Facts>,
    /// The image itself, where it was given.
    pub opened: Option<Arc<Opened>>,
}

impl BaseImage {
    /// An image by reference. `incomplete` says that the tag is not known.
    pub fn new(text: &str, span: Span, incomplete: Option<String>) -> BaseImage {
        let reference = Reference::parse(text).ok();
        let facts = reference.as_ref().and_then(|reference| match &incomplete {
            Some(_) => base::lookup_any_tag(reference),
            None => base::lookup(reference),
        });
        BaseImage { text: text.to_string(), span, reference, incomplete, facts, opened: None }
    }

    /// The same with the image itself, if it was given.
    pub fn given(mut self, bases: GivenBases) -> BaseImage {
        if self.incomplete.is_none() {
            self.opened = self.reference.as_ref().and_then(bases);
        }
        self
    }

    /// Nothing: `FROM scratch`.
    pub fn scratch(span: Span) -> BaseImage {
        BaseImage { text: "scratch".to_string(), span, reference: None, incomplete: None, facts: None, opened: None }
    }

    /// Whether there is nothing below.
    pub fn is_scratch(&self) -> bool {
        self.text == "scratch" && self.reference.is_none()
    }

    /// Whether the image is one for Windows.
    pub fn is_windows(&self) -> bool {
        let Some(reference) = &self.reference else { return false };
        let names = ["windowsservercore", "nanoserver", "servercore"];
        let tag = reference.tag.as_deref().unwrap_or("");
        (reference.domain == "mcr.microsoft.com" && reference.path.starts_with("windows"))
            || names.iter().any(|name| reference.path.contains(name) || tag.contains(name))
    }

    /// The image as messages name it: a digest says nothing to a reader where there is a tag.
    pub fn shown(&self) -> String {
        shown(&self.text)
    }

    /// The image as the subject of a sentence: one that was given by itself has no name.
    pub fn named(&self) -> String {
        if self.text.is_empty() { "the image".to_string() } else { format!("`{}`", self.shown()) }
    }

    /// Who decides what the base image decides.
    pub fn origin(&self) -> Origin {
        Origin::new(self.span, self.phrase())
    }

    /// What messages call it. Where not even a name is known there is none to quote.
    fn phrase(&self) -> String {
        if self.text.is_empty() { "the image".to_string() } else { format!("the base image `{}`", self.shown()) }
    }

    /// Why a fact of it is not known.
    pub fn unknown(&self, what: &str) -> String {
        match &self.incomplete {
            Some(why) => format!("{what} of {} is not known: {why}", self.phrase()),
            None => format!("{what} of {} is not known", self.phrase()),
        }
    }
}

/// A reference as messages name it: without a digest that stands behind a tag, and with the start of a lone one.
pub fn shown(reference: &str) -> String {
    let Some((name, digest)) = reference.split_once('@') else { return reference.to_string() };
    let tagged = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if tagged { name.to_string() } else { format!("{name}@{}…", digest.chars().take(19).collect::<String>()) }
}

/// Something a build step brings into the image.
#[derive(Debug, Clone)]
pub struct Step {
    /// The instruction.
    pub span: Span,
    /// What happened.
    pub action: Action,
}

/// What a build step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Commands of a RUN.
    Run {
        /// The commands.
        script: Script,
        /// The text they were read from, with its places.
        text: Text,
    },
    /// A RUN of which nothing can be said: another interpreter, another shell.
    Opaque,
    /// COPY or ADD.
    Transfer {
        /// Sources, expanded; unknown ones as written.
        sources: Vec<Spanned<String>>,
        /// Where to, absolute if the working directory is known.
        destination: String,
        /// The stage, image or context they come from; `None` for the build context.
        from: Option<String>,
        /// Inline files.
        inline: Vec<Inline>,
        /// `--parents` or `--exclude` say which files, and where.
        selective: bool,
    },
}

/// An inline file of a COPY or ADD.
#[derive(Debug, Clone)]
pub struct Inline {
    /// Its name.
    pub name: String,
    /// Its content as it is written.
    pub body: Text,
    /// Whether the builder puts variables into it, so that the content is another one.
    pub expands: bool,
}

/// The configuration of an image, with what the build put into it.
#[derive(Debug, Clone)]
pub struct ImageState {
    /// What it all started from.
    pub base: BaseImage,
    /// `--platform` says Windows, or the base image does.
    pub windows: bool,
    /// USER; empty means root.
    pub user: Traced<String>,
    /// ENTRYPOINT.
    pub entrypoint: Traced<Argv>,
    /// CMD.
    pub cmd: Traced<Argv>,
    /// HEALTHCHECK.
    pub health: Traced<Health>,
    /// WORKDIR.
    pub workdir: Traced<String>,
    /// STOPSIGNAL; empty means SIGTERM.
    pub stop_signal: Traced<String>,
    /// ENV.
    pub env: BTreeMap<String, Traced<String>>,
    /// Why there may be more variables than `env` has.
    pub env_incomplete: Option<String>,
    /// EXPOSE, as `80/tcp`.
    pub ports: Vec<Spanned<String>>,
    /// SHELL, if it was set.
    pub shell: Option<Vec<String>>,
    /// Users and groups.
    pub accounts: Accounts,
    /// What the build brings in, in order.
    pub steps: Vec<Arc<Step>>,
    /// What held at each of these steps.
    pub history: History,
    /// The finished image, where it was given: it has the last word on what the steps leave.
    pub opened: Option<Arc<Opened>>,
    /// The configuration that it was read from, if it was: labels, volumes and the history with its arguments.
    pub configuration: Option<Arc<ImageConfig>>,
    /// What made each layer of it, base first, as far as its history says.
    pub made_by: Vec<Option<Spanned<String>>>,
    /// Triggers for an image built from this one.
    pub(super) triggers: Vec<Arc<Instruction>>,
    /// Whether this stage (not its parent) has set CMD.
    pub(super) cmd_set: bool,
    /// What the build arguments came to; they are visible in stages built from this one, and in no image.
    pub(super) arguments: BTreeMap<String, Lookup>,
    /// Bytes of the values of all variables and build arguments.
    pub(super) value_bytes: usize,
}

impl ImageState {
    /// The state of a base image, as far as it is known.
    pub fn of_base(base: BaseImage) -> ImageState {
        if base.is_scratch() {
            return ImageState::of_scratch(base);
        }
        if let Some(state) = base.opened.clone().and_then(|opened| image_config::base_state(base.clone(), &opened)) {
            return state;
        }
        let origin = base.origin();
        let facts = base.facts.clone();
        let known = |what: &str| base.unknown(what);
        let argv = |words: Option<Vec<&'static str>>, what: &str| match words {
            Some(words) => Known::Value(given(&words, base.span)),
            None => Known::Unknown(known(what)),
        };
        let text = |text: Option<&'static str>, what: &str| match text {
            Some(text) => Known::Value(text.to_string()),
            None => Known::Unknown(known(what)),
        };
        let traced = |known| Traced { known, origin: origin.clone(), overrode: Vec::new() };
        let fact = facts.as_ref();
        let env = fact.map(|facts| facts.env.clone()).unwrap_or_default();
        let accounts = fact.map_or_else(Accounts::unknown, |facts| accounts_of(facts, base.span));
        let health = match fact.and_then(|facts| facts.healthcheck) {
            Some(false) => Known::Value(Health::Missing),
            Some(true) => Known::Value(Health::Check { probe: Probe::OfBase, timing: Timing::default() }),
            None => Known::Unknown(known("the health check")),
        };
        ImageState {
            windows: base.is_windows(),
            user: traced(text(fact.and_then(|facts| facts.user), "the user")),
            entrypoint: Traced {
                known: argv(fact.and_then(|facts| facts.entrypoint.clone()), "the entrypoint"),
                origin: origin.clone(),
                overrode: Vec::new(),
            },
            cmd: Traced {
                known: argv(fact.and_then(|facts| facts.cmd.clone()), "the command"),
                origin: origin.clone(),
                overrode: Vec::new(),
            },
            health: Traced { known: health, origin: origin.clone(), overrode: Vec::new() },
            workdir: traced(text(fact.and_then(|facts| facts.workdir), "the working directory")),
            stop_signal: traced(text(fact.and_then(|facts| facts.stop_signal), "the stop signal")),
            env: env
                .into_iter()
                .map(|(name, value)| (name.to_string(), Traced::value(value.to_string(), origin.clone())))
                .collect(),
            env_incomplete: (!fact.is_some_and(|facts| facts.env_complete)).then(|| known("the environment")),
            ports: fact
                .and_then(|facts| facts.ports.clone())
                .unwrap_or_default()
                .into_iter()
                .map(|port| Spanned::new(port.to_string(), base.span))
                .collect(),
            shell: None,
            accounts,
            steps: Vec::new(),
            history: History::default(),
            opened: None,
            configuration: None,
            made_by: Vec::new(),
            triggers: Vec::new(),
            cmd_set: false,
            arguments: BTreeMap::new(),
            value_bytes: 0,
            base,
        }
    }

    fn of_scratch(base: BaseImage) -> ImageState {
        let origin = Origin::new(base.span, "`FROM scratch`");
        let text = |text: &str| Traced::value(text.to_string(), origin.clone());
        ImageState {
            windows: false,
            user: text(""),
            entrypoint: Traced::value(Argv::empty(), origin.clone()),
            cmd: Traced::value(Argv::empty(), origin.clone()),
            health: Traced::value(Health::Missing, origin.clone()),
            workdir: text("/"),
            stop_signal: text(""),
            env: BTreeMap::from([("PATH".to_string(), text(DEFAULT_PATH))]),
            env_incomplete: None,
            ports: Vec::new(),
            shell: None,
            accounts: Accounts::none(),
            steps: Vec::new(),
            history: History::default(),
            opened: None,
            configuration: None,
            made_by: Vec::new(),
            triggers: Vec::new(),
            cmd_set: false,
            arguments: BTreeMap::new(),
            value_bytes: 0,
            base,
        }
    }

    /// The commands that RUN instructions ran, with their places.
    pub fn commands(&self) -> impl Iterator<Item = (Span, &Command)> {
        let runs = self.steps.iter().filter_map(|done| match &done.action {
            Action::Run { script, text } => {
                Some(script.commands.iter().map(move |command| (text.span(command.range.clone()), command)))
            }
            _ => None,
        });
        runs.flatten()
    }
}

/// The accounts of a base image, as far as they are known.
fn accounts_of(facts: &Facts, place: Span) -> Accounts {
    let mut accounts = match facts.system {
        Some(System::Alpine | System::Wolfi | System::Busybox) => Accounts::stock(Distribution::Alpine, &[]),
        Some(System::Debian | System::Ubuntu) => Accounts::stock(Distribution::Debian, &[]),
        Some(System::RedHat) => Accounts::stock(Distribution::RedHat, &[]),
        Some(System::Distroless | System::None) => Accounts::none(),
        None => Accounts::unknown(),
    };
    if facts.system == Some(System::Distroless) {
        accounts.add_stock("root", Id::Known(0), Id::Known(0));
        accounts.add_stock("nobody", Id::Known(65534), Id::Known(65534));
    }
    for account in &facts.accounts {
        let id = |id: Option<u32>| id.map_or(Id::NonZero, Id::Known);
        accounts.add_stock(account.name, id(account.uid), id(account.gid));
    }
    if !facts.accounts_complete {
        accounts.set_opaque(place);
    }
    accounts
}

fn given(words: &[&str], span: Span) -> Argv {
    Argv { words: words.iter().map(|word| Spanned::new(word.to_string(), span)).collect(), form: Form::Given }
}

/// The check an instruction declares. Zero is what is not set: the engine's default.
pub(super) fn declared_health(healthcheck: &Healthcheck) -> Health {
    use crate::subject::dockerfile::instruction::Command;
    let Healthcheck::Cmd { command, timing } = healthcheck else { return Health::Off };
    let probe = match command {
        Command::Exec { argv, .. } => Probe::Exec(argv.clone()),
        Command::Shell { text, .. } => Probe::Shell(text.clone()),
    };
    let mut timing = timing.clone();
    let durations = [&mut timing.interval, &mut timing.timeout, &mut timing.start_period, &mut timing.start_interval];
    for duration in durations {
        duration.take_if(|duration| duration.value.is_zero());
    }
    timing.retries.take_if(|retries| retries.value == 0);
    Health::Check { probe, timing }
}
