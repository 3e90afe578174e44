//! Start order: whether a service waits until what it depends on works.

use std::collections::{HashMap, VecDeque};

use crate::container::Container;
use crate::container::image_state::Health;
use crate::container::traced::Known;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::{Neighbourhood, NoParameters};
use crate::source::Span;
use crate::subject::compose::{Condition, Dependency, Given, Project, Restart, Service, Setting};

/// How far a circle is followed from one service, in dependencies.
const MOST_STEPS: usize = 2000;
/// Services among which circles are looked for; in larger projects only reading the project finds them.
const MOST_SERVICES: usize = 1000;
/// How many services of a circle are named.
const MOST_NAMED: usize = 12;

pub(super) fn depends_on_unchecked(container: &Container, project: &Neighbourhood, _: &NoParameters) -> Judgement {
    let Some(service) = container.service.as_deref() else {
        return Judgement::not_applicable("only a service depends on others");
    };
    let mut parts: Vec<Judgement> =
        service.depends_on.iter().map(|dependency| judged(service, dependency, project)).collect();
    parts.extend(circle(project.compose, service).map(Judgement::violated));
    Judgement::all(parts, "it depends on no other service")
}

fn judged(service: &Service, dependency: &Dependency, project: &Neighbourhood) -> Judgement {
    let name = &dependency.service;
    let Some(other) = project.compose.service(name) else {
        return undefined(service, dependency, project.compose);
    };
    if dependency.required {
        match apart(service, other) {
            Ok(false) => {}
            Ok(true) => return Judgement::violated(apart_finding(service, other, dependency)),
            Err(why) => return Judgement::inconclusive(why, Some(dependency.key)),
        }
    }
    if other.provider.is_some() {
        return Judgement::met(dependency.key, format!("`{name}` is provided from outside"));
    }
    match &dependency.condition.setting {
        Setting::Unknown(unknown) => Judgement::inconclusive(unknown.why.clone(), Some(dependency.condition.span)),
        Setting::Value(Condition::Completed) => completed(service, dependency, other),
        Setting::Value(Condition::Healthy) => healthy(service, dependency, project),
        Setting::Value(Condition::Started) => {
            let message = format!("`{}` starts as soon as `{name}` has started, whether it works or not", service.name);
            let finding = Finding::new(dependency.condition.span, message);
            Judgement::violated(finding.fix(wait_for(service, dependency, project)))
        }
    }
}

fn undefined(service: &Service, dependency: &Dependency, compose: &Project) -> Judgement {
    let name = &dependency.service;
    if let Some(why) = &compose.incomplete {
        return Judgement::inconclusive(why.clone(), Some(dependency.key));
    }
    if !dependency.required {
        return Judgement::not_applicable(format!("`{name}` is not there and not required"));
    }
    let message = format!("`{}` depends on `{name}`, which is not defined", service.name);
    let fix = Fix::words(format!("define the service `{name}`, or remove the dependency"));
    Judgement::violated(Finding::new(dependency.key, message).fix(fix))
}

/// Whether the dependency is not started where the service is: with the profiles of this run if those start the service,
/// else with any profile of its own.
fn apart(service: &Service, other: &Service) -> Result<bool, String> {
    if other.profiles.is_empty() || other.active {
        return Ok(false);
    }
    let unknown =
        |profiles: &[Given<String>]| profiles.iter().find_map(|profile| profile.unknown().map(str::to_string));
    if let Some(why) = unknown(&other.profiles).or_else(|| unknown(&service.profiles)) {
        return Err(why);
    }
    let has = |profile: &Given<String>| other.profiles.iter().any(|own| own.value() == profile.value());
    Ok(service.active || !service.profiles.iter().any(has))
}

fn apart_finding(service: &Service, other: &Service, dependency: &Dependency) -> Finding {
    let profiles: Vec<_> =
        other.profiles.iter().filter_map(Given::value).map(|profile| format!("`{profile}`")).collect();
    let message = format!(
        "`{}` depends on `{}`, which only the profile {} starts",
        service.name,
        other.name,
        profiles.join(" or ")
    );
    let title = format!("give `{}` and `{}` the same `profiles`, or set `required: false`", service.name, other.name);
    Finding::new(dependency.key, message).fix(Fix::words(title))
}

/// A job has to end, and what is restarted whenever it ends never does.
fn completed(service: &Service, dependency: &Dependency, other: &Service) -> Judgement {
    let name = &other.name;
    let place = dependency.condition.span;
    let policy = other.restart.as_ref().and_then(|restart| Some((restart.value()?, restart.span)));
    match policy {
        Some((policy @ (Restart::Always | Restart::UnlessStopped), at)) => {
            let message =
                format!("`{}` waits until `{name}` has ended, which is restarted whenever it ends", service.name);
            let title = format!("write `restart: \"no\"` in `{name}`, or wait for `condition: service_healthy`");
            let finding = Finding::new(place, message).note_at(at, format!("its restart policy is `{policy}`"));
            Judgement::violated(finding.fix(Fix::words(title)))
        }
        _ => Judgement::met(place, format!("it waits until `{name}` has done its work")),
    }
}

fn healthy(service: &Service, dependency: &Dependency, project: &Neighbourhood) -> Judgement {
    let name = &dependency.service;
    let place = dependency.condition.span;
    let Some(other) = project.container(name) else {
        return Judgement::inconclusive(format!("what `{name}` runs is not known"), Some(dependency.key));
    };
    let off = match &other.health.known {
        Known::Value(Health::Check { .. }) => {
            return Judgement::met(place, format!("it waits until `{name}` is healthy"));
        }
        Known::Value(health) => matches!(health, Health::Off),
        Known::Unknown(why) => return Judgement::inconclusive(why.clone(), Some(place)),
    };
    let why = if off { "whose health check is switched off" } else { "which has no health check" };
    let message = format!("`{}` waits until `{name}` is healthy, {why}", service.name);
    let mut finding = Finding::new(place, message);
    if off {
        finding = finding.note_at(other.health.origin.span, "it is switched off here");
    }
    Judgement::violated(finding.fix(Fix::words(format!("give `{name}` a `healthcheck` with {}", test(other)))))
}

