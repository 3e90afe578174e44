//! A service with all its attributes.

use super::{
    Attachment, Build, Command, Dependency, EnvFile, Given, Grant, Healthcheck, Hook, Mount, NameList, Port, Resources,
    Restart, Setting, Variable,
};
use crate::source::{Span, Spanned};

/// One service after merging.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The bytes of the name where the service was last defined.
    pub key: Span,
    /// The bytes of the whole definition there.
    pub span: Span,
    /// Blanks before its first key, if the definition has lines of its own.
    pub indent: Option<usize>,
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
    /// `depends_on` as it is written, if it is a list that nothing was merged with.
    pub depends_on_list: Option<NameList>,
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

impl Service {
    /// A service of which nothing but its name is given.
    #[rustfmt::skip]
    pub fn new(name: &str, key: Span, span: Span) -> Service {
        Service {
            name: name.to_string(), key, span, indent: None, active: true, profiles: Vec::new(), provider: None, image: None,
            build: None, platform: None, pull_policy: None, container_name: None, hostname: None, user: None,
            working_dir: None, entrypoint: None, command: None, init: None, tty: None, healthcheck: None,
            stop_signal: None, stop_grace_period: None, restart: None, replicas: None,
            resources: Resources::default(), deploy: None, environment: Vec::new(), env_files: Vec::new(),
            labels: Vec::new(), annotations: Vec::new(), ports: Vec::new(), expose: Vec::new(), volumes: Vec::new(),
            tmpfs: Vec::new(), networks: Vec::new(), network_mode: None, depends_on: Vec::new(), depends_on_list: None, links: Vec::new(),
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

    /// The services it waits for, each with the place that says so: what it depends on, links to or shares something
    /// with.
    pub fn waits_for(&self) -> Vec<(&str, Span)> {
        let named = self.depends_on.iter().map(|dependency| (dependency.service.as_str(), dependency.key));
        named.chain(self.shares_with().into_iter().map(|(_, name, span)| (name, span))).collect()
    }

    /// The services named by links, `volumes_from` and shared namespaces, each with a verb for messages.
    pub fn shares_with(&self) -> Vec<(&'static str, &str, Span)> {
        let mut all = Vec::new();
        for (verb, given) in [
            ("shares the network of", &self.network_mode),
            ("shares the processes of", &self.pid),
            ("shares the memory of", &self.ipc),
        ] {
            if let Some(given) = given
                && let Some(name) = given.value().and_then(|value| value.strip_prefix("service:"))
            {
                all.push((verb, name, given.span));
            }
        }
        for link in &self.links {
            let name = link.value().and_then(|link| link.split(':').next());
            all.extend(name.map(|name| ("links to", name, link.span)));
        }
        for from in &self.volumes_from {
            let Some(value) = from.value() else { continue };
            if !value.starts_with("container:") {
                all.push(("takes the volumes of", value.split(':').next().unwrap_or(""), from.span));
            }
        }
        all
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
