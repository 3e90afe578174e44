//! Targets: what nginx passes requests to is a service that it can reach.

use std::net::IpAddr;

use super::site;
use crate::container::Container;
use crate::container::listen::{self, Evidence, Listened};
use crate::container::traced::Known;
use crate::finding::{Finding, Fix, Judgement};
use crate::rule::{Neighbourhood, NoParameters};
use crate::subject::compose::{Attachment, Service};
use crate::subject::nginx::model::upstream::Target;
use crate::suggest;

/// `nginx-proxy-dangling`
pub fn nginx_proxy_dangling(container: &Container, project: &Neighbourhood, _: &NoParameters) -> Judgement {
    let nginx = match &container.nginx {
        None => return Judgement::not_applicable("it does not run nginx"),
        Some(Known::Unknown(why)) => return Judgement::inconclusive(why.clone(), Some(container.key)),
        Some(Known::Value(nginx)) => nginx,
    };
    let Some(service) = container.service.as_deref() else {
        return Judgement::not_applicable("it is no service of a Compose project");
    };
    if let Some(broken) = site::broken(nginx) {
        return broken;
    }
    let mut judged: Vec<Judgement> = Vec::new();
    for target in nginx.targets() {
        judged.push(match target {
            Ok(target) => target_judged(container, service, project, &target),
            Err((why, place)) => Judgement::inconclusive(why, Some(place)),
        });
    }
    judged.extend(nginx.unknowns().map(|open| Judgement::inconclusive(open.why.clone(), Some(open.place))));
    Judgement::all(judged, "nginx passes no requests to services of the project")
}

