//! What only shows across attributes and services: names that lead nowhere, circles, contradictions.

use std::collections::{HashMap, HashSet};

use super::model::{MountKind, Project, Service};
use super::siblings::Siblings;
use super::{path, schema};
use crate::problem::Problem;
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// Reports what Compose would refuse. Names are not looked up where part of the project could not be read. Says why the
/// project is only a part of one, if a file beside it has what is missing.
pub(super) fn project<'a>(
    project: &'a Project,
    root: &Node,
    models: &'a [Entry],
    siblings: Siblings,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let complete = project.incomplete.is_none();
    let (services, declared) = (HashMap::new(), HashSet::new());
    let mut check = Check { problems, services, declared, siblings, fragment: None };
    check.declared.insert(("network", "default"));
    check.declared.extend(project.networks.iter().map(|network| ("network", network.name.as_str())));
    check.declared.extend(project.volumes.iter().map(|volume| ("volume", volume.name.as_str())));
    check.declared.extend(project.secrets.iter().map(|secret| ("secret", secret.name.as_str())));
    check.declared.extend(project.configs.iter().map(|config| ("config", config.name.as_str())));
    check.declared.extend(models.iter().map(|model| ("model", &*model.key.value)));
    check.services.extend(project.services.iter().map(|service| (service.name.as_str(), service)));
    for service in &project.services {
        if check.problems.len() >= schema::MOST_PROBLEMS {
            return check.fragment;
        }
        if complete && service.image.is_none() && service.build.is_none() && service.provider.is_none() {
            check.no_image(service, root);
        }
        check.contradictions(service);
        check.mount_targets(service);
        if complete && service.active {
            check.resources(service);
            check.references(service);
        }
    }
    if complete {
        check.models(root);
    }
    check.reserved_devices(root);
    check.circles(project);
    check.fragment
}

struct Check<'a> {
    problems: &'a mut Vec<Problem>,
    services: HashMap<&'a str, &'a Service>,
    /// Kind and name of everything at the top level.
    declared: HashSet<(&'static str, &'a str)>,
    siblings: Siblings,
    /// Why this is a part of a project, if a file beside it has what is missing.
    fragment: Option<String>,
}

const REFUSED: &str = "Compose refuses the project";

