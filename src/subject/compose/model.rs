//! The merged project: services and resources, each value with the bytes that decided it.

use crate::source::{SourceId, Span, Spanned, Text};

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

/// One service after merging.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The bytes of the name where the service was last defined.
    pub key: Span,
    /// The bytes of the whole definition there.
    pub span: Span,
    /// Whether it starts with the profiles of the request.
    pub active: bool,
    /// The profiles it belongs to.
    pub profiles: Vec<Given<String>>,
    /// Started by a plugin: it has no container.
    pub provider: Option<Span>,
    /// `image`: what runs, or with `build` the name of the result.
    pub image: Option<Given<String>>,
    /// `build`.
    pub build: Option<Build>,
    /// `platform`.
    pub platform: Option<Given<String>>,
    /// `pull_policy`.
    pub pull_policy: Option<Given<String>>,
    /// `container_name`.
    pub container_name: Option<Given<String>>,
    /// `hostname`.
    pub hostname: Option<Given<String>>,
    /// `user`.
    pub user: Option<Given<String>>,
    /// `working_dir`.
    pub working_dir: Option<Given<String>>,
    /// `entrypoint`; `None` if not given or given as null.
    pub entrypoint: Option<Given<Command>>,
    /// `command`; `None` if not given or given as null.
    pub command: Option<Given<Command>>,
    /// `init`.
    pub init: Option<Given<bool>>,
    /// `tty`.
    pub tty: Option<Given<bool>>,
    /// `healthcheck`.
    pub healthcheck: Option<Healthcheck>,
    /// `stop_signal`.
    pub stop_signal: Option<Given<String>>,
    /// `stop_grace_period` in nanoseconds.
    pub stop_grace_period: Option<Given<u64>>,
    /// `deploy.restart_policy` if there is one, else `restart`.
    pub restart: Option<Given<Restart>>,
    /// `deploy.replicas` or `scale`.
    pub replicas: Option<Given<u64>>,
    /// Limits and reservations from `deploy.resources` and their older forms.
    pub resources: Resources,
    /// `deploy`, if given.
    pub deploy: Option<Span>,
    /// Variables of `env_file` and `environment`, the latter winning.
    pub environment: Vec<Variable>,
    /// `env_file`.
    pub env_files: Vec<EnvFile>,
    /// `labels`.
    pub labels: Vec<Variable>,
    /// `annotations`.
    pub annotations: Vec<Variable>,
    /// `ports`.
    pub ports: Vec<Port>,
    /// `expose`.
    pub expose: Vec<Given<String>>,
    /// `volumes`.
    pub volumes: Vec<Mount>,
    /// `tmpfs`: `path[:options]`.
    pub tmpfs: Vec<Given<String>>,
    /// `networks`.
    pub networks: Vec<Attachment>,
    /// `network_mode`.
    pub network_mode: Option<Given<String>>,
    /// `depends_on`.
    pub depends_on: Vec<Dependency>,
    /// `links`.
    pub links: Vec<Given<String>>,
    /// `volumes_from`.
    pub volumes_from: Vec<Given<String>>,
    /// `extra_hosts`: `name=address` or `name:address`.
    pub extra_hosts: Vec<Given<String>>,
    /// `dns`.
    pub dns: Vec<Given<String>>,
    /// `privileged`.
    pub privileged: Option<Given<bool>>,
    /// `cap_add`.
    pub cap_add: Vec<Given<String>>,
    /// `cap_drop`.
    pub cap_drop: Vec<Given<String>>,
    /// `security_opt`.
    pub security_opt: Vec<Given<String>>,
    /// `group_add`.
    pub group_add: Vec<Given<String>>,
    /// `read_only`.
    pub read_only: Option<Given<bool>>,
    /// `pid`.
    pub pid: Option<Given<String>>,
    /// `ipc`.
    pub ipc: Option<Given<String>>,
    /// `uts`.
    pub uts: Option<Given<String>>,
    /// `userns_mode`.
    pub userns_mode: Option<Given<String>>,
    /// `cgroup`.
    pub cgroup: Option<Given<String>>,
    /// `runtime`.
    pub runtime: Option<Given<String>>,
    /// `devices`: `source[:target[:permissions]]`.
    pub devices: Vec<Given<String>>,
    /// `sysctls`.
    pub sysctls: Vec<Variable>,
    /// `ulimits` by name, as `soft` or `soft:hard`.
    pub ulimits: Vec<Variable>,
    /// `secrets`.
    pub secrets: Vec<Grant>,
    /// `configs`.
    pub configs: Vec<Grant>,
    /// `logging.driver`.
    pub logging_driver: Option<Given<String>>,
    /// `logging.options`.
    pub logging_options: Vec<Variable>,
    /// `use_api_socket`.
    pub use_api_socket: Option<Given<bool>>,
    /// `pre_start`, `post_start` and `pre_stop`.
    pub hooks: Vec<Hook>,
    /// `x-*` keys of the service with their places.
    pub extensions: Vec<Spanned<String>>,
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

/// Limits and reservations in effect; 0 means no limit.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Bytes: `deploy.resources.limits.memory`, else `mem_limit`.
    pub memory_limit: Option<Given<u64>>,
    /// Cores: `deploy.resources.limits.cpus`, else `cpus`, else `cpu_quota` / `cpu_period`.
    pub cpu_limit: Option<Given<f64>>,
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

