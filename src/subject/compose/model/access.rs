//! What a service reaches and who reaches it.

use super::{Given, Location};
use crate::source::{Span, Spanned};

/// One published port or range.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// The whole entry.
    pub span: Span,
    /// Entries it replaced.
    pub overrode: Vec<Span>,
    /// The address on the host; all if `None`.
    pub host_ip: Option<String>,
    /// The port or range on the host; random if `None`.
    pub published: Option<String>,
    /// First and last port in the container.
    pub target: (u16, u16),
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// Why the entry is not known; the other fields then are what could be read (target 0 if nothing).
    pub unknown: Option<String>,
}

/// One entry of `volumes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// The whole entry.
    pub span: Span,
    /// Entries it replaced.
    pub overrode: Vec<Span>,
    /// What is mounted.
    pub kind: MountKind,
    /// The volume's name, or the path on the host; `None` for an anonymous volume or a `tmpfs`.
    pub source: Option<Given<Location>>,
    /// The path in the container.
    pub target: Given<String>,
    /// Whether it cannot be written to.
    pub read_only: bool,
    /// What else is said: `z`, `nocopy`, `rshared`, ...
    pub options: Vec<String>,
}

/// The kinds of mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A named or anonymous volume.
    Volume,
    /// Memory.
    Tmpfs,
    /// `image`, `npipe`, `cluster`.
    Other,
    /// The entry depends on a variable in a way that leaves this open.
    Unknown,
}

/// A network a service is attached to.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// The network's name in the project.
    pub name: String,
    /// The bytes of the name.
    pub key: Span,
    /// `ipv4_address`.
    pub ipv4_address: Option<Given<String>>,
    /// `ipv6_address`.
    pub ipv6_address: Option<Given<String>>,
    /// `aliases`.
    pub aliases: Vec<Given<String>>,
}

/// A service that another one waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    /// The service.
    pub service: String,
    /// The bytes of its name.
    pub key: Span,
    /// What it waits for.
    pub condition: Given<Condition>,
    /// Whether the project is refused without it.
    pub required: bool,
}

/// `depends_on` as a list of names, for who wants to write it otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameList {
    /// The whole list.
    pub span: Span,
    /// For a list with an item per line, each from its `-` to its end, with the blanks before it. Empty for `[a, b]`.
    pub items: Vec<Spanned<usize>>,
}

/// What a dependency waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// `service_started`
    Started,
    /// `service_healthy`
    Healthy,
    /// `service_completed_successfully`
    Completed,
}

/// A secret or config handed to a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The whole entry.
    pub span: Span,
    /// The resource's name.
    pub source: Given<String>,
    /// `target`.
    pub target: Option<Given<String>>,
    /// `mode` as written.
    pub mode: Option<Given<String>>,
    /// `uid` as written.
    pub uid: Option<Given<String>>,
}