/// What a name means for a service.
enum Means<'a> {
    /// A service, which the name reaches.
    Service(&'a Service),
    /// A service, which is on other networks.
    Apart(&'a Service),
    /// An address that the service itself is given for it.
    Host,
    /// Nothing.
    Nothing,
    /// That is not known, and why.
    Unknown(String),
}

fn target_judged(container: &Container, service: &Service, project: &Neighbourhood, target: &Target) -> Judgement {
    let host = target.host.to_ascii_lowercase();
    if host.parse::<IpAddr>().is_ok() || host == "localhost" {
        return Judgement::not_applicable("");
    }
    match meaning(&host, service, project) {
        // A name with a dot is one of the world outside, unless the project has it.
        Means::Nothing if host.contains('.') => Judgement::not_applicable(""),
        Means::Unknown(_) if host.contains('.') => Judgement::not_applicable(""),
        Means::Host => Judgement::met(target.place, format!("`{host}` has an address in `extra_hosts`")),
        Means::Unknown(why) => Judgement::inconclusive(why, Some(target.place)),
        Means::Nothing => Judgement::violated(unnamed(service, project, target, &host)),
        Means::Apart(other) => {
            let message =
                format!("`{}` and `{}` share no network, so nginx does not find it", service.name, other.name);
            let title = format!("give `{}` and `{}` a network in common", service.name, other.name);
            Judgement::violated(
                Finding::new(target.place, message)
                    .note_at(other.key, "this is the service that is meant")
                    .fix(Fix::words(title)),
            )
        }
        Means::Service(other) => reached(container, project, target, other),
    }
}

fn reached(container: &Container, project: &Neighbourhood, target: &Target, other: &Service) -> Judgement {
    let peer = project.container(&other.name);
    if peer.is_some_and(|peer| container.active && !peer.active) {
        let message = format!("`{}` is not started: none of its profiles is active", other.name);
        let title = format!("start `{}` with the same profiles as the service of nginx", other.name);
        let finding = Finding::new(target.place, message).note_at(other.key, "this is the service that is meant");
        return Judgement::violated(finding.fix(Fix::words(title)));
    }
    match peer.and_then(|peer| other_port(peer, target)) {
        Some(finding) => Judgement::violated(finding),
        None => Judgement::met(target.place, format!("`{}` is a service that nginx reaches", target.host)),
    }
}

/// That what runs in the service listens on other ports, if it decides that for sure.
fn other_port(peer: &Container, target: &Target) -> Option<Finding> {
    let wanted = target.port?;
    let listening = listen::ports(peer);
    let decided: Vec<&Listened> = listening.decided().collect();
    let sure = listening.open.is_none() && decided.iter().all(|listened| listened.evidence == Evidence::Process);
    let first = decided.first().filter(|_| sure)?;
    if decided.iter().any(|listened| listened.port == wanted) {
        return None;
    }
    let name = peer.short_name();
    let message = format!("nginx asks `{name}` on port {wanted}, but it listens on {}", first.port);
    let finding = Finding::new(target.place, message).note_at(first.place, format!("{} says so", first.by));
    Some(finding.fix(Fix::words(format!("write `{}:{}`", target.host, first.port))))
}

fn unnamed(service: &Service, project: &Neighbourhood, target: &Target, host: &str) -> Finding {
    let others = || project.compose.services.iter().filter(|other| other.name != service.name);
    let names: Vec<&str> = others().map(|other| other.name.as_str()).collect();
    let finding = Finding::new(target.place, format!("the project has no service `{host}` to pass requests to"));
    match suggest::nearest(host, names.iter().copied()) {
        Some(name) => finding.fix(Fix::words(format!("write `{name}`"))),
        None => {
            let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
            let title = match shown.is_empty() {
                true => format!("add a service `{host}`"),
                false => format!("write one of {}, or add a service `{host}`", shown.join(", ")),
            };
            finding.fix(Fix::words(title))
        }
    }
}

/// What Docker's name server answers the service.
fn meaning<'a>(host: &str, service: &Service, project: &Neighbourhood<'a>) -> Means<'a> {
    let same = |name: &str| name.eq_ignore_ascii_case(host);
    let extra = service.extra_hosts.iter().filter_map(|given| given.value());
    if extra.filter_map(|entry| entry.split_once(['=', ':'])).any(|(name, _)| same(name.trim())) {
        return Means::Host;
    }
    let compose = project.compose;
    let links = service.links.iter().filter_map(|given| given.value());
    for link in links {
        let (name, alias) = link.split_once(':').unwrap_or((link, link));
        if let Some(other) = compose.service(name).filter(|_| same(alias)) {
            return Means::Service(other);
        }
    }
    if let Some(mode) = &service.network_mode {
        let mode = mode.value().map_or("", String::as_str);
        return Means::Unknown(format!(
            "`{}` has `network_mode: {mode}`, so who answers `{host}` is not known",
            service.name
        ));
    }
    let mut apart = None;
    for other in &compose.services {
        match named(other, host, service) {
            Some(true) => return Means::Service(other),
            Some(false) if other.network_mode.is_some() => {
                return Means::Unknown(format!("`{}` has a `network_mode`, so its name may lead nowhere", other.name));
            }
            Some(false) => apart = apart.or(Some(other)),
            None => {}
        }
    }
    if let Some(other) = apart {
        return Means::Apart(other);
    }
    let external = service.networks.iter().find(|attachment| {
        let network = compose.networks.iter().find(|network| network.name == attachment.name);
        network.and_then(|network| network.external.as_ref()).is_some_and(|given| given.value() != Some(&false))
    });
    match (external, &compose.incomplete) {
        (Some(network), _) => {
            let name = &network.name;
            Means::Unknown(format!("`{host}` may be a container of another project on the external network `{name}`"))
        }
        (None, Some(why)) => Means::Unknown(why.clone()),
        (None, None) => Means::Nothing,
    }
}

/// Whether a service has a name, and whether that is one on a network that both are on.
fn named(other: &Service, host: &str, service: &Service) -> Option<bool> {
    let same = |name: &str| name.eq_ignore_ascii_case(host);
    let given = [&other.container_name, &other.hostname].into_iter().flatten();
    let by_name = same(&other.name) || given.filter_map(|given| given.value()).any(|name| same(name));
    let shared = |attachment: &&Attachment| networks(service).contains(&attachment.name.as_str());
    let has_alias =
        |attachment: &Attachment| attachment.aliases.iter().filter_map(|alias| alias.value()).any(|alias| same(alias));
    if other.networks.iter().filter(shared).any(has_alias) {
        return Some(true);
    }
    let on_one =
        other.network_mode.is_none() && networks(other).iter().any(|network| networks(service).contains(network));
    if by_name {
        return Some(on_one);
    }
    other.networks.iter().any(has_alias).then_some(false)
}

/// The networks that a service is on.
fn networks(service: &Service) -> Vec<&str> {
    match service.networks.as_slice() {
        [] => vec!["default"],
        attachments => attachments.iter().map(|attachment| attachment.name.as_str()).collect(),
    }
}
