//! Top-level networks, volumes, secrets and configs.

use super::{Given, Location, Variable};
use crate::source::Span;

/// A top-level network.
#[derive(Debug, Clone)]
pub struct Network {
    /// Its name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// The bytes of the definition.
    pub span: Span,
    /// Blanks before its first key, if the definition has lines of its own.
    pub indent: Option<usize>,
    /// `name`.
    pub given_name: Option<Given<String>>,
    /// `driver`.
    pub driver: Option<Given<String>>,
    /// `external`.
    pub external: Option<Given<bool>>,
    /// Whether some service is on it; Compose makes no other.
    pub used: bool,
    /// `ipam` is given, with pools or without.
    pub has_ipam: bool,
    /// `internal`.
    pub internal: Option<Given<bool>>,
    /// `attachable`.
    pub attachable: Option<Given<bool>>,
    /// `ipam.config`.
    pub pools: Vec<Pool>,
    /// `driver_opts`.
    pub driver_opts: Vec<Variable>,
}

/// One entry of `ipam.config`.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The whole entry.
    pub span: Span,
    /// `subnet`.
    pub subnet: Option<Given<String>>,
    /// `gateway`.
    pub gateway: Option<Given<String>>,
    /// `ip_range`: what addresses are taken from.
    pub ip_range: Option<Given<String>>,
}

impl Network {
    /// The subnets that are given.
    pub fn subnets(&self) -> impl Iterator<Item = &Given<String>> {
        self.pools.iter().filter_map(|pool| pool.subnet.as_ref())
    }
}

/// A top-level volume.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Its name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// `name`.
    pub given_name: Option<Given<String>>,
    /// `driver`.
    pub driver: Option<Given<String>>,
    /// `external`.
    pub external: Option<Given<bool>>,
    /// `driver_opts`.
    pub driver_opts: Vec<Variable>,
}

/// A top-level secret or config.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// `name`.
    pub given_name: Option<Given<String>>,
    /// `external`.
    pub external: Option<Given<bool>>,
    /// `file`.
    pub file: Option<Given<Location>>,
    /// `environment`: the variable that holds it.
    pub environment: Option<Given<String>>,
    /// `content`, for configs.
    pub content: Option<Given<String>>,
}
