//! Default network: whether a service meets the others on a network that somebody decided on.

use crate::container::Container;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::{Neighbourhood, NoParameters};
use crate::source::Span;
use crate::subject::compose::{Given, Network, Project, Service, Setting};

pub(super) fn network_default(container: &Container, project: &Neighbourhood, _: &NoParameters) -> Judgement {
    let Some(service) = container.service.as_deref() else {
        return Judgement::not_applicable("only a service is on networks");
    };
    if let Some(mode) = network_mode(service) {
        return by_mode(service, mode);
    }
    let compose = project.compose;
    if service.networks.is_empty() {
        return on_default(service, compose, container.key, true);
    }
    let attached = service.networks.iter().map(|attachment| {
        let network = compose.networks.iter().find(|network| network.name == attachment.name);
        if attachment.name == "default" {
            return on_default(service, compose, attachment.key, false);
        }
        match network {
            Some(network) if is_engine_bridge(network) => {
                let message = format!("`{}` is the default bridge of the engine", attachment.name);
                Judgement::violated(Finding::new(attachment.key, message).fix(own_network(service, compose, false)))
            }
            _ => Judgement::met(attachment.key, format!("it is on the network `{}`", attachment.name)),
        }
    });
    Judgement::all(attached.collect::<Vec<_>>(), "it is on no network")
}

/// `network_mode`, if it says anything.
pub(super) fn network_mode(service: &Service) -> Option<&Given<String>> {
    service.network_mode.as_ref().filter(|mode| mode.value().is_none_or(|mode| !mode.is_empty()))
}

fn by_mode(service: &Service, mode: &Given<String>) -> Judgement {
    let text = match &mode.setting {
        Setting::Value(text) => text.as_str(),
        Setting::Unknown(unknown) => return Judgement::inconclusive(unknown.why.clone(), Some(mode.span)),
    };
    match text {
        "host" => Judgement::not_applicable("it has the network of the host"),
        "none" => Judgement::not_applicable("it has no network"),
        "bridge" | "default" => {
            let name = &service.name;
            let message = format!("`network_mode: {text}` puts `{name}` on the default bridge of the engine");
            let title = format!("replace `network_mode` of `{name}` by `networks` with a network of the project");
            Judgement::violated(Finding::new(mode.span, message).fix(Fix::words(title)))
        }
        _ if text.starts_with("service:") || text.starts_with("container:") => {
            Judgement::not_applicable("it has the network of another container")
        }
        _ => Judgement::met(mode.span, format!("it is on the network `{text}`")),
    }
}

/// A service on the network that Compose makes for every project.
fn on_default(service: &Service, compose: &Project, place: Span, implicit: bool) -> Judgement {
    if let Some(network) = compose.networks.iter().find(|network| network.name == "default" && is_configured(network)) {
        return Judgement::met(network.key, "the default network is one that the project defines");
    }
    if let Some(why) = &compose.incomplete {
        return Judgement::inconclusive(why.clone(), Some(place));
    }
    let message = match implicit {
        true => format!("`{}` names no network, so it is on the default one", service.name),
        false => format!("`{}` is on the default network of the project", service.name),
    };
    Judgement::violated(Finding::new(place, message).fix(own_network(service, compose, implicit)))
}

/// Whether a top-level `default` says more than its name.
fn is_configured(network: &Network) -> bool {
    let set = [network.given_name.is_some(), network.driver.is_some(), network.external.is_some(), network.has_ipam];
    set.contains(&true) || network.internal.is_some() || !network.driver_opts.is_empty()
}

/// An external network that stands for the bridge that every engine has.
fn is_engine_bridge(network: &Network) -> bool {
    let external = network.external.as_ref().is_some_and(|external| external.value() == Some(&true));
    let name = network.given_name.as_ref().map_or(Some(&network.name), |name| name.value());
    external && name.is_some_and(|name| name == "bridge")
}

/// The network of the project to be on, if it has one.
fn own_network(service: &Service, compose: &Project, implicit: bool) -> Fix {
    let usable = |network: &&Network| {
        network.name != "default" && network.external.is_none() && network.subnets().next().is_some()
    };
    let Some(network) = compose.networks.iter().find(usable) else {
        let title = "define a network with a subnet under the top-level `networks`, and name it in `networks` of";
        return Fix::words(format!("{title} `{}`", service.name));
    };
    let title = format!("write `networks: [{}]` in `{}`", network.name, service.name);
    match service.indent {
        Some(indent) if implicit => {
            let line = format!("networks: [{}]\n{}", network.name, " ".repeat(indent));
            Fix::risky(title, vec![Edit::insert_before(service.span, line)])
        }
        _ => Fix::words(title),
    }
}
