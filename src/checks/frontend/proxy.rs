//! Proxying: the API of the project is reached through the frontend's own origin.

use super::{edits, site};
use crate::container::Container;
use crate::container::traced::Known;
use crate::container::{Role, runtime};
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::{Neighbourhood, NoParameters};
use crate::source::Span;
use crate::subject::nginx::model::handler::PASSES;
use crate::subject::nginx::{Configuration, LevelId};

/// `nginx-proxy-missing`
pub fn nginx_proxy_missing(container: &Container, project: &Neighbourhood, _: &NoParameters) -> Judgement {
    let nginx = match &container.nginx {
        None => return Judgement::not_applicable("it does not run nginx"),
        Some(Known::Unknown(why)) => return Judgement::inconclusive(why.clone(), Some(container.key)),
        Some(Known::Value(nginx)) => nginx,
    };
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    if let Some(place) = first_pass(nginx) {
        return Judgement::met(site::place(container, nginx, place), "nginx passes requests on");
    }
    let (sites, unknown) = site::of_files(nginx);
    let Some((server, _)) = sites.first() else {
        return Judgement::all(unknown, "no server of nginx serves files");
    };
    let apis: Vec<&Container> = project.containers.iter().filter(|other| is_api(container, other)).collect();
    if apis.is_empty() {
        return Judgement::not_applicable("the project has no other service that it builds and that takes requests");
    }
    match gateway(container, project) {
        Some(Ok(name)) => return Judgement::not_applicable(format!("`{name}` passes the requests of the project on")),
        Some(Err(why)) => return Judgement::inconclusive(why, Some(container.key)),
        None => {}
    }
    match nginx.unknowns().next() {
        Some(open) => Judgement::inconclusive(open.why.clone(), Some(open.place)),
        None => Judgement::violated(finding(container, nginx, *server, &apis)),
    }
}

/// The first directive that passes requests on.
fn first_pass(nginx: &Configuration) -> Option<Span> {
    let directives = nginx.levels().flat_map(|(_, level)| &level.directives);
    let mut passes = directives.filter(|directive| PASSES.contains(&directive.name.text.as_str()));
    passes.next().map(|directive| directive.head())
}

/// Whether a container is a service of the project's own that takes requests.
fn is_api(nginx: &Container, other: &Container) -> bool {
    let takes_requests = || {
        let service = other.service.as_ref();
        !other.ports.is_empty() || service.is_some_and(|s| !s.ports.is_empty() || !s.expose.is_empty())
    };
    other.name != nginx.name
        && other.active
        && other.role == Role::Application
        && other.completes.is_none()
        && other.nginx.is_none()
        && !is_front_door(other)
        && takes_requests()
}

/// A service that stands before the others and passes requests on: its name, or why that is not known.
fn gateway(nginx: &Container, project: &Neighbourhood) -> Option<Result<String, String>> {
    let others = project.containers.iter().filter(|other| other.active && other.name != nginx.name);
    others
        .filter_map(|other| {
            let name = other.short_name().to_string();
            match &other.nginx {
                _ if is_front_door(other) => Some(Ok(name)),
                Some(Known::Value(configuration)) => first_pass(configuration).map(|_| Ok(name)),
                Some(Known::Unknown(why)) => Some(Err(format!("what `{name}` passes on is not known: {why}"))),
                None => None,
            }
        })
        .min_by_key(Result::is_err)
}

/// Servers whose whole work is to pass requests on.
fn is_front_door(container: &Container) -> bool {
    let doors = ["traefik", "caddy", "haproxy", "envoy", "kong", "nginx-proxy", "nginx-proxy-manager", "swag"];
    let by_program = match container.runtime.get().map(|runtime| &runtime.kind) {
        Some(runtime::Kind::Other(name)) => doors.contains(&name.as_str()),
        _ => false,
    };
    let repository = container.image.base.reference.as_ref().map(|reference| reference.path.as_str());
    by_program || repository.is_some_and(|path| path.rsplit('/').next().is_some_and(|name| doors.contains(&name)))
}

fn finding(container: &Container, nginx: &Configuration, server: LevelId, apis: &[&Container]) -> Finding {
    let names: Vec<String> = apis.iter().map(|api| format!("`{}`", api.short_name())).collect();
    let place = site::place(container, nginx, nginx.level(server).keyword);
    let message = format!("nginx passes no request on, and the project has {} to answer them", names.join(" and "));
    let finding = Finding::new(place, message).note_at(apis[0].key, "this is a service that takes requests");
    let (name, port) = (apis[0].short_name(), port_of(apis[0]));
    let pass = format!("proxy_pass http://{name}:{};", port.map_or("PORT".to_string(), |port| port.to_string()));
    let title = format!("add `location /api/ {{ {pass} }}` to the server, for the paths that `{name}` answers");
    let lines =
        ["location /api/ {", &format!("    {pass}"), "    proxy_set_header Host $host;", "}"].map(str::to_string);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let edit = edits::block_in_server(nginx, server, &lines).filter(|_| apis.len() == 1 && port.is_some());
    finding.fix(match edit {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    })
}

/// The one port that a service says it has.
fn port_of(container: &Container) -> Option<u16> {
    let [port] = container.ports.as_slice() else {
        return None;
    };
    port.value.split('/').next()?.parse().ok()
}
