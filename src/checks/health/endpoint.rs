//! What a health check asks for: the endpoint that was decided for its runtime.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::proposal::Proposal;
use super::{asked, asks_itself};
use crate::container::Container;
use crate::container::probe::{Check, Given, Http, Probe, Target, describe, describe_address};
use crate::container::runtime::{Kind as Runtime, NAMES};
use crate::container::traced::Known;
use crate::finding::{Finding, Fix, Judgement};
use crate::source::Span;
use crate::suggest;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoints {
    #[serde(deserialize_with = "paths_of_runtimes")]
    paths: BTreeMap<String, String>,
    redis: String,
    postgres: String,
}

/// A name may be that of a program that is no runtime, but not of a runtime with a slip in it.
fn paths_of_runtimes<'de, D: Deserializer<'de>>(value: D) -> Result<BTreeMap<String, String>, D::Error> {
    let paths = BTreeMap::<String, String>::deserialize(value)?;
    for name in paths.keys().filter(|name| !NAMES.contains(&name.as_str())) {
        if let Some(meant) = suggest::nearest(name, NAMES.iter().copied()) {
            return Err(D::Error::custom(format!("there is no runtime `{name}`, did you mean `{meant}`?")));
        }
    }
    Ok(paths)
}

pub(super) fn healthcheck_endpoint_wrong(container: &Container, wanted: &Endpoints) -> Judgement {
    let (probe, place) = match asked(container) {
        Ok(asked) => asked,
        Err(judgement) => return judgement,
    };
    let runtime = match &container.runtime.known {
        Known::Value(runtime) => &runtime.kind,
        Known::Unknown(why) => return without_runtime(&probe, place, wanted, why),
    };
    match runtime {
        Runtime::Redis => client(container, &probe, place, &wanted.redis),
        Runtime::Postgres => client(container, &probe, place, &wanted.postgres),
        other => match wanted.paths.get(&other.to_string()) {
            Some(path) => http(container, &probe, place, path),
            None => Judgement::not_applicable(format!("no endpoint is decided for `{other}`")),
        },
    }
}

/// Where all runtimes have one path, it need not be known which one this is.
fn without_runtime(probe: &Probe, place: Span, wanted: &Endpoints, why: &str) -> Judgement {
    let asks = |check: &Check| match &check.target {
        Target::Http(Http { path: Given::Value(path), .. }) => wanted.paths.values().all(|wanted| wanted == path),
        _ => false,
    };
    match probe.checks.iter().any(asks) && !wanted.paths.is_empty() {
        true => Judgement::met(place, format!("the health check asks {}", describe(probe))),
        false => Judgement::inconclusive(why, Some(place)),
    }
}

/// A server with a client of its own: `redis-cli ping`, `pg_isready`.
fn client(container: &Container, probe: &Probe, place: Span, wanted: &str) -> Judgement {
    let mut words = wanted.split_whitespace();
    let (tool, command) = (words.next().unwrap_or_default(), words.next());
    let asks = |check: &&Check| {
        let same =
            check.tool == tool || tool == "redis-cli" && matches!(check.tool.as_str(), "valkey-cli" | "keydb-cli");
        same && match (&check.target, command) {
            (Target::Redis { command: Some(given), .. }, Some(wanted)) => given.eq_ignore_ascii_case(wanted),
            (_, command) => command.is_none(),
        }
    };
    match probe.checks.iter().find(asks) {
        Some(check) if asks_itself(container, check) == Some(false) => elsewhere(container, probe, check),
        Some(check) => Judgement::met(check.place, format!("the health check asks `{wanted}`")),
        None => other(container, probe, place, wanted),
    }
}

fn http(container: &Container, probe: &Probe, place: Span, wanted: &str) -> Judgement {
    let mut wrong = None;
    let mut open = None;
    for check in &probe.checks {
        let Target::Http(http) = &check.target else { continue };
        if asks_itself(container, check) == Some(false) {
            wrong = wrong.or(Some((check, None)));
            continue;
        }
        match &http.path {
            Given::Value(path) if path == wanted => {
                return Judgement::met(check.place, format!("the health check asks `{wanted}`"));
            }
            Given::Value(path) => wrong = Some((check, Some(path))),
            Given::Variable { name, .. } => match container.variable(name) {
                Ok(Some(path)) if path == wanted => {
                    return Judgement::met(check.place, format!("the health check asks `{wanted}`"));
                }
                _ => open = Some(format!("the path in `${name}` is not known")),
            },
            Given::Unknown => open = Some("which path the health check asks is not known".to_string()),
        }
    }
    match (open.or_else(|| probe.incomplete.clone()), wrong) {
        (Some(why), _) => Judgement::inconclusive(why, Some(place)),
        (None, Some((check, None))) => elsewhere(container, probe, check),
        (None, Some((check, Some(path)))) => {
            let message = format!("the health check asks `{path}`, not `{wanted}`");
            Judgement::violated(Finding::new(check.place, message).fix(fix(container, wanted)))
        }
        (None, None) => other(container, probe, place, wanted),
    }
}

/// A check that asks someone else does not notice when this service stops working.
fn elsewhere(container: &Container, probe: &Probe, check: &Check) -> Judgement {
    let message = format!("the health check asks another container and not its own: {}", describe(probe));
    let fix = match Proposal::new(container) {
        Ok(proposal) => proposal.fix_of_wrong(container),
        Err(words) => Fix::words(words),
    };
    Judgement::violated(Finding::new(check.place, message).fix(fix))
}

/// A check of another kind. What a program of the project's own asks is not visible.
fn other(container: &Container, probe: &Probe, place: Span, wanted: &str) -> Judgement {
    let own = probe.checks.iter().find(|check| matches!(check.target, Target::Custom { .. }));
    if let Some(check) = own {
        return Judgement::inconclusive(format!("what `{}` asks is not known", check.tool), Some(check.place));
    }
    if let Some(why) = &probe.incomplete {
        return Judgement::inconclusive(why.clone(), Some(place));
    }
    let message = match probe.checks.first().map(|check| (&check.target, &check.tool)) {
        Some((Target::Trivial(weakness), tool)) => {
            format!("the health check does not ask `{wanted}`: `{tool}` {}", weakness.why())
        }
        Some((Target::Tcp(address), tool)) => {
            let server = describe_address(address);
            format!("the health check does not ask `{wanted}`: `{tool}` only connects to `{server}`")
        }
        Some(_) => format!("the health check does not ask `{wanted}`, but runs `{}`", describe(probe)),
        None => format!("the health check does not ask `{wanted}`"),
    };
    let place = probe.checks.first().map_or(place, |check| check.place);
    Judgement::violated(Finding::new(place, message).fix(fix(container, wanted)))
}

fn fix(container: &Container, wanted: &str) -> Fix {
    match Proposal::asking(container, wanted) {
        Ok(proposal) => proposal.fix_of_wrong(container),
        Err(words) => Fix::words(words),
    }
}
