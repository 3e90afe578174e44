//! Container: the effective container, and how it is resolved.
//!
//! What would really run: the image that a Dockerfile builds, a Compose service names or a configuration describes,
//! with what Compose puts over it. Every field is [`Traced`]: a value or the reason why it is not known, who decided it
//! and whom that overrode. Nothing unknown is ever replaced by a default.
//!
//! 1. [`build`] evaluates a Dockerfile to an [`image_state::ImageState`]; [`image_config`] reads one from a built image.
//! 2. [`resolve`] merges it with a Compose service, as the engine does when it creates the container.
//! 3. [`process`], [`probe`], [`dev_server`] and [`accounts`] say what the merged fields mean.

pub mod accounts;
pub mod argv;
pub mod base;
pub mod build;
pub mod calls;
pub mod dev_server;
pub mod drift;
mod given;
pub mod history;
pub mod image_config;
pub mod image_state;
pub mod install;
pub mod listen;
mod package_runner;
pub mod probe;
pub mod process;
pub mod programs;
pub mod reference;
pub mod resolve;
pub mod runtime;
pub mod traced;
pub mod versions;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::source::{Span, Spanned};
use crate::subject::compose::Service;
use crate::subject::dockerignore::Dockerignore;
use crate::subject::{nginx, redis};
use accounts::ResolvedUser;
use build::Build;
use image_state::{Argv, Health, ImageState};
use process::Process;
use runtime::{Kind as RuntimeKind, VersionFact};
use traced::{Known, Traced};
use versions::VersionFile;

/// What a container was resolved from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Compose service.
    Service,
    /// A Dockerfile that no service builds.
    Dockerfile,
    /// An image's configuration.
    Image,
    /// The configuration of a program that no container of the tree uses: an `nginx.conf` by itself. Nothing else is
    /// known of where it runs.
    Configuration,
}

impl Kind {
    /// `service`, `dockerfile`, `image` or `configuration`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Service => "service",
            Kind::Dockerfile => "dockerfile",
            Kind::Image => "image",
            Kind::Configuration => "configuration",
        }
    }
}

/// Whether a container runs code of the project or is taken as it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is built, or given as an image to judge.
    Application,
    /// A prebuilt image that a service names.
    Infrastructure,
}

impl Role {
    /// The role of this name.
    pub fn parse(name: &str) -> Option<Role> {
        [Role::Application, Role::Infrastructure].into_iter().find(|role| role.as_str() == name)
    }

    /// `application` or `infrastructure`.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Application => "application",
            Role::Infrastructure => "infrastructure",
        }
    }
}

/// What a container runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// Node, Python ...
    pub kind: RuntimeKind,
    /// Which version, as far as it is known.
    pub version: VersionFact,
}

/// The folder that a build sees.
#[derive(Debug, Clone)]
pub struct BuildContext {
    /// What reports call it.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// The ignore file in force.
    pub ignore: Option<Dockerignore>,
    /// Nobody says which folder it is: it is taken from what the Dockerfile copies.
    pub assumed: bool,
    /// The ignore file of a folder further up, which may as well be the context of a Dockerfile by itself.
    pub ignore_above: Option<String>,
    /// The `package.json` files that instructions copy by name or with their folder, by path, and whether each may ask
    /// for dependencies of development.
    pub packages: BTreeMap<String, bool>,
}

