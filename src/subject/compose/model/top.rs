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
    /// `name`.
    pub given_name: Option<Given<String>>,
    /// `driver`.
    pub driver: Option<Given<String>>,
    /// `external`.
    pub external: Option<Given<bool>>,
    /// `internal`.
    pub internal: Option<Given<bool>>,
    /// `attachable`.
    pub attachable: Option<Given<bool>>,
    /// `ipam.config[].subnet`.
    pub subnets: Vec<Given<String>>,
    /// `driver_opts`.
    pub driver_opts: Vec<Variable>,
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