/// A test that fits what a container runs.
fn test(container: &Container) -> &'static str {
    match container.runtime_name() {
        Ok("redis") => "`test: [\"CMD\", \"redis-cli\", \"ping\"]`",
        Ok("postgres") => "`test: [\"CMD\", \"pg_isready\"]`",
        _ => "a `test` that asks its health endpoint",
    }
}

/// The condition that fits the dependency, where it is said.
fn wait_for(service: &Service, dependency: &Dependency, project: &Neighbourhood) -> Fix {
    let name = &dependency.service;
    let condition = match fitting(&dependency.service, project) {
        Ok(condition) => condition,
        Err(first) => return Fix::words(format!("{first}, then wait for `{name}` with `condition: service_healthy`")),
    };
    let title = format!("wait for `{name}` with `condition: {condition}`");
    let short = dependency.condition.span == dependency.key;
    let edits = match (short, rewritten(service, project)) {
        (false, _) => vec![Edit::replace(dependency.condition.span, condition)],
        (true, Some(edits)) => edits,
        (true, None) => return Fix::words(title),
    };
    Fix::risky(title, edits)
}

/// What to wait for, or what has to be done before one can.
fn fitting(name: &str, project: &Neighbourhood) -> Result<&'static str, String> {
    let Some(other) = project.container(name) else { return Err(format!("see what `{name}` runs")) };
    match &other.health.known {
        _ if other.completes.is_some() => Ok("service_completed_successfully"),
        Known::Value(Health::Check { .. }) => Ok("service_healthy"),
        Known::Value(_) => Err(format!("give `{name}` a `healthcheck` with {}", test(other))),
        Known::Unknown(_) => Err(format!("see that the image of `{name}` has a health check, or give it one")),
    }
}

/// The whole list as a mapping: there is no condition in a list.
fn rewritten(service: &Service, project: &Neighbourhood) -> Option<Vec<Edit>> {
    let list = service.depends_on_list.as_ref()?;
    let condition = |name: &str| fitting(name, project).unwrap_or("service_started");
    let names = || service.depends_on.iter().map(|dependency| dependency.service.as_str());
    if list.items.is_empty() {
        let entries = names().map(|name| format!("{}: {{condition: {}}}", key(name), condition(name)));
        let text = format!("{{{}}}", entries.collect::<Vec<_>>().join(", "));
        return Some(vec![Edit::replace(list.span, text)]);
    }
    let edits = list.items.iter().zip(names()).map(|(item, name)| {
        let blanks = " ".repeat(item.value + 2);
        Edit::replace(item.span, format!("{}:\n{blanks}condition: {}", key(name), condition(name)))
    });
    (list.items.len() == service.depends_on.len()).then(|| edits.collect())
}

/// A service's name as a key: what could be read as something other than text is quoted.
fn key(name: &str) -> String {
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_text = !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&&*name.to_ascii_lowercase());
    if is_word && is_text { name.to_string() } else { format!("\"{name}\"") }
}

/// The shortest circle that a service is part of. Every service of it finds the same.
fn circle(compose: &Project, service: &Service) -> Option<Finding> {
    if service.waits_for().is_empty() || compose.services.len() > MOST_SERVICES {
        return None;
    }
    let order: HashMap<&str, usize> =
        compose.services.iter().enumerate().map(|(i, service)| (service.name.as_str(), i)).collect();
    let path = way_back(compose, &order, *order.get(service.name.as_str())?)?;
    let first = path.iter().enumerate().min_by_key(|(_, index)| **index).map_or(0, |(at, _)| at);
    let names: Vec<&str> =
        (0..path.len()).map(|i| compose.services[path[(first + i) % path.len()]].name.as_str()).collect();
    let next = names.get(1).copied().unwrap_or(names[0]);
    let begins = compose.service(names[0])?;
    let place = begins.waits_for().into_iter().find(|(name, _)| *name == next).map_or(begins.key, |(_, place)| place);
    Some(circle_finding(&names, place))
}

fn circle_finding(names: &[&str], place: Span) -> Finding {
    let message = if names.len() == 1 {
        format!("`{}` waits for itself", names[0])
    } else {
        let mut shown: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
        if names.len() > MOST_NAMED {
            shown.push("...".to_string());
        }
        format!("`{}` waits for itself: {} -> `{}`", names[0], shown.join(" -> "), names[0])
    };
    Finding::new(place, message).fix(Fix::words("remove one dependency of the circle"))
}

/// The services on the shortest way from `start` to itself, by their index.
fn way_back(compose: &Project, order: &HashMap<&str, usize>, start: usize) -> Option<Vec<usize>> {
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    let mut steps = 0;
    while let Some(at) = queue.pop_front() {
        for (name, _) in compose.services[at].waits_for() {
            steps += 1;
            if steps > MOST_STEPS {
                return None;
            }
            let Some(&next) = order.get(name) else { continue };
            if next == start {
                let mut path = vec![at];
                while let Some(&before) =
                    path.last().filter(|last| **last != start).and_then(|last| came_from.get(last))
                {
                    path.push(before);
                }
                path.reverse();
                return Some(path);
            }
            if let std::collections::hash_map::Entry::Vacant(free) = came_from.entry(next) {
                free.insert(at);
                queue.push_back(next);
            }
        }
    }
    None
}