impl Check<'_> {
    fn error(&mut self, place: Span, what: String, help: String) {
        self.problems.push(Problem::error(place, what, help));
    }

    /// Something that is missing: a mistake, unless a file beside this one has it.
    fn missing(&mut self, place: Span, section: &str, name: &str, what: String, help: String) {
        if let Some((file, together)) = self.siblings.defining(section, name) {
            let help = format!("`{file}` has it: scan them together, as `{together}`");
            self.fragment.get_or_insert_with(|| format!("`{file}` has a part of the project, and was not put to it"));
            return self.problems.push(Problem::warning(place, what, help));
        }
        let advice = self.siblings.advice();
        self.error(place, what, format!("{help}; {advice}"));
    }

    fn no_image(&mut self, service: &Service, root: &Node) {
        let node = root.get("services").and_then(|services| services.get(&service.name));
        // a wrong type was reported already
        if node.is_some_and(|node| node.get("image").is_some() || node.get("build").is_some()) {
            return;
        }
        let what = format!("the service `{}` has neither `image` nor `build`", service.name);
        self.missing(service.key, "services", &service.name, what, "add one".to_string());
    }

    fn contradictions(&mut self, service: &Service) {
        if let (Some(mode), Some(network)) = (&service.network_mode, service.networks.first()) {
            let what = format!("the service `{}` has both `network_mode` and `networks`", service.name);
            let place = if mode.span.source == network.key.source { mode.span } else { network.key };
            self.error(place, what, format!("remove one of them; {REFUSED}"));
        }
        let replicas = service.replicas.as_ref().and_then(|replicas| replicas.value());
        if let (Some(name), Some(2..)) = (&service.container_name, replicas) {
            let what = format!("the service `{}` has a `container_name` and more than one replica", service.name);
            self.error(name.span, what, format!("remove `container_name`; {REFUSED}"));
        }
        if let (Some(platform), Some(build)) = (&service.platform, &service.build)
            && let Some(wanted) = platform.value()
            && !build.platforms.is_empty()
            && build.platforms.iter().all(|built| built.value().is_some_and(|built| built != wanted))
        {
            let what = format!("`build.platforms` does not have the service's platform `{}`", schema::short(wanted));
            self.error(platform.span, what, format!("add it; {REFUSED}"));
        }
    }

    /// `count` and `device_ids` of one reservation contradict each other.
    fn reserved_devices(&mut self, root: &Node) {
        let devices = |service: &Entry| -> Option<std::sync::Arc<Node>> {
            let resources = service.value.get("deploy")?.get("resources")?;
            resources.get("reservations")?.get("devices").cloned()
        };
        let services = root.get("services").map_or(&[][..], |services| services.entries());
        for devices in services.iter().filter_map(devices) {
            for device in devices.items() {
                if let (Some(count), Some(_)) = (device.entry("count"), device.entry("device_ids")) {
                    let what = "`count` and `device_ids` are both given".to_string();
                    self.error(count.key.span, what, format!("remove one of them; {REFUSED}"));
                }
            }
        }
    }

    /// Targets that are equal only after cleaning; equal as written, the later replaced the earlier.
    fn mount_targets(&mut self, service: &Service) {
        let mut seen: HashSet<String> = HashSet::new();
        let targets = service.volumes.iter().filter_map(|mount| Some((mount.target.value()?.as_str(), mount.span)));
        let memory = service.tmpfs.iter().filter_map(|tmpfs| Some((tmpfs.value()?.split(':').next()?, tmpfs.span)));
        for (target, span) in targets.chain(memory).filter(|(target, _)| !target.is_empty()) {
            let target = path::clean(target);
            if seen.contains(&target) {
                let what = format!("something is mounted at `{}` already", schema::short(&target));
                self.error(span, what, format!("mount it elsewhere; {REFUSED}"));
            }
            seen.insert(target);
        }
    }

    fn resources(&mut self, service: &Service) {
        let networks = service.networks.iter().map(|network| ("network", network.name.as_str(), network.key));
        let volumes = service.volumes.iter().filter(|mount| mount.kind == MountKind::Volume);
        let volumes =
            volumes.filter_map(|mount| Some(("volume", mount.source.as_ref()?.value()?.written.as_str(), mount.span)));
        let secrets = service.secrets.iter().chain(service.build.iter().flat_map(|build| &build.secrets));
        let secrets = secrets.filter_map(|grant| Some(("secret", grant.source.value()?.as_str(), grant.span)));
        let configs =
            service.configs.iter().filter_map(|grant| Some(("config", grant.source.value()?.as_str(), grant.span)));
        let all: Vec<_> = networks.chain(volumes).chain(secrets).chain(configs).collect();
        for (kind, name, span) in all {
            if !name.is_empty() && !self.declared.contains(&(kind, name)) {
                let what = format!(
                    "the service `{}` uses the {kind} `{}`, which is not defined",
                    service.name,
                    schema::short(name)
                );
                let section = format!("{kind}s");
                self.missing(span, &section, name, what, format!("define it under the top-level `{section}`"));
            }
        }
    }

    fn references(&mut self, service: &Service) {
        for dependency in service.depends_on.iter().filter(|dependency| dependency.required) {
            self.reference(service, "depends on", &dependency.service, dependency.key);
        }
        for (verb, name, span) in service.shares_with() {
            self.reference(service, verb, name, span);
        }
        for context in service.build.iter().flat_map(|build| &build.additional_contexts) {
            let Some(name) = context.value.value().and_then(|value| value.strip_prefix("service:")) else { continue };
            if self.services.get(name).is_none_or(|other| other.build.is_none()) {
                let what = format!(
                    "the build context `{}` is the service `{}`, which is not built here",
                    context.name,
                    schema::short(name)
                );
                self.error(context.value.span, what, format!("name a service that has `build`; {REFUSED}"));
            }
        }
    }

    fn reference(&mut self, service: &Service, verb: &str, name: &str, span: Span) {
        let (what, help) = match self.services.get(name) {
            Some(other) if other.active => return,
            Some(other) => {
                let profiles: Vec<_> =
                    other.profiles.iter().filter_map(|profile| profile.value()).map(|p| format!("`{p}`")).collect();
                let what = format!(
                    "the service `{}` {verb} `{name}`, which only the profile {} starts",
                    service.name,
                    profiles.join(", ")
                );
                (what, "give both the same profiles, or set `required: false`".to_string())
            }
            None => {
                let what =
                    format!("the service `{}` {verb} `{}`, which is not defined", service.name, schema::short(name));
                let near = schema::nearest(name, self.services.keys().copied());
                return match near.filter(|_| self.siblings.defining("services", name).is_none()) {
                    Some(near) => self.error(span, what, format!("did you mean `{near}`?")),
                    None => self.missing(span, "services", name, what, "define it, or remove this".to_string()),
                };
            }
        };
        self.error(span, what, help);
    }

    fn models(&mut self, root: &Node) {
        for service in root.get("services").map_or(&[][..], |services| services.entries()) {
            let Some(used) = service.value.get("models") else { continue };
            let listed = used.items().iter().filter_map(|item| Some((item.scalar_text()?, item.span)));
            let named = used.entries().iter().map(|entry| (&*entry.key.value, entry.key.span));
            for (name, span) in listed.chain(named).filter(|(name, _)| !name.contains("${")) {
                if !self.declared.contains(&("model", name)) {
                    let what = format!("the model `{}` is not defined", schema::short(name));
                    self.error(span, what, format!("define it under the top-level `models`; {REFUSED}"));
                }
            }
        }
    }

    /// Services that wait for each other. Walks with a stack of its own; each service is entered once.
    fn circles(&mut self, project: &Project) {
        let mut state: HashMap<&str, bool> = HashMap::new();
        for start in &project.services {
            let mut walk: Vec<(&Service, Vec<(&str, Span)>)> = Vec::new();
            if state.insert(&start.name, false).is_none() {
                walk.push((start, start.waits_for()));
            } else {
                state.insert(&start.name, true);
            }
            while let Some((service, left)) = walk.last_mut() {
                let Some((next, span)) = left.pop() else {
                    state.insert(&service.name, true);
                    walk.pop();
                    continue;
                };
                match (self.services.get(next).copied(), state.get(next)) {
                    (Some(next), None) => {
                        state.insert(&next.name, false);
                        walk.push((next, next.waits_for()));
                    }
                    (Some(_), Some(false)) => {
                        let what = format!("the services `{}` and `{next}` wait for each other", service.name);
                        let what =
                            if service.name == next { format!("the service `{next}` waits for itself") } else { what };
                        self.problems.push(Problem::error(
                            span,
                            what,
                            format!("remove one dependency of the circle; {REFUSED}"),
                        ));
                    }
                    _ => {}
                }
            }
        }
    }
}
