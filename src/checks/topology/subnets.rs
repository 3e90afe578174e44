//! Subnets: which addresses the networks of a project hand out.

use std::net::IpAddr;

use serde::Deserialize;

use super::cidr::Cidr;
use super::default_network::network_mode;
use crate::container::Container;
use crate::finding::{Edit, Finding, Fix, Judgement};
use crate::rule::{Neighbourhood, NoParameters};
use crate::subject::compose::{Attachment, Given, Network, Project, Service, Setting};

const NO_SERVICE: &str = "only a service is on networks";
/// Networks of a project that are compared; an engine makes about thirty.
const MOST_NETWORKS: usize = 256;
const TOO_MANY: &str = "the project has more networks than are compared";
const NO_NETWORK: &str = "it is on no network that the project defines";

/// The subnet that was decided.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decided {
    subnet: Cidr,
}

/// The networks that a service is on and that the project says something about.
fn networks<'p>(service: &'p Service, compose: &'p Project) -> Vec<(&'p Network, Option<&'p Attachment>)> {
    if network_mode(service).is_some() {
        return Vec::new();
    }
    let named = |name: &str| compose.networks.iter().find(|network| network.name == name);
    if service.networks.is_empty() {
        return named("default").map(|network| (network, None)).into_iter().collect();
    }
    let attachments = service.networks.iter();
    attachments.filter_map(|attachment| Some((named(&attachment.name)?, Some(attachment)))).collect()
}

pub(super) fn network_subnet_missing(container: &Container, project: &Neighbourhood, decided: &Decided) -> Judgement {
    let Some(service) = container.service.as_deref() else { return Judgement::not_applicable(NO_SERVICE) };
    if project.compose.networks.len() > MOST_NETWORKS {
        return Judgement::inconclusive(TOO_MANY, Some(container.key));
    }
    let networks = networks(service, project.compose);
    let held: Vec<Held> = networks.iter().map(|(network, _)| held(network, decided.subnet)).collect();
    // Who is on the network that was decided may be on others besides.
    let on_it = held.iter().any(|held| matches!(held, Held::Decided(_)));
    let parts = networks.iter().zip(held).map(|((network, _), held)| match held {
        Held::Decided(given) => {
            Judgement::met(given.span, format!("the network `{}` has the subnet `{}`", network.name, decided.subnet))
        }
        Held::Other(given) if on_it => {
            Judgement::met(given.span, format!("the network `{}` has a subnet of its own", network.name))
        }
        Held::Other(given) => Judgement::violated(other_subnet(network, given, decided, project.compose)),
        Held::Nothing => Judgement::violated(no_subnet(network, decided, project.compose)),
        Held::Unknown(judgement) => judgement,
    });
    let undefined = project.compose.incomplete.as_ref().and_then(|why| {
        let known: Vec<&str> = networks.iter().map(|(network, _)| network.name.as_str()).collect();
        let missing = service.networks.iter().find(|attachment| !known.contains(&attachment.name.as_str()))?;
        Some(Judgement::inconclusive(why.clone(), Some(missing.key)))
    });
    Judgement::all(parts.chain(undefined).collect::<Vec<_>>(), NO_NETWORK)
}

/// What a network says about its subnet.
enum Held<'n> {
    Decided(&'n Given<String>),
    Other(&'n Given<String>),
    Nothing,
    Unknown(Judgement),
}

fn held(network: &Network, decided: Cidr) -> Held<'_> {
    if let Some(judgement) = foreign(network) {
        return Held::Unknown(judgement);
    }
    let read = |given: &&Given<String>| given.value().and_then(|text| Cidr::parse(text)).map(Cidr::network);
    if let Some(given) = network.subnets().find(|given| read(given) == Some(decided)) {
        return Held::Decided(given);
    }
    if let Some((why, place)) = network.subnets().find_map(|given| Some((given.unknown()?, given.span))) {
        return Held::Unknown(Judgement::inconclusive(why, Some(place)));
    }
    // Of two families the decided one is what counts.
    let same_family = |given: &&Given<String>| read(given).is_none_or(|cidr| cidr.is_ipv4() == decided.is_ipv4());
    network.subnets().find(same_family).map_or(Held::Nothing, Held::Other)
}

/// Why a network is not to be held to a subnet.
fn foreign(network: &Network) -> Option<Judgement> {
    let name = &network.name;
    if let Some(external) = &network.external {
        match &external.setting {
            Setting::Value(false) => {}
            Setting::Value(true) => {
                let why = format!("the subnet of the external network `{name}` is not in these files");
                return Some(Judgement::inconclusive(why, Some(network.key)));
            }
            Setting::Unknown(unknown) => {
                return Some(Judgement::inconclusive(unknown.why.clone(), Some(external.span)));
            }
        }
    }
    let driver = network.driver.as_ref()?;
    match &driver.setting {
        Setting::Value(driver) if driver == "bridge" || driver.is_empty() => None,
        Setting::Value(driver) => {
            Some(Judgement::not_applicable(format!("the network `{name}` is no bridge but `{driver}`")))
        }
        Setting::Unknown(unknown) => Some(Judgement::inconclusive(unknown.why.clone(), Some(driver.span))),
    }
}

