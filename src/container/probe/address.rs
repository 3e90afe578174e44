//! Addresses: where a check asks.

use super::Given;

/// A host and a port, or a socket file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or address in lower case, an IPv6 one without its brackets; `localhost` if none is written.
    pub host: Given<String>,
    /// The port; that of the protocol if none is written.
    pub port: Given<u16>,
    /// The socket file that is asked instead.
    pub socket: Option<String>,
}

impl Address {
    /// A port of the container itself.
    pub(super) fn local(port: u16) -> Address {
        Address { host: Given::Value("localhost".to_string()), port: Given::Value(port), socket: None }
    }

    /// Whether the host is the container itself: a loopback or wildcard address, `$HOSTNAME`, or `own_name`, which is
    /// the service's name. `None` if that is not known.
    pub fn is_own(&self, own_name: Option<&str>) -> Option<bool> {
        match &self.host {
            _ if self.socket.is_some() => Some(true),
            Given::Value(host) => Some(is_loopback(host) || own_name == Some(host)),
            Given::Variable { name, .. } if name == "HOSTNAME" => Some(true),
            Given::Variable { .. } | Given::Unknown => None,
        }
    }
}

fn is_loopback(host: &str) -> bool {
    match host.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => host == "localhost" || host.ends_with(".localhost") || host == "ip6-localhost",
    }
}

/// How HTTP is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `http`, port 80.
    Http,
    /// `https`, port 443.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// The port if none is written.
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// A resource that is asked for over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// The server.
    pub address: Address,
    /// The path from its `/` on, without query and fragment; `/` if none is written.
    pub path: Given<String>,
}
