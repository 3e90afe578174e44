//! What runs: how it is built, started, checked and limited.

use super::{Given, Grant, Location, Variable};
use crate::source::{Span, Spanned, Text};

/// How an image is built.
#[derive(Debug, Clone)]
pub struct Build {
    /// The whole value of `build`.
    pub span: Span,
    /// `context`; the project directory if it is left out. A URL stays as written.
    pub context: Given<Location>,
    /// Whether the context is a URL or a Git reference.
    pub remote: bool,
    /// `dockerfile`, which is relative to the context; resolved against it.
    pub dockerfile: Option<Given<Location>>,
    /// `dockerfile_inline`, with places.
    pub inline: Option<Text>,
    /// Why `inline` is not known in full, if it holds variables without a value.
    pub inline_unknown: Option<String>,
    /// `target`.
    pub target: Option<Given<String>>,
    /// `args`; unset ones are absent.
    pub args: Vec<Variable>,
    /// `additional_contexts`.
    pub additional_contexts: Vec<Variable>,
    /// `labels`.
    pub labels: Vec<Variable>,
    /// `tags`.
    pub tags: Vec<Given<String>>,
    /// `platforms`.
    pub platforms: Vec<Given<String>>,
    /// `network`.
    pub network: Option<Given<String>>,
    /// `privileged`.
    pub privileged: Option<Given<bool>>,
    /// `secrets`.
    pub secrets: Vec<Grant>,
    /// `ssh`.
    pub ssh: Vec<Variable>,
    /// `entitlements`.
    pub entitlements: Vec<Given<String>>,
}

/// The words of `command` or `entrypoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The arguments as the container gets them; no shell is involved.
    pub argv: Vec<Spanned<String>>,
    /// For the text form, the text with its places.
    pub text: Option<Text>,
    /// An unquoted `;`, `&`, `|`, `<` or `>` in the text form, from which on everything is dropped without a word.
    pub cut: Option<Span>,
    /// Why words are not known in full; these hold `${NAME}`.
    pub unknown: Option<String>,
}

/// `healthcheck` of a service; absent fields come from the image.
#[derive(Debug, Clone)]
pub struct Healthcheck {
    /// The whole value.
    pub span: Span,
    /// `test`, or `disable: true`.
    pub test: Option<Given<Test>>,
    /// Nanoseconds.
    pub interval: Option<Given<u64>>,
    /// Nanoseconds.
    pub timeout: Option<Given<u64>>,
    /// Nanoseconds.
    pub start_period: Option<Given<u64>>,
    /// Nanoseconds.
    pub start_interval: Option<Given<u64>>,
    /// How many failures in a row make the container unhealthy.
    pub retries: Option<Given<u64>>,
    /// Why the test is not known in full; it then holds `${NAME}`.
    pub unknown: Option<String>,
}

/// What a health check runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `[]`: the image's.
    Inherit,
    /// `["NONE"]` or `disable: true`: switched off.
    Off,
    /// Text, or `["CMD-SHELL", text]`: run by `/bin/sh -c`.
    Shell(Text),
    /// `["CMD", ...]` without the `CMD`.
    Exec(Vec<Spanned<String>>),
}

/// When the engine starts a stopped container again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restart {
    /// `no`
    No,
    /// `always`
    Always,
    /// `unless-stopped`
    UnlessStopped,
    /// `on-failure[:N]`
    OnFailure(Option<u64>),
    /// Anything else: the engine refuses it.
    Other(String),
}

impl std::fmt::Display for Restart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Restart::No => f.write_str("no"),
            Restart::Always => f.write_str("always"),
            Restart::UnlessStopped => f.write_str("unless-stopped"),
            Restart::OnFailure(None) => f.write_str("on-failure"),
            Restart::OnFailure(Some(times)) => write!(f, "on-failure:{times}"),
            Restart::Other(text) => f.write_str(text),
        }
    }
}

/// Limits and reservations in effect; 0 means no limit.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// The key `limits` of `deploy.resources`, if that block is there.
    pub limits: Option<Span>,
    /// The key `reservations` of `deploy.resources`, if that block is there.
    pub reservations: Option<Span>,
    /// Bytes: `deploy.resources.limits.memory`, else `mem_limit`.
    pub memory_limit: Option<Given<u64>>,
    /// Cores: `deploy.resources.limits.cpus`, else `cpus`, else `cpu_quota` / `cpu_period`.
    pub cpu_limit: Option<Given<f64>>,
    /// Whether `cpu_limit` was worked out from `cpu_quota`, so that the number of cores stands nowhere.
    pub cpu_by_quota: bool,
    /// Processors: `cpu_count`, which limits containers of Windows and no others.
    pub windows_cpus: Option<Given<f64>>,
    /// Percent of the host's processors: `cpu_percent`, which limits containers of Windows and no others.
    pub windows_cpu_percent: Option<Given<f64>>,
    /// Processes; negative means no limit: `deploy.resources.limits.pids`, else `pids_limit`.
    pub pids_limit: Option<Given<i64>>,
    /// Bytes: `deploy.resources.reservations.memory`, else `mem_reservation`.
    pub memory_reservation: Option<Given<u64>>,
    /// Cores: `deploy.resources.reservations.cpus`; Compose never applies it.
    pub cpu_reservation: Option<Given<f64>>,
    /// Bytes, -1 for no limit: `memswap_limit`.
    pub memory_swap: Option<Given<i64>>,
    /// Bytes: `shm_size`.
    pub shm_size: Option<Given<u64>>,
}

/// One entry of `env_file`.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvFile {
    /// Where it is.
    pub path: Given<Location>,
    /// Whether Compose refuses to go on without it.
    pub required: bool,
    /// Whether it could be read.
    pub found: bool,
}

/// A command that runs around start or stop.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// The whole entry.
    pub span: Span,
    /// `pre_start`, `post_start` or `pre_stop`.
    pub event: &'static str,
    /// `command`.
    pub command: Option<Given<Command>>,
    /// `user`.
    pub user: Option<Given<String>>,
    /// `privileged`.
    pub privileged: Option<Given<bool>>,
}