fn no_subnet(network: &Network, decided: &Decided, compose: &Project) -> Finding {
    let (name, subnet) = (&network.name, decided.subnet);
    let title = format!("give `{name}` the subnet `{subnet}`: `ipam: {{config: [{{subnet: {subnet}}}]}}`");
    let taken = shared(decided, network, compose);
    let fix = match network.indent.filter(|_| !network.has_ipam && taken.is_none()) {
        Some(indent) => {
            let blanks = " ".repeat(indent);
            let lines = format!("ipam:\n{blanks}  config:\n{blanks}    - subnet: {subnet}\n{blanks}");
            Fix::risky(title, vec![Edit::insert_before(network.span, lines)])
        }
        None => Fix::words(taken.map_or(title, |taken| format!("{taken}; give the other one another subnet"))),
    };
    Finding::new(network.key, format!("the network `{name}` has no subnet")).fix(fix)
}

fn other_subnet(network: &Network, given: &Given<String>, decided: &Decided, compose: &Project) -> Finding {
    let (name, subnet) = (&network.name, decided.subnet);
    let text = given.value().map_or("", String::as_str);
    let part = Cidr::parse(text).is_some_and(|cidr| subnet.covers(cidr));
    let how = if part { "only a part of" } else { "not" };
    let message = format!("the network `{name}` has the subnet `{text}`, {how} `{subnet}`");
    let title = format!("change the subnet of `{name}` to `{subnet}`");
    let single = matches!(network.pools.as_slice(), [pool] if pool.gateway.is_none() && pool.ip_range.is_none());
    let fixed_addresses = compose.services.iter().flat_map(|service| &service.networks).any(|attachment| {
        attachment.name == *name && (attachment.ipv4_address.is_some() || attachment.ipv6_address.is_some())
    });
    let taken = shared(decided, network, compose);
    let fix = if single && !fixed_addresses && taken.is_none() {
        Fix::risky(title, vec![Edit::replace(given.span, subnet.to_string())])
    } else {
        Fix::words(taken.unwrap_or(title))
    };
    Finding::new(given.span, message).fix(fix)
}

/// The way out where another network of the project is in the way: two cannot have the same addresses.
fn shared(decided: &Decided, network: &Network, compose: &Project) -> Option<String> {
    let (name, subnet) = (&network.name, decided.subnet);
    let read = |given: &Given<String>| given.value().and_then(|text| Cidr::parse(text));
    let others = || compose.networks.iter().filter(|other| other.name != network.name);
    let only = format!("only one network can have `{subnet}`");
    if let Some(other) = others().find(|other| other.subnets().filter_map(read).any(|cidr| cidr.network() == subnet)) {
        return Some(format!("{only}, and `{}` has it: put the services of `{name}` on it, too", other.name));
    }
    // One without a subnet is to be given it as well.
    let wants = |other: &&Network| other.subnets().next().is_none() && foreign(other).is_none();
    let overlaps = |other: &&Network| other.subnets().filter_map(read).any(|cidr| cidr.overlaps(subnet));
    let other = others().find(overlaps).or_else(|| others().find(wants))?;
    Some(format!("{only}: give it to `{name}` or `{}`, and put the services of both on that one", other.name))
}

pub(super) fn network_subnet_overlap(container: &Container, project: &Neighbourhood, _: &NoParameters) -> Judgement {
    let Some(service) = container.service.as_deref() else { return Judgement::not_applicable(NO_SERVICE) };
    if project.compose.networks.len() > MOST_NETWORKS {
        return Judgement::inconclusive(TOO_MANY, Some(container.key));
    }
    let mut parts = Vec::new();
    for (network, attachment) in networks(service, project.compose) {
        if is_external(network) {
            continue;
        }
        parts.extend(network.subnets().map(|given| subnet_judged(network, given, project.compose)));
        parts.extend(network.pools.iter().flat_map(|pool| {
            let subnet = pool.subnet.as_ref().and_then(Given::value).and_then(|text| Cidr::parse(text));
            let (gateway, range) = (pool.gateway.as_ref(), pool.ip_range.as_ref());
            let gateway = gateway.and_then(|given| outside("gateway", given, &[subnet?]));
            let range = range.and_then(|given| range_outside(given, subnet?));
            gateway.into_iter().chain(range)
        }));
        parts.extend(attachment.into_iter().flat_map(|attachment| addresses(attachment, network)));
    }
    Judgement::all(parts, "none of its networks has a subnet")
}

