//! Proposals: the health check that fits a container, with a program that its image has and the port it listens on.

use crate::checks::shipped;
use crate::container::Container;
use crate::container::base::System;
use crate::container::image_state::Health;
use crate::container::listen::{self, Evidence};
use crate::container::programs::{self, Brought};
use crate::container::runtime::Kind as Runtime;
use crate::finding::{Edit, Fix};
use crate::subject::dockerfile::instruction::{Healthcheck, Kind};

/// When the proposed check runs.
const TIMING: &str = "--interval=30s --timeout=5s --start-period=10s --retries=3";

/// The path that is asked where no other one is decided.
pub(super) const HEALTH: &str = "/health";

/// A health check.
pub(super) enum Proposal {
    /// Text for `/bin/sh -c`.
    Shell(String),
    /// A program with its arguments.
    Exec(Vec<String>),
}

/// The one port that a container is known to listen on: by what runs, else by what it declares.
pub(super) fn port(container: &Container) -> Option<u16> {
    let listening = listen::ports(container);
    let only = |evidence: &[Evidence]| {
        let mut ports: Vec<u16> = listening
            .ports
            .iter()
            .filter(|listened| evidence.contains(&listened.evidence))
            .map(|listened| listened.port)
            .collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    };
    let candidates = [&[Evidence::Process, Evidence::Environment][..], &[Evidence::Declared], &[Evidence::BaseImage]];
    let ports = candidates.into_iter().map(only).find(|ports| !ports.is_empty())?;
    if let [port] = ports.as_slice() { Some(*port) } else { None }
}

impl Proposal {
    /// The check for a container.
    ///
    /// # Errors
    /// Words for a human, where a fact is missing that would make it exact.
    pub fn new(container: &Container) -> Result<Proposal, String> {
        Proposal::asking(container, HEALTH)
    }

    /// The check for a container, with the path of HTTP checks.
    pub fn asking(container: &Container, path: &str) -> Result<Proposal, String> {
        if container.image.windows {
            return Err(format!("add a health check that asks `{path}` with a program that the image has"));
        }
        match container.runtime.get().map(|runtime| &runtime.kind) {
            Some(Runtime::Redis) if has(container, "redis-cli") => return Ok(Proposal::words(&["redis-cli", "ping"])),
            Some(Runtime::Redis) if has(container, "valkey-cli") => {
                return Ok(Proposal::words(&["valkey-cli", "ping"]));
            }
            Some(Runtime::Postgres) if has(container, "pg_isready") => return Ok(Proposal::words(&["pg_isready"])),
            Some(Runtime::Other(name)) if container.build.is_none() => {
                return Err(format!("give it a health check that asks what `{name}` serves"));
            }
            // What somebody else's image answers is for its documentation to say.
            _ if container.named_image.is_some() && container.health.get() == Some(&Health::Missing) => {
                let image = container.image.base.shown();
                return Err(format!("give it a health check that asks what `{image}` answers"));
            }
            _ => {}
        }
        let port = port(container).ok_or_else(|| {
            format!(
                "add a health check that asks `http://127.0.0.1:PORT{path}` with the port that the service listens on"
            )
        })?;
        let url = format!("http://127.0.0.1:{port}{path}");
        client(container, &url).ok_or_else(|| {
            format!("add a health check that asks `{url}` with a program of the service's own: the image has no client")
        })
    }

    fn words(words: &[&str]) -> Proposal {
        Proposal::Exec(words.iter().map(ToString::to_string).collect())
    }

    /// What stands behind `CMD` in a HEALTHCHECK.
    fn command(&self) -> String {
        match self {
            Proposal::Shell(text) => text.clone(),
            Proposal::Exec(words) => serde_json::json!(words).to_string().replace("\",\"", "\", \""),
        }
    }

    /// The value of `test` in Compose.
    fn test(&self) -> String {
        let words: Vec<&str> = match self {
            Proposal::Shell(text) => vec!["CMD-SHELL", text],
            Proposal::Exec(words) => std::iter::once("CMD").chain(words.iter().map(String::as_str)).collect(),
        };
        serde_json::json!(words).to_string().replace("\",\"", "\", \"")
    }

    /// The change where there is no check: a line in the Dockerfile, or one for Compose.
    pub fn fix_of_none(&self, container: &Container) -> Fix {
        let switched_off = container.health.get() == Some(&Health::Off);
        let line = format!("HEALTHCHECK {TIMING} CMD {}", self.command());
        let place = container.health.origin.span;
        if let Some(none) = shipped::instruction(container, place).filter(|_| switched_off) {
            return Fix::risky(format!("write `{line}`"), vec![Edit::replace(none.span, line)]);
        }
        match shipped::insert(container, &line).filter(|_| !switched_off) {
            Some(edit) => Fix::risky(format!("add `{line}`"), vec![edit]),
            None => Fix::words(format!(
                "write `healthcheck: {{ test: {}, interval: 30s, timeout: 5s, start_period: 10s, retries: 3 }}`",
                self.test()
            )),
        }
    }

    /// The change where there is a check that asks in the wrong way: this one in its place.
    pub fn fix_of_wrong(&self, container: &Container) -> Fix {
        let place = container.health.origin.span;
        let given = container.service.as_ref().and_then(|service| service.healthcheck.as_ref()?.test.as_ref());
        if let Some(given) = given.filter(|given| given.span == place) {
            let test = self.test();
            let title = format!("write `test: {test}`");
            let edits = if given.through.is_empty() { vec![Edit::replace(given.span, test)] } else { Vec::new() };
            return Fix::risky(title, edits);
        }
        let title = format!("write `HEALTHCHECK ... CMD {}`", self.command());
        match shipped::instruction(container, place).map(|instruction| &instruction.kind) {
            Some(Kind::Healthcheck(Healthcheck::Cmd { command, .. })) => {
                Fix::risky(title, vec![Edit::replace(command.span(), self.command())])
            }
            _ => Fix::words(title),
        }
    }
}

fn has(container: &Container, program: &str) -> bool {
    matches!(programs::brings(container, program), Brought::Yes(_))
}

/// A program of the image that asks a URL.
fn client(container: &Container, url: &str) -> Option<Proposal> {
    let system = container.image.base.facts.as_ref().and_then(|facts| facts.system);
    let busybox = matches!(system, Some(System::Alpine | System::Busybox | System::Wolfi));
    let shell = has(container, "/bin/sh");
    let wget = || format!("wget -q -O /dev/null {url} || exit 1");
    if shell && busybox && has(container, "wget") {
        return Some(Proposal::Shell(wget()));
    }
    if shell && has(container, "curl") {
        return Some(Proposal::Shell(format!("curl -fsS -o /dev/null {url} || exit 1")));
    }
    if shell && has(container, "wget") {
        return Some(Proposal::Shell(wget()));
    }
    let python = ["python", "python3"].into_iter().find(|python| has(container, python));
    if let Some(python) = python {
        let code = format!("import urllib.request; urllib.request.urlopen('{url}', timeout=3)");
        return Some(Proposal::words(&[python, "-c", &code]));
    }
    let node = ["node", "/nodejs/bin/node"].into_iter().find(|node| has(container, node))?;
    let code = format!("fetch('{url}').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))");
    Some(Proposal::words(&[node, "-e", &code]))
}
