//! Resources: what a container may take from its host.

use crate::container::Container;
use crate::container::traced::{Known, Traced};
use crate::finding::{Finding, Fix, Judgement};
use crate::rule;
use crate::rule::{NoParameters, Rule};

/// The rules of this topic.
pub const RULES: &[Rule] = &[rule!("limits-missing", on_container: limits_missing)];

fn limits_missing(container: &Container, _: &NoParameters) -> Judgement {
    let (Some(cpu), Some(memory)) = (&container.cpu_limit, &container.memory_limit) else {
        return Judgement::not_applicable("limits belong to a Compose service");
    };
    let (cpu, memory) = (limited(cpu, |&cores| cores > 0.0), limited(memory, |&bytes| bytes > 0));
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

enum Limit {
    Yes,
    No,
    Unknown(String, crate::source::Span),
}

fn limited<T>(limit: &Traced<T>, is_limit: fn(&T) -> bool) -> Limit {
    match &limit.known {
        Known::Value(value) if is_limit(value) => Limit::Yes,
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