/// One published port or range.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// The whole entry.
    pub span: Span,
    /// Entries it replaced.
    pub overrode: Vec<Span>,
    /// The address on the host; all if `None`.
    pub host_ip: Option<String>,
    /// The port or range on the host; random if `None`.
    pub published: Option<String>,
    /// First and last port in the container.
    pub target: (u16, u16),
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// Why the entry is not known; the other fields then are what could be read (target 0 if nothing).
    pub unknown: Option<String>,
}

/// One entry of `volumes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// The whole entry.
    pub span: Span,
    /// Entries it replaced.
    pub overrode: Vec<Span>,
    /// What is mounted.
    pub kind: MountKind,
    /// The volume's name, or the path on the host; `None` for an anonymous volume or a `tmpfs`.
    pub source: Option<Given<Location>>,
    /// The path in the container.
    pub target: Given<String>,
    /// Whether it cannot be written to.
    pub read_only: bool,
    /// What else is said: `z`, `nocopy`, `rshared`, ...
    pub options: Vec<String>,
}

/// The kinds of mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A named or anonymous volume.
    Volume,
    /// Memory.
    Tmpfs,
    /// `image`, `npipe`, `cluster`.
    Other,
    /// The entry depends on a variable in a way that leaves this open.
    Unknown,
}

/// A network a service is attached to.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// The network's name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// `ipv4_address`.
    pub ipv4_address: Option<Given<String>>,
    /// `ipv6_address`.
    pub ipv6_address: Option<Given<String>>,
    /// `aliases`.
    pub aliases: Vec<Given<String>>,
}

/// A service that another one waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    /// The service.
    pub service: String,
    /// The bytes of its name.
    pub key: Span,
    /// What it waits for.
    pub condition: Given<Condition>,
    /// Whether the project is refused without it.
    pub required: bool,
}

/// What a dependency waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// `service_started`
    Started,
    /// `service_healthy`
    Healthy,
    /// `service_completed_successfully`
    Completed,
}

/// A secret or config handed to a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The whole entry.
    pub span: Span,
    /// The resource's name.
    pub source: Given<String>,
    /// `target`.
    pub target: Option<Given<String>>,
    /// `mode` as written.
    pub mode: Option<Given<String>>,
    /// `uid` as written.
    pub uid: Option<Given<String>>,
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

/// A top-level network.
#[derive(Debug, Clone)]
pub struct Network {
    /// Its name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// `name`.
    pub given_name: Option<Given<String>>,
    /// `driver`.
    pub driver: Option<Given<String>>,
    /// `external`.
    pub external: Option<Given<bool>>,
    /// `internal`.
    pub internal: Option<Given<bool>>,
    /// `attachable`.
    pub attachable: Option<Given<bool>>,
    /// `ipam.config[].subnet`.
    pub subnets: Vec<Given<String>>,
    /// `driver_opts`.
    pub driver_opts: Vec<Variable>,
}

/// A top-level volume.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Its name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// `name`.
    pub given_name: Option<Given<String>>,
    /// `driver`.
    pub driver: Option<Given<String>>,
    /// `external`.
    pub external: Option<Given<bool>>,
    /// `driver_opts`.
    pub driver_opts: Vec<Variable>,
}

/// A top-level secret or config.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// `name`.
    pub given_name: Option<Given<String>>,
    /// `external`.
    pub external: Option<Given<bool>>,
    /// `file`.
    pub file: Option<Given<Location>>,
    /// `environment`: the variable that holds it.
    pub environment: Option<Given<String>>,
    /// `content`, for configs.
    pub content: Option<Given<String>>,
}

impl Service {
    /// A service of which nothing but its name is given.
    #[rustfmt::skip]
    pub fn new(name: &str, key: Span, span: Span) -> Service {
        Service {
            name: name.to_string(), key, span, active: true, profiles: Vec::new(), provider: None, image: None,
            build: None, platform: None, pull_policy: None, container_name: None, hostname: None, user: None,
            working_dir: None, entrypoint: None, command: None, init: None, tty: None, healthcheck: None,
            stop_signal: None, stop_grace_period: None, restart: None, replicas: None,
            resources: Resources::default(), deploy: None, environment: Vec::new(), env_files: Vec::new(),
            labels: Vec::new(), annotations: Vec::new(), ports: Vec::new(), expose: Vec::new(), volumes: Vec::new(),
            tmpfs: Vec::new(), networks: Vec::new(), network_mode: None, depends_on: Vec::new(), links: Vec::new(),
            volumes_from: Vec::new(), extra_hosts: Vec::new(), dns: Vec::new(), privileged: None, cap_add: Vec::new(),
            cap_drop: Vec::new(), security_opt: Vec::new(), group_add: Vec::new(), read_only: None, pid: None,
            ipc: None, uts: None, userns_mode: None, cgroup: None, runtime: None, devices: Vec::new(),
            sysctls: Vec::new(), ulimits: Vec::new(), secrets: Vec::new(), configs: Vec::new(), logging_driver: None,
            logging_options: Vec::new(), use_api_socket: None, hooks: Vec::new(), extensions: Vec::new(),
        }
    }

    /// The variable of this name that the container gets from Compose.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().find(|variable| variable.name == name)
    }

    /// Why a variable that is not in `environment` may still be set: an env file that could not be read.
    pub fn environment_open(&self) -> Option<String> {
        let missing = self.env_files.iter().find(|file| !file.found)?;
        let path = match &missing.path.setting {
            Setting::Value(location) => &location.written,
            Setting::Unknown(unknown) => &unknown.text,
        };
        Some(format!("the env file `{path}` could not be read"))
    }
}
