//! The merged project: services and resources, each value with the bytes that decided it.

mod access;
mod process;
mod service;
mod top;

use crate::source::{SourceId, Span};

pub use access::{Attachment, Condition, Dependency, Grant, Mount, MountKind, NameList, Port};
pub use process::{Build, Command, EnvFile, Healthcheck, Hook, Resources, Restart, Test};
pub use service::Service;
pub use top::{Network, Pool, Resource, Volume};

/// A value that the project sets: what it is, where that was decided, what it replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<T> {
    /// The value, or why it is not known.
    pub setting: Setting<T>,
    /// The bytes that decided it.
    pub span: Span,
    /// The values it replaced, latest first: from base files, extended services, or the other form of the attribute.
    pub overrode: Vec<Span>,
    /// Where variables in it got their values, if that is a file.
    pub through: Vec<Span>,
}

/// A value, or the reason why there is none to judge.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting<T> {
    /// Known.
    Value(T),
    /// Depends on something that is not here.
    Unknown(Unknown),
}

/// A value that depends on something that is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The missing fact, as a clause: "the variable `TAG` is not set".
    pub why: String,
    /// The text as far as it is known, with `${NAME}` where it is not.
    pub text: String,
}

impl<T> Given<T> {
    /// A known value at a place, with no history.
    pub fn new(value: T, span: Span) -> Given<T> {
        Given { setting: Setting::Value(value), span, overrode: Vec::new(), through: Vec::new() }
    }

    /// The value, if it is known.
    pub fn value(&self) -> Option<&T> {
        match &self.setting {
            Setting::Value(value) => Some(value),
            Setting::Unknown(_) => None,
        }
    }

    /// Why the value is not known.
    pub fn unknown(&self) -> Option<&str> {
        match &self.setting {
            Setting::Value(_) => None,
            Setting::Unknown(unknown) => Some(&unknown.why),
        }
    }

    /// The same history with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Given<U> {
        let setting = match self.setting {
            Setting::Value(value) => Setting::Value(f(value)),
            Setting::Unknown(unknown) => Setting::Unknown(unknown),
        };
        Given { setting, span: self.span, overrode: self.overrode, through: self.through }
    }
}

/// A Compose project: all its files merged.
#[derive(Debug, Clone)]
pub struct Project {
    /// The name Compose would derive: given, or from the project directory.
    pub name: String,
    /// Every Compose file that took part, in the order they were read; files of `extends` and `include` too.
    pub files: Vec<SourceId>,
    /// All services in order, inactive ones among them.
    pub services: Vec<Service>,
    /// Top-level `networks`.
    pub networks: Vec<Network>,
    /// Top-level `volumes`.
    pub volumes: Vec<Volume>,
    /// Top-level `secrets`.
    pub secrets: Vec<Resource>,
    /// Top-level `configs`.
    pub configs: Vec<Resource>,
    /// Why there may be more than what is here: an include or a base that could not be read.
    pub incomplete: Option<String>,
}

impl Project {
    /// The service with this name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }
}

/// A path as written and from where it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// As written.
    pub written: String,
    /// Joined to the directory it is relative to, `/`-separated, without `.` and inner `..`; as written if it is
    /// absolute, starts with `~` or is a URL.
    pub resolved: String,
}

/// A name with a value: a variable, a label, a build argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// The value; its span covers what follows the name.
    pub value: Given<String>,
}
