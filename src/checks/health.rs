//! Health: whether anything notices when the service stops working.

mod endpoint;
mod port;
mod proposal;
mod timing;
mod tool;

use crate::container::image_state::{Health, Probe as Declared};
use crate::container::probe::{self, Probe};
use crate::container::traced::Known;
use crate::container::{Container, Kind};
use crate::finding::{Finding, Fix, Judgement};
use crate::rule;
use crate::rule::{NoParameters, Rule};
use crate::source::Span;
use crate::subject::dockerfile::instruction::Timing;
use proposal::Proposal;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("healthcheck-missing", on_container: healthcheck_missing),
    rule!("healthcheck-endpoint-wrong", on_container: endpoint::healthcheck_endpoint_wrong),
    rule!("healthcheck-port-wrong", on_container: port::healthcheck_port_wrong),
    rule!("healthcheck-tool-missing", on_container: tool::healthcheck_tool_missing),
    rule!("healthcheck-timing", on_container: timing::healthcheck_timing),
];

/// The health check that is in force.
struct InForce<'c> {
    /// What it runs.
    declared: &'c Declared,
    /// When.
    timing: &'c Timing,
    /// Where that was decided.
    place: Span,
}

/// The health check in force, or the judgement that says why there is none to judge.
fn in_force(container: &Container) -> Result<InForce<'_>, Judgement> {
    if container.image.windows {
        return Err(Judgement::not_applicable("a Windows container has other programs"));
    }
    let place = container.health.origin.span;
    match &container.health.known {
        Known::Unknown(why) => Err(Judgement::inconclusive(why.clone(), Some(place))),
        Known::Value(Health::Off) => Err(Judgement::not_applicable("the health check is switched off")),
        Known::Value(Health::Missing) => Err(Judgement::not_applicable("there is no health check")),
        Known::Value(Health::Check { probe, timing }) => Ok(InForce { declared: probe, timing, place }),
    }
}

/// What the health check in force asks, with its place.
fn asked(container: &Container) -> Result<(Probe, Span), Judgement> {
    let InForce { declared, place, .. } = in_force(container)?;
    let given = container.service.as_ref().and_then(|service| service.healthcheck.as_ref());
    let of_service = given.filter(|given| given.test.as_ref().is_some_and(|test| test.span == place));
    if let Some(why) = of_service.and_then(|given| given.unknown.as_ref()) {
        return Err(Judgement::inconclusive(why.clone(), Some(place)));
    }
    match declared {
        Declared::Exec(words) => Ok((probe::of_exec(words), place)),
        Declared::Shell(text) => Ok((probe::of_shell(text), place)),
        Declared::OfBase => Err(Judgement::not_applicable("the health check is the base image's own")),
    }
}

/// The names by which a container calls itself in a URL.
fn own_names(container: &Container) -> Vec<&str> {
    let Some(service) = &container.service else { return Vec::new() };
    let given = [&service.container_name, &service.hostname].into_iter().flatten();
    std::iter::once(service.name.as_str()).chain(given.filter_map(|name| name.value().map(String::as_str))).collect()
}

/// Whether a check asks the container itself; `None` if that is not known.
fn asks_itself(container: &Container, check: &probe::Check) -> Option<bool> {
    let Some(address) = check.target.address() else { return Some(true) };
    match address.is_own(None) {
        Some(false) => Some(own_names(container).into_iter().any(|name| address.is_own(Some(name)) == Some(true))),
        answer => answer,
    }
}

fn healthcheck_missing(container: &Container, _: &NoParameters) -> Judgement {
    let origin = &container.health.origin;
    match &container.health.known {
        Known::Value(Health::Off | Health::Missing) | Known::Unknown(_) if container.completes.is_some() => {
            Judgement::not_applicable("it is a job: another service waits until it has ended")
        }
        Known::Unknown(why) => Judgement::inconclusive(why.clone(), Some(origin.span)),
        Known::Value(Health::Check { .. }) => Judgement::met(origin.span, "a health check is in force"),
        Known::Value(Health::Off) => {
            let mut finding = Finding::new(origin.span, "the health check is switched off");
            for overridden in container.health.overrode.iter().filter(|o| o.span != origin.span).take(1) {
                finding = finding.note_at(overridden.span, format!("this overrides {}", overridden.by));
            }
            Judgement::violated(finding.fix(way_out(container)))
        }
        Known::Value(Health::Missing) => Judgement::violated(missing(container).fix(way_out(container))),
    }
}

/// The health check that fits this container.
fn way_out(container: &Container) -> Fix {
    if container.build.is_none() && container.image.opened.as_ref().is_some_and(|opened| opened.image.oci) {
        return Fix::words(
            "give the Dockerfile a HEALTHCHECK and build in Docker's format (`--format docker` of buildah and podman)",
        );
    }
    match Proposal::new(container) {
        Ok(proposal) => proposal.fix_of_none(container),
        Err(words) => Fix::words(words),
    }
}

fn missing(container: &Container) -> Finding {
    if container.kind != Kind::Service {
        let finding = Finding::new(container.key, "the container has no health check");
        return match container.image.opened.as_ref().filter(|opened| opened.image.oci) {
            Some(_) => {
                finding.note("the OCI format knows none, and some tools drop it when they build or convert an image")
            }
            None => finding,
        };
    }
    let finding = Finding::new(container.key, format!("`{}` has no health check", container.short_name()));
    let timing_only = container.service.as_ref().and_then(|service| service.healthcheck.as_ref());
    if let Some(given) = timing_only {
        return finding.note_at(given.span, "this sets when, but neither it nor the image says what to run");
    }
    match &container.build {
        Some(build) => finding.note_at(build.from(), "the image it builds has none either"),
        None => finding,
    }
}
