//! Published ports: where on this machine a port of a container can be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::Elsewhere;
use super::plan::NotAsked;
use crate::subject::compose::{Port, Service};

/// Where a port of a container is found from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The addresses to try, in order.
    pub addresses: Vec<SocketAddr>,
    /// As a person writes it: `127.0.0.1:3000`.
    pub shown: String,
}

/// Where `port` of the service's container is published.
///
/// # Errors
/// Why it cannot be asked.
pub fn place(service: &Service, port: u16, elsewhere: Option<&Elsewhere>) -> Result<Place, NotAsked> {
    own_network(service)?;
    let of_tcp = |entry: &&Port| entry.protocol == "tcp";
    let holds = |entry: &&Port| (entry.target.0..=entry.target.1).contains(&port);
    let mut refusal = None;
    for entry in service.ports.iter().filter(of_tcp).filter(|entry| entry.unknown.is_some() || holds(entry)) {
        match of_entry(entry, port, elsewhere) {
            Ok(place) => return Ok(place),
            Err(why) => drop(refusal.get_or_insert(why)),
        }
    }
    Err(refusal.unwrap_or_else(|| {
        let what = match service.ports.iter().find(of_tcp) {
            Some(_) => format!("publishes other ports, and not {port}, which is to be asked"),
            None => "publishes no port".to_string(),
        };
        let help = "to have it asked, publish it for this machine alone, perhaps in an override";
        NotAsked::new(what, format!("{help}: `\"127.0.0.1:{port}:{port}\"`"))
    }))
}

/// Ports are published by a container with a network of its own.
fn own_network(service: &Service) -> Result<(), NotAsked> {
    let help = "ask the service that publishes the port";
    if let Some(mode) = &service.network_mode {
        match mode.value().map(String::as_str) {
            None => {
                let why = mode.unknown().unwrap_or("it is not known");
                return Err(NotAsked::new(
                    format!("its `network_mode` is not known: {why}"),
                    "give the variable a value",
                ));
            }
            Some("host") => return Err(NotAsked::new("uses the network of the host, and publishes nothing", help)),
            Some("none") => return Err(NotAsked::new("has no network", help)),
            Some(shared) if shared.starts_with("service:") || shared.starts_with("container:") => {
                return Err(NotAsked::new(format!("shares the network of `{shared}`"), help));
            }
            Some(_) => {}
        }
    }
    match service.replicas.as_ref().and_then(|replicas| replicas.value()) {
        Some(0) => Err(NotAsked::new("runs no replica", "scale it up")),
        _ => Ok(()),
    }
}

fn of_entry(entry: &Port, port: u16, elsewhere: Option<&Elsewhere>) -> Result<Place, NotAsked> {
    if let Some(why) = &entry.unknown {
        let help = "give the variable a value: `--env NAME=VALUE`, `--env-file`, or `.env`";
        return Err(NotAsked::new(format!("one of its published ports is not known: {why}"), help));
    }
    let Some(published) = published(entry, port) else {
        let what = format!("port {port} is published on a port of the engine's choice");
        return Err(NotAsked::new(what, format!("say which: `\"{port}:{port}\"`")));
    };
    if let Some(elsewhere) = elsewhere {
        let name = if elsewhere.name.contains(':') { format!("[{}]", elsewhere.name) } else { elsewhere.name.clone() };
        let addresses = elsewhere.addresses.iter().map(|address| SocketAddr::new(*address, published)).collect();
        return Ok(Place { addresses, shown: format!("{name}:{published}") });
    }
    let address = SocketAddr::new(here(entry.host_ip.as_deref())?, published);
    Ok(Place { addresses: vec![address], shown: address.to_string() })
}

/// The port on the host, if the file says it: one alone, or that at the same place of a range as long as the container's.
fn published(entry: &Port, port: u16) -> Option<u16> {
    let text = entry.published.as_deref()?;
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let offset = port.checked_sub(entry.target.0)?;
    let as_long = last.checked_sub(first)? == entry.target.1.checked_sub(entry.target.0)?;
    if as_long && first > 0 { first.checked_add(offset) } else { None }
}

/// The address on this machine that an entry is published on.
fn here(host_ip: Option<&str>) -> Result<IpAddr, NotAsked> {
    let Some(text) = host_ip.map(|text| text.trim_matches(['[', ']'])) else {
        return Ok(Ipv4Addr::LOCALHOST.into());
    };
    let help = "name the host that is to be asked: `--address HOST`";
    let Ok(address) = text.parse::<IpAddr>() else {
        return Err(NotAsked::new(format!("is published on `{text}`, which is no address"), help));
    };
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ok(Ipv4Addr::LOCALHOST.into()),
        // The engine takes connections by IPv6 alone then.
        IpAddr::V6(address) if address.is_unspecified() => Ok(Ipv6Addr::LOCALHOST.into()),
        address if is_of_this_machine(address) => Ok(address),
        address => {
            Err(NotAsked::new(format!("is published on `{address}`, which is no address of this machine"), help))
        }
    }
}

/// Whether this machine has the address: only then can a socket be bound to it. A file is not to send us elsewhere.
fn is_of_this_machine(address: IpAddr) -> bool {
    let is_single = match address {
        IpAddr::V4(address) => !address.is_multicast() && !address.is_broadcast(),
        IpAddr::V6(address) => !address.is_multicast(),
    };
    address.is_loopback() || (is_single && UdpSocket::bind((address, 0)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};

    fn port(host_ip: Option<&str>, published: Option<&str>, target: (u16, u16)) -> Port {
        Port {
            span: Span::new(SourceId(0), 0..0),
            overrode: Vec::new(),
            host_ip: host_ip.map(str::to_string),
            published: published.map(str::to_string),
            target,
            protocol: "tcp".to_string(),
            unknown: None,
        }
    }

    #[test]
    fn the_published_port_is_known_or_it_is_not() {
        for (entry, asked, expected, why) in [
            (port(None, Some("8080"), (3000, 3000)), 3000, Some(8080), "one port"),
            (port(None, Some("8000-8002"), (3000, 3002)), 3001, Some(8001), "two ranges of the same length"),
            (port(None, Some("8000-8010"), (3000, 3000)), 3000, None, "the engine takes one of a range"),
            (port(None, None, (3000, 3000)), 3000, None, "the engine takes any"),
            (port(None, Some("0"), (3000, 3000)), 3000, None, "0 is any"),
            (port(None, Some("65535-65536"), (3000, 3001)), 3001, None, "no port"),
        ] {
            assert_eq!(published(&entry, asked), expected, "{why}");
        }
    }

    #[test]
    fn only_addresses_of_this_machine_are_asked() {
        let here = |text: Option<&str>| here(text).map(|address| address.to_string()).map_err(|why| why.reason);
        assert_eq!(here(None).as_deref(), Ok("127.0.0.1"));
        assert_eq!(here(Some("0.0.0.0")).as_deref(), Ok("127.0.0.1"));
        assert_eq!(here(Some("127.0.0.7")).as_deref(), Ok("127.0.0.7"));
        assert_eq!(here(Some("::")).as_deref(), Ok("::1"));
        assert_eq!(here(Some("[::1]")).as_deref(), Ok("::1"));
        for foreign in ["203.0.113.7", "224.0.0.1", "255.255.255.255", "2001:db8::1", "example.com"] {
            assert!(here(Some(foreign)).is_err(), "{foreign}");
        }
    }
}
