//! Budgets: limits against what was decided for each runtime.

use serde::Deserialize;

use super::amount::{Amount, Cores, Memory};
use super::{NO_SERVICE, redis, said_once};
use crate::container::traced::{Known, Traced};
use crate::container::{Container, Kind};
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::subject::compose::{Given, Service};

/// What a container of each runtime may have at most.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Budgets {
    node: Budget,
    nginx: Budget,
    python: Budget,
    redis: Budget,
    postgres: Budget,
    other: Budget,
}

/// What one container may have at most; what is left out is not budgeted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    #[serde(default)]
    cpus: Option<Cores>,
    #[serde(default)]
    memory: Option<Memory>,
}

impl Budgets {
    fn of(&self, runtime: &str) -> &Budget {
        match runtime {
            "node" => &self.node,
            "nginx" => &self.nginx,
            "python" => &self.python,
            "redis" => &self.redis,
            "postgres" => &self.postgres,
            _ => &self.other,
        }
    }
}

pub(super) fn limits_over_budget(container: &Container, budgets: &Budgets) -> Judgement {
    let (Some(cpu), Some(memory)) = (&container.cpu_limit, &container.memory_limit) else {
        return Judgement::not_applicable(NO_SERVICE);
    };
    let unlimited = |known: Option<bool>| known == Some(false);
    if unlimited(cpu.get().map(|limit| limit.is_some())) && unlimited(memory.get().map(|limit| limit.is_some())) {
        return Judgement::not_applicable("it has no limits to hold against a budget");
    }
    let runtime = match container.runtime_name() {
        Ok(runtime) => runtime,
        Err(why) => return Judgement::inconclusive(why, Some(container.runtime.origin.span)),
    };
    let budget = budgets.of(runtime);
    let cpu = budget.cpus.map(|most| judged(container, "CPU limit", runtime, cpu, most.0, cpu_fix));
    let memory = budget.memory.map(|most| judged(container, "memory limit", runtime, memory, most.0, memory_fix));
    Judgement::all(cpu.into_iter().chain(memory), &format!("no budget was decided for what it runs ({runtime})"))
}

fn judged<T: Amount>(
    container: &Container,
    what: &str,
    runtime: &str,
    limit: &Traced<T>,
    most: T,
    fix: fn(&Container, T) -> Option<Vec<Edit>>,
) -> Judgement {
    let place = limit.origin.span;
    let value = match &limit.known {
        Known::Value(value) if value.is_some() => *value,
        Known::Value(_) => return Judgement::not_applicable(format!("it has no {what}")),
        Known::Unknown(why) => return Judgement::inconclusive(why.clone(), Some(place)),
    };
    let (value_text, most_text) = (value.written(), most.written());
    if !value.exceeds(most) {
        return Judgement::met(place, format!("the {what} `{value_text}` is within `{most_text}`"));
    }
    let name = container.short_name();
    let message = format!("`{name}` has a {what} of `{value_text}`; the budget for {runtime} is `{most_text}`");
    let title = format!("lower the {what} of `{name}` to `{most_text}`");
    let fix = match fix(container, most) {
        Some(edits) => Fix::risky(title, edits),
        None => Fix::words(title),
    };
    Judgement::violated(Finding::new(place, message).fix(fix))
}

fn cpu_fix(container: &Container, most: f64) -> Option<Vec<Edit>> {
    let resources = &service(container)?.resources;
    // Of `cpu_count`, there are only whole ones.
    let by_count = resources.windows_cpus.as_ref().map(|cores| cores.span);
    let place = container.cpu_limit.as_ref().map(|limit| limit.origin.span);
    if resources.cpu_by_quota || by_count.is_some() && by_count == place {
        return None;
    }
    lowered(most, resources.cpu_limit.as_ref()?, resources.cpu_reservation.as_ref())
}

fn memory_fix(container: &Container, most: u64) -> Option<Vec<Edit>> {
    let resources = &service(container)?.resources;
    // A limit that Redis fills up is worse than one that is too high.
    let keeps = redis::kept(container);
    if container.runtime_name() == Ok("redis") && keeps.is_none_or(|kept| kept >= most) {
        return None;
    }
    lowered(most, resources.memory_limit.as_ref()?, resources.memory_reservation.as_ref())
}

fn service(container: &Container) -> Option<&Service> {
    container.service.as_deref().filter(|_| container.kind == Kind::Service)
}

/// The limit at the budget, and a reservation above it as well.
fn lowered<T: Amount>(most: T, limit: &Given<T>, reservation: Option<&Given<T>>) -> Option<Vec<Edit>> {
    let mut edits = vec![Edit::replace(limit.span, most.yaml())];
    // A reservation that is not known may be above it.
    if let Some(reservation) = reservation
        && reservation.value()?.exceeds(most)
    {
        if !said_once(reservation) {
            return None;
        }
        edits.push(Edit::replace(reservation.span, most.yaml()));
    }
    said_once(limit).then_some(edits)
}
