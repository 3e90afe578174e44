//! Plan: what each service is asked, and where; or why it is not.
//!
//! A service is asked what its health check asks of the service itself. Where that check is a chain, the first request
//! in it counts. Redis and PostgreSQL are asked in their own protocol, with or without a check.

use super::http::Get;
use super::published::{self, Place};
use super::{Elsewhere, Expect};
use crate::container::Container;
use crate::container::image_state::{Health, Probe as Run};
use crate::container::probe::{self, Address, Given, Http, Probe, Scheme, Target};
use crate::container::runtime::Kind as Runtime;
use crate::container::traced::Known;

const REDIS: u16 = 6379;
const POSTGRES: u16 = 5432;

/// The next step where TLS is in the way.
const ASK_WITH_TLS: &str = "ask it with a client that speaks TLS, or let the check ask a port without it";

/// What is to be done about a service.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The service.
    pub service: String,
    /// What its health check asks, in short.
    pub health_check: Option<String>,
    /// What it is asked, or why it is not.
    pub question: Result<Question, NotAsked>,
}

/// What is asked, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The protocol, with what it needs.
    pub protocol: Protocol,
    /// Where.
    pub place: Place,
}

/// How a service is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// `GET`.
    Http(Get),
    /// `PING`.
    Redis,
    /// A startup packet.
    Postgres {
        /// Who says hello; nobody logs in.
        user: String,
    },
}

impl Question {
    /// In one line: `GET http://127.0.0.1:3000/health`.
    pub fn shown(&self) -> String {
        let at = &self.place.shown;
        match &self.protocol {
            Protocol::Http(get) => format!("GET http://{at}{}", get.path),
            Protocol::Redis => format!("PING redis://{at}"),
            Protocol::Postgres { .. } => format!("startup postgres://{at}"),
        }
    }
}

/// Why a service is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAsked {
    /// The fact.
    pub reason: String,
    /// The next step.
    pub help: String,
}

impl NotAsked {
    /// A reason with the next step.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> NotAsked {
        NotAsked { reason: reason.into(), help: help.into() }
    }
}

/// What is asked of a container's own port.
struct Inquiry {
    protocol: Protocol,
    port: u16,
}

/// What is to be done about a container; nothing about what is no service.
pub fn of(container: &Container, elsewhere: Option<&Elsewhere>, expect: Expect) -> Option<Plan> {
    let service = container.service.as_ref()?;
    let read = probe_of(container);
    let health_check = read.as_ref().ok().map(probe::describe);
    let question = running(container).and_then(|()| {
        let inquiry = inquiry(container, read)?;
        if expect == Expect::Unhealthy && !matches!(inquiry.protocol, Protocol::Http(_)) {
            let reason = "the contract has no unhealthy answer for a database";
            return Err(NotAsked::new(reason, "stop it, and ask the services that need it"));
        }
        if matches!(inquiry.protocol, Protocol::Redis) && redis_over_tls(container) {
            return Err(NotAsked::new("speaks TLS, which is not spoken here", ASK_WITH_TLS));
        }
        let place = published::place(service, inquiry.port, elsewhere)?;
        Ok(Question { protocol: inquiry.protocol, place })
    });
    Some(Plan { service: container.name.clone(), health_check, question })
}

/// Whether the container is one that runs.
fn running(container: &Container) -> Result<(), NotAsked> {
    if !container.active {
        let profiles = container.service.iter().flat_map(|service| &service.profiles);
        let names: Vec<String> = profiles.filter_map(|name| Some(format!("`{}`", name.value()?))).collect();
        let reason = match names.is_empty() {
            true => "is not active".to_string(),
            false => format!("starts only with the profile {}", names.join(" or ")),
        };
        return Err(NotAsked::new(reason, "name the profiles that run: `--profile NAME`"));
    }
    if container.completes.is_some() {
        return Err(NotAsked::new("is a job: others wait until it has ended", "nothing: it has no health to ask for"));
    }
    Ok(())
}

/// What the health check in force does.
fn probe_of(container: &Container) -> Result<Probe, NotAsked> {
    let declare = "declare one: `healthcheck` of the service, or HEALTHCHECK";
    match &container.health.known {
        Known::Unknown(why) => Err(NotAsked::new(format!("its health check is not known: {why}"), declare)),
        Known::Value(Health::Missing) => Err(NotAsked::new("has no health check", declare)),
        Known::Value(Health::Off) => Err(NotAsked::new("its health check is switched off", declare)),
        Known::Value(Health::Check { probe: Run::OfBase, .. }) => {
            Err(NotAsked::new("what the health check of its base image asks is not known", declare))
        }
        Known::Value(Health::Check { probe: Run::Exec(argv), .. }) => Ok(probe::of_exec(argv)),
        Known::Value(Health::Check { probe: Run::Shell(text), .. }) => Ok(probe::of_shell(text)),
    }
}

