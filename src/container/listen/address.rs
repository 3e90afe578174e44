//! Addresses that servers are told to listen on: `8000`, `:8000`, `0.0.0.0:8000`, `[::]:8000`, `unix:/run/app.sock`.

/// What the value of an option says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// A port.
    Port(u16),
    /// An address without a port: the server's default.
    Default,
    /// A socket file or a descriptor.
    Other,
    /// It cannot be told: a variable, or nothing that a server takes.
    Unknown,
}

/// Reads an address.
pub(super) fn bound(text: &str) -> Bound {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    if text.is_empty() || text.contains(['$', '`', ' ', ',']) {
        return Bound::Unknown;
    }
    if matches!(scheme, "unix" | "fd" | "pipe") || ["unix:", "fd:", "pipe:", "/"].iter().any(|s| rest.starts_with(s)) {
        return Bound::Other;
    }
    let rest = rest.split(['/', '?']).next().unwrap_or(rest);
    if rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return port(rest);
    }
    let behind = match rest.rfind(']') {
        Some(end) => rest[end + 1..].strip_prefix(':'),
        None => rest.rsplit_once(':').map(|(_, port)| port),
    };
    behind.map_or(Bound::Default, port)
}

/// Reads a number; 0 is any free port, or none.
pub(super) fn port(text: &str) -> Bound {
    match text.trim().parse() {
        Ok(0) | Err(_) => Bound::Unknown,
        Ok(port) => Bound::Port(port),
    }
}

/// `80` or `8000-8010`; nothing if it is neither.
pub(super) fn range(text: &str) -> impl Iterator<Item = u16> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) => Some(first..=last),
        _ => None,
    };
    range.into_iter().flatten().take(super::MOST_PORTS)
}
