//! Which port a health check asks, and whether anything listens there.

use serde::Deserialize;

use super::proposal::{self, Proposal};
use super::{asked, asks_itself};
use crate::container::Container;
use crate::container::listen::{self, Evidence, Listened, Listening};
use crate::container::probe::{Check, Given, Http, Probe, Target};
use crate::finding::{Finding, Fix, Judgement};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    #[serde(rename = "trust-declared")]
    declared: bool,
}

const NO_PORT: &str = "the health check asks no port of the container";

pub(super) fn healthcheck_port_wrong(container: &Container, trust: &Trust) -> Judgement {
    let (probe, _) = match asked(container) {
        Ok(asked) => asked,
        Err(judgement) => return judgement,
    };
    let listening = listen::ports(container);
    let judged = probe.checks.iter().map(|check| judge(container, &probe, check, &listening, trust));
    Judgement::all(judged.collect::<Vec<_>>(), NO_PORT)
}

fn judge(container: &Container, probe: &Probe, check: &Check, listening: &Listening, trust: &Trust) -> Judgement {
    let Some(port) = check.target.port() else { return Judgement::not_applicable(NO_PORT) };
    match asks_itself(container, check) {
        Some(true) => {}
        Some(false) => return Judgement::not_applicable(NO_PORT),
        None => return Judgement::inconclusive("which host the health check asks is not known", Some(check.place)),
    }
    if let Some(word) = probe.unexpanded.iter().find(|word| word.value.contains(':') || word.value.contains("PORT"))
        && *port == Given::Unknown
    {
        let message = format!("nothing expands `{}` in exec form, so the health check asks no port", word.value);
        return Judgement::violated(Finding::new(word.span, message).fix(fix(container, check)));
    }
    match value(container, port) {
        Ok(port) => of_port(container, check, port, listening, trust),
        Err(why) => Judgement::inconclusive(why, Some(check.place)),
    }
}

/// The port that is asked, with the variables of the container.
fn value(container: &Container, port: &Given<u16>) -> Result<u16, String> {
    let unknown = || "which port the health check asks is not known".to_string();
    if let Given::Variable { name, .. } = port {
        let value = container.variable(name).map_err(|why| format!("whether `{name}` is set is not known: {why}"))?;
        let value = value.map(str::to_string);
        return port.within(|_| value).ok_or_else(unknown);
    }
    port.value().copied().ok_or_else(unknown)
}

fn of_port(container: &Container, check: &Check, port: u16, listening: &Listening, trust: &Trust) -> Judgement {
    let declares = |listened: &&Listened| listened.evidence == Evidence::Declared;
    let heard = listening.of(port);
    let decided = || listening.decided();
    if let Some(heard) = heard.filter(|heard| !is_outdated(heard, listening)) {
        return Judgement::met(heard.place, format!("{} says that port {port} is listened on", heard.by));
    }
    if listening.open.is_none()
        && let Some(listened) = decided().next()
    {
        return wrong(container, check, port, &[listened]);
    }
    let declared: Vec<&Listened> = listening.ports.iter().filter(declares).collect();
    let believed = trust.declared && container.build.is_some() && !declared.is_empty() && decided().next().is_none();
    if believed || is_published(container, port) && !declared.is_empty() {
        return wrong(container, check, port, &declared);
    }
    let why = listening.open.as_deref().unwrap_or("nothing listens on a port");
    Judgement::inconclusive(format!("whether anything listens on port {port} is not known: {why}"), Some(check.place))
}

/// Whether a declaration is out of date: it names none of the ports of what runs.
fn is_outdated(declared: &Listened, listening: &Listening) -> bool {
    let decided = || listening.decided().map(|listened| listened.port);
    let beside = listening.ports.iter().filter(|other| other.by == declared.by);
    let current = decided().any(|port| port == declared.port)
        || beside.map(|other| other.port).any(|port| decided().any(|known| known == port));
    listening.open.is_none() && !current
}

/// Whether it is a port of the host that leads to another one of the container.
fn is_published(container: &Container, port: u16) -> bool {
    let published = container.service.iter().flat_map(|service| &service.ports);
    published.filter_map(|entry| entry.published.as_deref()).any(|published| published == port.to_string())
}

fn wrong(container: &Container, check: &Check, port: u16, listened: &[&Listened]) -> Judgement {
    let mut ports: Vec<u16> = listened.iter().map(|listened| listened.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let shown = ports.iter().take(4).map(u16::to_string).collect::<Vec<_>>().join(", ");
    let message = format!("the health check asks port {port}, where nothing listens: it is {shown}");
    let mut finding = Finding::new(check.place, message);
    if let Some(first) = listened.first() {
        finding = finding.note_at(first.place, format!("{} names port {}", first.by, first.port));
    }
    if is_published(container, port) {
        finding = finding.note(format!("{port} is a port of the host, which the container does not have"));
    }
    Judgement::violated(finding.fix(fix(container, check)))
}

/// The same question on the port that is listened on.
fn fix(container: &Container, check: &Check) -> Fix {
    let Some(port) = proposal::port(container) else {
        return Fix::words("ask the port that the service listens on");
    };
    match &check.target {
        Target::Http(Http { path: Given::Value(path), .. }) => match Proposal::asking(container, path) {
            Ok(proposal) => proposal.fix_of_wrong(container),
            Err(words) => Fix::words(words),
        },
        _ => Fix::words(format!("ask port {port}")),
    }
}