/// An effective container.
#[derive(Debug, Clone)]
pub struct Container {
    /// The service's name, or the path of the Dockerfile or image configuration.
    pub name: String,
    /// What it was resolved from.
    pub kind: Kind,
    /// Application or infrastructure.
    pub role: Role,
    /// The path of the file that makes it: Dockerfile, Compose file or image configuration.
    pub file: Arc<str>,
    /// Where to point when nothing better decided a matter: the service's name, the FROM that ships, the file's start.
    pub key: Span,
    /// Whether it starts with the profiles of this run.
    pub active: bool,
    /// What it runs on.
    pub runtime: Traced<Runtime>,
    /// USER with Compose's `user` over it: the text; empty means root.
    pub user_text: Traced<String>,
    /// Whom that text means.
    pub user: Traced<ResolvedUser>,
    /// The account that the entrypoint gives root up for, with the sentence that says so.
    pub drops_to: Option<Drop>,
    /// ENTRYPOINT with Compose's over it.
    pub entrypoint: Traced<Argv>,
    /// CMD with Compose's over it.
    pub command: Traced<Argv>,
    /// Compose's `init`.
    pub init: Traced<bool>,
    /// From PID 1 to the application.
    pub process: Known<Process>,
    /// The health check in force.
    pub health: Traced<Health>,
    /// Environment variables; `None` for one that Compose removes.
    pub environment: BTreeMap<String, Traced<Option<String>>>,
    /// Why there may be more variables.
    pub environment_incomplete: Option<String>,
    /// The scripts of the `package.json` beside the service, if it is known.
    pub package_scripts: BTreeMap<String, String>,
    /// Working directory.
    pub workdir: Traced<String>,
    /// Exposed ports, `80/tcp`.
    pub ports: Vec<Spanned<String>>,
    /// Cores; 0 is no limit. `None` where limits do not exist (no Compose service).
    pub cpu_limit: Option<Traced<f64>>,
    /// Bytes; 0 is no limit.
    pub memory_limit: Option<Traced<u64>>,
    /// Restart policy as Compose writes it.
    pub restart: Option<Traced<String>>,
    /// Bytes of all layers of the image, where something states them.
    pub image_size: Option<Spanned<u64>>,
    /// What the Dockerfile says of the image, where the image itself was given and decides.
    pub declared: Option<Arc<ImageState>>,
    /// What nginx is configured to, if the container runs nginx.
    pub nginx: Option<Known<Arc<nginx::Configuration>>>,
    /// The file that redis is started with, if the container runs redis and names one.
    pub redis_conf: Option<Known<Arc<redis::Configuration>>>,
    /// The image it is made from: built, named or given.
    pub image: Arc<ImageState>,
    /// How the image is built, if it is.
    pub build: Option<Arc<Build>>,
    /// The build context, if it is a folder of this machine.
    pub context: Option<Arc<BuildContext>>,
    /// The image reference of a service that builds nothing.
    pub named_image: Option<Traced<String>>,
    /// The service, if it is one.
    pub service: Option<Arc<Service>>,
    /// Where another service waits until this one has ended well (`service_completed_successfully`): it is a job.
    pub completes: Option<Span>,
    /// The version files in force for the build, nearest first.
    pub version_files: Vec<VersionFile>,
}

/// How an entrypoint gives up root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    /// The account it changes to.
    pub account: String,
    /// How, as a sentence.
    pub how: String,
}

impl Container {
    /// The runtime's name as policies write it, with `other` for what has no name of its own there.
    ///
    /// # Errors
    /// Why the runtime is not known.
    pub fn runtime_name(&self) -> Result<&'static str, &str> {
        match &self.runtime.known {
            Known::Value(runtime) => Ok(match runtime.kind {
                RuntimeKind::Node => "node",
                RuntimeKind::Python => "python",
                RuntimeKind::Nginx => "nginx",
                RuntimeKind::Redis => "redis",
                RuntimeKind::Postgres => "postgres",
                RuntimeKind::Other(_) => "other",
            }),
            Known::Unknown(why) => Err(why),
        }
    }

    /// The runtime's own name, for reports: `node`, `java`, `unknown`.
    pub fn runtime_label(&self) -> String {
        self.runtime.get().map_or_else(|| "unknown".to_string(), |runtime| runtime.kind.to_string())
    }

    /// The value of an environment variable: `Ok(None)` if it is not set, an error if that is not known.
    ///
    /// # Errors
    /// Why the value is not known.
    pub fn variable(&self, name: &str) -> Result<Option<&str>, &str> {
        match (self.environment.get(name).map(|traced| &traced.known), &self.environment_incomplete) {
            (Some(Known::Value(value)), _) => Ok(value.as_deref()),
            (Some(Known::Unknown(why)), _) => Err(why),
            (None, Some(why)) => Err(why),
            (None, None) => Ok(None),
        }
    }

    /// The words that PID 1 gets: entrypoint and command.
    ///
    /// # Errors
    /// Why one of them is not known.
    pub fn argv(&self) -> Result<Vec<Spanned<String>>, &str> {
        let mut words = Vec::new();
        for part in [&self.entrypoint, &self.command] {
            match &part.known {
                Known::Value(argv) => words.extend(argv.words.iter().cloned()),
                Known::Unknown(why) => return Err(why),
            }
        }
        Ok(words)
    }

    /// Why it is not known how the container is built, although a Dockerfile builds it: there is none, it cannot be read,
    /// or has no such stage.
    pub fn unresolved_build(&self) -> Option<String> {
        let builds = self.kind != Kind::Image && self.build.is_none() && self.named_image.is_none();
        let why = self.image.base.incomplete.as_deref().filter(|_| builds)?;
        Some(format!("how it is built is not known: {why}"))
    }

    /// The name of the service without that of the Compose file it stands in; else the container's own.
    pub fn short_name(&self) -> &str {
        self.service.as_ref().map_or(&self.name, |service| &service.name)
    }

    /// Where to point for what decides the process: the command if there is one, else the entrypoint.
    pub fn process_place(&self) -> Span {
        match &self.command.known {
            Known::Value(argv) if argv.words.is_empty() => self.entrypoint.origin.span,
            _ => self.command.origin.span,
        }
    }
}
