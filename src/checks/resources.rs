//! Resources: what a container may take from its host, and what it is promised.

mod amount;
mod budget;
mod redis;

use crate::container::Container;
use crate::container::traced::{Known, Traced};
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule;
use crate::rule::{NoParameters, Rule};
use crate::source::Span;
use crate::subject::compose::{Given, Setting};
use amount::Amount;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("limits-missing", on_container: limits_missing),
    rule!("reservations-missing", on_container: reservations_missing),
    rule!("reservations-over-limits", on_container: reservations_over_limits),
    rule!("limits-over-budget", on_container: budget::limits_over_budget),
    rule!("redis-memory-unbounded", on_container: redis::redis_memory_unbounded),
];

const NO_SERVICE: &str = "limits belong to a Compose service";

fn limits_missing(container: &Container, _: &NoParameters) -> Judgement {
    let (Some(cpu), Some(memory)) = (&container.cpu_limit, &container.memory_limit) else {
        return Judgement::not_applicable(NO_SERVICE);
    };
    let (cpu, memory) = (limited(cpu), limited(memory));
    let cpu = if has_cpu_share(container) { Limit::Yes } else { cpu };
    let missing: Vec<&str> = [(&cpu, "CPU"), (&memory, "memory")]
        .into_iter()
        .filter(|(limit, _)| matches!(limit, Limit::No))
        .map(|(_, name)| name)
        .collect();
    if !missing.is_empty() {
        return Judgement::violated(missing_finding(container, &missing));
    }
    for limit in [&cpu, &memory] {
        if let Limit::Unknown(why, place) = limit {
            return Judgement::inconclusive(why.clone(), Some(*place));
        }
    }
    let place = container.memory_limit.as_ref().map_or(container.key, |memory| memory.origin.span);
    Judgement::met(place, "CPU and memory are limited")
}

/// Whether Windows holds the container to a share of the host's processors, however many cores that is.
fn has_cpu_share(container: &Container) -> bool {
    let resources = container.service.as_ref().map(|service| &service.resources);
    let percent = resources.and_then(|resources| resources.windows_cpu_percent.as_ref()?.value().copied());
    container.image.windows && percent.is_some_and(|percent| percent > 0.0)
}

enum Limit {
    Yes,
    No,
    Unknown(String, Span),
}

fn limited<T: Amount>(limit: &Traced<T>) -> Limit {
    match &limit.known {
        Known::Value(value) if value.is_some() => Limit::Yes,
        Known::Value(_) => Limit::No,
        Known::Unknown(why) => Limit::Unknown(why.clone(), limit.origin.span),
    }
}

fn missing_finding(container: &Container, missing: &[&str]) -> Finding {
    let service = container.service.as_deref();
    let limits = service.and_then(|service| service.resources.limits);
    // Half a limit is best mended where the other half stands.
    let place = if missing.len() == 1 { limits.unwrap_or(container.key) } else { container.key };
    let name = container.short_name();
    let lines = match missing {
        ["CPU"] => "`cpus: \"0.5\"` under `deploy.resources.limits` of",
        ["memory"] => "`memory: 256M` under `deploy.resources.limits` of",
        _ => "`deploy: {resources: {limits: {cpus: \"0.5\", memory: 256M}}}` to",
    };
    let fix = Fix::words(format!("add {lines} `{name}`, with what it needs under load"));
    Finding::new(place, format!("`{name}` has no {} limit", missing.join(" and no "))).fix(fix)
}

fn reservations_missing(container: &Container, _: &NoParameters) -> Judgement {
    let Some(service) = container.service.as_deref() else {
        return Judgement::not_applicable("reservations belong to a Compose service");
    };
    let resources = &service.resources;
    let (cpu, memory) = (reserved(resources.cpu_reservation.as_ref()), reserved(resources.memory_reservation.as_ref()));
    let no_cpu = matches!(cpu, Limit::No);
    let no_memory = matches!(memory, Limit::No);
    if !no_cpu && !no_memory {
        for reservation in [cpu, memory] {
            if let Limit::Unknown(why, place) = reservation {
                return Judgement::inconclusive(why, Some(place));
            }
        }
        let place = resources.memory_reservation.as_ref().map_or(container.key, |memory| memory.span);
        return Judgement::met(place, "CPU and memory are reserved");
    }
    let what = match (no_cpu, no_memory) {
        (true, true) => "no CPU and no memory",
        (true, false) => "no CPU",
        _ => "no memory",
    };
    let place = if no_cpu && no_memory { None } else { resources.reservations };
    let message = format!("`{}` reserves {what}", container.short_name());
    let finding = Finding::new(place.unwrap_or(container.key), message);
    Judgement::violated(finding.fix(reservation_words(container, no_cpu, no_memory)))
}

