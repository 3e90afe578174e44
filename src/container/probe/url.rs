//! URLs: the parts of RFC 3986 that a check needs, for text as curl and wget take it.

use super::given::{Variables, is_mark};
use super::{Address, Given, Http, Scheme, Target};

/// A URL taken apart. Userinfo, query and fragment are left out.
pub(super) struct Url {
    /// In lower case; `None` if there is none.
    pub scheme: Option<String>,
    pub host: Given<String>,
    /// `None` if there is none.
    pub port: Option<Given<u16>>,
    pub path: Given<String>,
}

impl Url {
    /// Reads a text with marks.
    pub fn parse(text: &str, variables: &Variables) -> Url {
        let text = text.trim();
        if let Some(url) = of_variable(text, variables) {
            return url;
        }
        let (scheme, rest) = split_scheme(text);
        let scheme_known = scheme.is_none_or(|scheme| !scheme.contains(is_mark));
        let scheme = scheme.map(|scheme| match variables.only(scheme) {
            Some(variable) => variable.default.clone().unwrap_or_else(|| "http".to_string()),
            None => scheme.to_ascii_lowercase(),
        });
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        let (host, port) = split_authority(authority, variables);
        let port = if scheme_known { port } else { port.or(Some(Given::Unknown)) };
        Url { scheme, host, port, path: path(after, variables) }
    }

    /// The address, with the port of the protocol if none is written.
    pub fn address(&self, default_port: u16) -> Address {
        let port = self.port.clone().unwrap_or(Given::Value(default_port));
        Address { host: self.host.clone(), port, socket: None }
    }

    /// What an HTTP client asks for with this URL.
    pub fn target(self) -> Target {
        let scheme = match self.scheme.as_deref() {
            None | Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some(_) => {
                let port = self.port.clone().unwrap_or(Given::Unknown);
                return Target::Tcp(Address { host: self.host, port, socket: None });
            }
        };
        Target::Http(Http { scheme, address: self.address(scheme.default_port()), path: self.path })
    }
}

/// A URL that starts with a variable which may hold any part of it: `$URL`, `$BASE/health`.
fn of_variable(text: &str, variables: &Variables) -> Option<Url> {
    let mark = text.chars().next().filter(|&character| is_mark(character))?;
    let rest = &text[mark.len_utf8()..];
    let variable = variables.get(mark)?;
    if rest.starts_with(':') || variable.name.as_deref() == Some("HOSTNAME") {
        return None;
    }
    let scheme = variable.default.as_deref().and_then(|default| split_scheme(default).0).map(str::to_ascii_lowercase);
    Some(Url { scheme, host: Given::Unknown, port: Some(Given::Unknown), path: Given::Unknown })
}

/// RFC 3986 3.1: a letter, then letters, digits, `+`, `-` and `.`.
fn split_scheme(text: &str) -> (Option<&str>, &str) {
    let Some((scheme, rest)) = text.split_once("://") else { return (None, text) };
    let letter = scheme.starts_with(|first: char| first.is_ascii_alphabetic() || is_mark(first));
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.') || is_mark(c);
    if letter && scheme.chars().all(fits) { (Some(scheme), rest) } else { (None, text) }
}

/// `user:password@host:port` to host and port.
fn split_authority(authority: &str, variables: &Variables) -> (Given<String>, Option<Given<u16>>) {
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => Some(variables.given(port)),
        // `http://$HOST/` may have its port in the variable; the container's own name has none.
        None if host.contains(is_mark) && !is_hostname(host, variables) => Some(Given::Unknown),
        None => None,
    };
    (variables.given(&host.to_ascii_lowercase()), port)
}

fn is_hostname(host: &str, variables: &Variables) -> bool {
    variables.only(host).is_some_and(|variable| variable.name.as_deref() == Some("HOSTNAME"))
}

fn path(after: &str, variables: &Variables) -> Given<String> {
    let end = after.find(['?', '#']).unwrap_or(after.len());
    match &after[..end] {
        "" => Given::Value("/".to_string()),
        path => variables.given(path),
    }
}

/// `host:port`, `host` or `[host]:port`, as servers are named outside of URLs; a URL is read as one.
pub(super) fn address(text: &str, default_port: u16, variables: &Variables) -> Address {
    if let Some(port) = text.strip_prefix(':') {
        return Address { port: variables.given(port), ..Address::local(default_port) };
    }
    let url = Url::parse(text, variables);
    match variables.only(text) {
        Some(_) => Address { host: Given::Unknown, port: Given::Unknown, socket: None },
        None => url.address(default_port),
    }
}