/// The first thing that the check asks and that can be asked; else that which any server of its kind answers.
fn inquiry(container: &Container, read: Result<Probe, NotAsked>) -> Result<Inquiry, NotAsked> {
    let refusal = match read {
        Err(why) => why,
        Ok(read) => {
            let mut refusal = None;
            for check in &read.checks {
                match of_target(container, &check.target) {
                    Some(Ok(inquiry)) => return Ok(inquiry),
                    Some(Err(why)) => drop(refusal.get_or_insert(why)),
                    None => {}
                }
            }
            refusal.unwrap_or_else(|| {
                let reason = match &read.incomplete {
                    Some(why) => format!("what its health check asks is not known: {why}"),
                    None => format!("its health check asks nothing over HTTP: `{}`", probe::describe(&read)),
                };
                NotAsked::new(reason, "let it ask the service: `curl -f http://localhost:PORT/health`")
            })
        }
    };
    match container.runtime.get().map(|runtime| &runtime.kind) {
        Some(Runtime::Redis) => Ok(Inquiry { protocol: Protocol::Redis, port: REDIS }),
        Some(Runtime::Postgres) => Ok(Inquiry { protocol: postgres(container), port: POSTGRES }),
        _ => Err(refusal),
    }
}

/// What a check asks, if it is of a kind that is asked at all.
fn of_target(container: &Container, target: &Target) -> Option<Result<Inquiry, NotAsked>> {
    let inquiry = |address: &Address, protocol: Protocol| {
        let port = own_port(container, address)?;
        Ok(Inquiry { protocol, port })
    };
    match target {
        Target::Http(http) => Some(of_http(container, http)),
        Target::Redis { address, .. } => Some(inquiry(address, Protocol::Redis)),
        Target::Postgres(address) => Some(inquiry(address, postgres(container))),
        _ => None,
    }
}

fn of_http(container: &Container, http: &Http) -> Result<Inquiry, NotAsked> {
    if http.scheme == Scheme::Https {
        return Err(NotAsked::new("its health check asks over TLS, which is not spoken here", ASK_WITH_TLS));
    }
    let port = own_port(container, &http.address)?;
    let path = value(container, &http.path, "path")?;
    let host = match &http.address.host {
        Given::Value(host) => host.as_str(),
        Given::Variable { .. } | Given::Unknown => "localhost",
    };
    Ok(Inquiry { protocol: Protocol::Http(Get::new(host, port, &path)), port })
}

/// The container's own port that an address means.
fn own_port(container: &Container, address: &Address) -> Result<u16, NotAsked> {
    let help = "let it ask the service itself, at `localhost`";
    if let Some(socket) = &address.socket {
        let reason = format!("its health check asks over the socket file `{socket}`");
        return Err(NotAsked::new(reason, "let it ask the port that is published"));
    }
    match address.is_own(Some(container.short_name())) {
        Some(true) => value(container, &address.port, "port"),
        Some(false) => {
            let host = address.host.value().map_or("another host", String::as_str);
            Err(NotAsked::new(format!("its health check asks `{host}`, which is not the service itself"), help))
        }
        None => Err(NotAsked::new("which host its health check asks is not known", help)),
    }
}

/// A part of an address in the environment of the container.
fn value<T>(container: &Container, given: &Given<T>, what: &str) -> Result<T, NotAsked>
where
    T: Clone + std::str::FromStr,
{
    let help = "write it out in the health check";
    let unknown = |why: &str| NotAsked::new(format!("the {what} that its health check asks is not known{why}"), help);
    if let Given::Variable { name, .. } = given
        && let Err(why) = container.variable(name)
    {
        return Err(unknown(&format!(": {why}")));
    }
    let set = |name: &str| container.variable(name).ok().flatten().map(str::to_string);
    given.within(set).ok_or_else(|| unknown(""))
}

/// Whether Redis is started, or its check asks it, with TLS: `--tls-port` of the server, `--tls` of `redis-cli`.
fn redis_over_tls(container: &Container) -> bool {
    let started = container.argv().is_ok_and(|words| words.iter().any(|word| word.value == "--tls-port"));
    let asked = match container.health.get() {
        Some(Health::Check { probe: Run::Exec(argv), .. }) => argv.iter().any(|word| word.value.contains("--tls")),
        Some(Health::Check { probe: Run::Shell(text), .. }) => text.value.contains("--tls"),
        _ => false,
    };
    started || asked
}

/// The user that the image is told to make; the name alone is no secret.
fn postgres(container: &Container) -> Protocol {
    let user = container.variable("POSTGRES_USER").ok().flatten().filter(|user| !user.is_empty());
    Protocol::Postgres { user: user.unwrap_or("postgres").to_string() }
}