/// One subnet: whether it is one, private, and nobody else's.
fn subnet_judged(network: &Network, given: &Given<String>, compose: &Project) -> Judgement {
    let text = match &given.setting {
        Setting::Value(text) => text,
        Setting::Unknown(unknown) => return Judgement::inconclusive(unknown.why.clone(), Some(given.span)),
    };
    let name = &network.name;
    let Some(cidr) = Cidr::parse(text) else {
        let message = format!("the network `{name}` has `{text}` for a subnet, which is none");
        let fix = Fix::words("write an address and a prefix, such as `172.20.0.0/16`");
        return Judgement::violated(Finding::new(given.span, message).fix(fix));
    };
    if cidr.network() != cidr {
        let right = cidr.network();
        let message = format!("the subnet `{text}` of `{name}` has bits set behind its prefix");
        let fix = Fix::safe(format!("write `{right}`"), vec![Edit::replace(given.span, right.to_string())]);
        return Judgement::violated(Finding::new(given.span, message).fix(fix));
    }
    if !cidr.is_private() {
        let message = format!("the subnet `{text}` of `{name}` is not private: it hides addresses of the internet");
        let fix = Fix::words("take one of `10.0.0.0/8`, `172.16.0.0/12` and `192.168.0.0/16`, or `fd00::/8`");
        return Judgement::violated(Finding::new(given.span, message).fix(fix));
    }
    match clash(network, given, cidr, compose) {
        Some(finding) => Judgement::violated(finding),
        None => Judgement::met(given.span, format!("the subnet `{text}` is private, and no other network has it")),
    }
}

/// Another network in use with some of the same addresses; of the two the later one is at fault.
fn clash(network: &Network, given: &Given<String>, cidr: Cidr, compose: &Project) -> Option<Finding> {
    let all = compose.networks.iter().filter(|other| other.name == network.name || other.used && !is_external(other));
    let all = all.flat_map(|other| other.subnets().map(move |subnet| (other, subnet)));
    let (other, theirs) = all.into_iter().find(|(_, theirs)| {
        let read = theirs.value().and_then(|text| Cidr::parse(text));
        theirs.span != given.span && read.is_some_and(|theirs| theirs.overlaps(cidr))
    })?;
    let mut both = [(network, given), (other, theirs)];
    both.sort_by_key(|(_, subnet)| (subnet.span.source, subnet.span.start));
    let [(first, earlier), (second, later)] = both;
    let (text, before) = (later.value()?, earlier.value()?);
    let message = match first.name == second.name {
        true => format!("the subnets `{before}` and `{text}` of `{}` overlap", second.name),
        false => format!("the subnet `{text}` of `{}` overlaps `{before}` of `{}`", second.name, first.name),
    };
    let title = format!("give `{}` a subnet that `{before}` has no part in", second.name);
    Some(Finding::new(later.span, message).note_at(earlier.span, "the other subnet").fix(Fix::words(title)))
}

fn is_external(network: &Network) -> bool {
    network.external.as_ref().is_some_and(|external| external.value() != Some(&false))
}

/// The fixed addresses of a service on a network.
fn addresses(attachment: &Attachment, network: &Network) -> Vec<Judgement> {
    // One subnet that cannot be read may hold any address.
    let subnets: Option<Vec<Cidr>> =
        network.subnets().map(|given| given.value().and_then(|text| Cidr::parse(text))).collect();
    let Some(subnets) = subnets else { return Vec::new() };
    let given = [("address", &attachment.ipv4_address), ("IPv6 address", &attachment.ipv6_address)];
    given.into_iter().filter_map(|(what, given)| outside(what, given.as_ref()?, &subnets)).collect()
}

/// An address that lies in none of the subnets.
fn outside(what: &str, given: &Given<String>, subnets: &[Cidr]) -> Option<Judgement> {
    let text = match &given.setting {
        Setting::Value(text) => text,
        Setting::Unknown(unknown) => return Some(Judgement::inconclusive(unknown.why.clone(), Some(given.span))),
    };
    let address = text.parse::<IpAddr>().ok();
    if address.is_some_and(|address| subnets.iter().any(|subnet| subnet.has(address))) {
        return None;
    }
    let shown = subnets.iter().map(|subnet| format!("`{subnet}`")).collect::<Vec<_>>().join(" and ");
    let message = match (address, shown.as_str()) {
        (None, _) => format!("the {what} `{text}` is no IP address"),
        (_, "") => format!("the {what} `{text}` is fixed on a network without a subnet"),
        (_, shown) => format!("the {what} `{text}` is not in the subnet {shown}"),
    };
    let title = match shown.as_str() {
        "" => "give the network a subnet, or remove the address".to_string(),
        shown => format!("take an address from {shown}, or remove it"),
    };
    Some(Judgement::violated(Finding::new(given.span, message).fix(Fix::words(title))))
}

/// A range to take addresses from that is not a part of the subnet.
fn range_outside(given: &Given<String>, subnet: Cidr) -> Option<Judgement> {
    let text = match &given.setting {
        Setting::Value(text) => text,
        Setting::Unknown(unknown) => return Some(Judgement::inconclusive(unknown.why.clone(), Some(given.span))),
    };
    if Cidr::parse(text).is_some_and(|range| subnet.covers(range)) {
        return None;
    }
    let message = format!("the range `{text}` is no part of the subnet `{subnet}`");
    let fix = Fix::words(format!("take a part of `{subnet}`, or remove `ip_range`"));
    Some(Judgement::violated(Finding::new(given.span, message).fix(fix)))
}