fn reserved<T: Amount>(reservation: Option<&Given<T>>) -> Limit {
    match reservation.map(|given| (&given.setting, given.span)) {
        Some((Setting::Value(value), _)) if value.is_some() => Limit::Yes,
        Some((Setting::Value(_), _)) | None => Limit::No,
        Some((Setting::Unknown(unknown), place)) => Limit::Unknown(unknown.why.clone(), place),
    }
}

/// What to write: half of each limit, which leaves room below it.
fn reservation_words(container: &Container, no_cpu: bool, no_memory: bool) -> Fix {
    let cpu = container.cpu_limit.as_ref().and_then(|limit| limit.get().copied()).filter(|limit| limit.is_some());
    let memory = container.memory_limit.as_ref().and_then(|limit| limit.get().copied()).filter(|limit| limit.is_some());
    let mut lines = Vec::new();
    if no_cpu {
        lines.push(format!("`cpus: {}`", cpu.map_or(0.25, |limit| (limit * 50.0).ceil() / 100.0).yaml()));
    }
    if no_memory {
        let half = memory.map_or(128 << 20, |limit| (limit / 2).max(1));
        lines.push(format!("`memory: {}`", half.yaml()));
    }
    Fix::words(format!(
        "write {} under `deploy.resources.reservations` of `{}`, or what it was measured to need",
        lines.join(" and "),
        container.short_name()
    ))
}

fn reservations_over_limits(container: &Container, _: &NoParameters) -> Judgement {
    let Some(service) = container.service.as_deref() else {
        return Judgement::not_applicable("reservations belong to a Compose service");
    };
    let resources = &service.resources;
    let cpu = within("CPU", resources.cpu_reservation.as_ref(), resources.cpu_limit.as_ref());
    let memory = within("memory", resources.memory_reservation.as_ref(), resources.memory_limit.as_ref());
    Judgement::all([cpu, memory], "nothing is reserved that is limited as well")
}

/// One reservation against its limit.
fn within<T: Amount>(what: &str, reservation: Option<&Given<T>>, limit: Option<&Given<T>>) -> Judgement {
    let nothing = || Judgement::not_applicable(format!("no {what} is both reserved and limited"));
    let (Some(reservation), Some(limit)) = (reservation, limit) else { return nothing() };
    for given in [reservation, limit] {
        if let Some(why) = given.unknown() {
            return Judgement::inconclusive(why, Some(given.span));
        }
    }
    let (Some(&reserved), Some(&most)) = (reservation.value(), limit.value()) else { return nothing() };
    if !reserved.is_some() || !most.is_some() {
        return nothing();
    }
    let amounts = (reserved.written(), most.written());
    if !reserved.exceeds(most) {
        let evidence = format!("`{}` of the limit `{}` is reserved {what}", amounts.0, amounts.1);
        return Judgement::met(reservation.span, evidence);
    }
    let message = format!("`{}` {what} is reserved, more than the limit of `{}`", amounts.0, amounts.1);
    let title = format!("lower the reservation to at most `{}`, or raise the limit", amounts.1);
    let fix = match said_once(reservation) {
        true => Fix::risky(title, vec![Edit::replace(reservation.span, most.yaml())]),
        false => Fix::words(title),
    };
    Judgement::violated(Finding::new(reservation.span, message).note_at(limit.span, "the limit").fix(fix))
}

/// Whether a value can be changed in one place: it does not stand in the same file once more, in the other form.
fn said_once<T>(given: &Given<T>) -> bool {
    given.overrode.iter().all(|other| other.source != given.span.source)
}
