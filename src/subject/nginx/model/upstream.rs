//! Upstreams: the servers that nginx passes requests to.

use super::handler::PASSES;
use super::{Configuration, LevelId, LevelKind};
use crate::source::Span;
use crate::subject::nginx::{Directive, Word};

/// A server that nginx passes requests to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name or address; an IPv6 address without brackets.
    pub host: String,
    /// Its port; for `http://` 80 and for `https://` 443 if none is written.
    pub port: Option<u16>,
    /// Where host and port are written.
    pub place: Span,
    /// The level whose directive it is.
    pub level: LevelId,
    /// `proxy_pass`, `server` ...
    pub directive: String,
    /// Whether the name is looked up for each request, with a variable, and not when nginx starts.
    pub dynamic: bool,
}

/// A target, or why it is not known.
pub type Found = Result<Target, (String, Span)>;

impl Configuration {
    /// All servers that the locations of this configuration pass requests to, upstreams resolved to their servers.
    pub fn targets(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for (id, level) in self.levels() {
            for directive in &level.directives {
                if PASSES.contains(&directive.name.text.as_str()) {
                    self.pass(id, directive, &mut found);
                }
            }
        }
        found
    }

    fn pass(&self, id: LevelId, directive: &Directive, found: &mut Vec<Found>) {
        let Some(word) = directive.argument(0) else {
            return;
        };
        if let Some(why) = &word.unknown {
            found.push(Err((why.clone(), word.span)));
            return;
        }
        let values = match self.written(word) {
            Ok(values) => values,
            Err(why) => return found.push(Err((why, word.span))),
        };
        for (text, place) in values {
            let dynamic = word.has_variable();
            let name = directive.name.text.as_str();
            // Without an authority it is a socket in the file system.
            let Some((host, port)) = authority(&text) else {
                continue;
            };
            if host.contains('@') {
                let why = format!("nginx does not start: `{name}` has a user in its address");
                found.push(Err((why, word.span)));
                continue;
            }
            match self.upstream(&host) {
                Some(upstream) if port.is_none() => self.upstream_servers(upstream, found),
                _ => {
                    let port = port.or_else(|| default_port(&text, name));
                    let directive = name.to_string();
                    found.push(Ok(Target { host, port, place, level: id, directive, dynamic }));
                }
            }
        }
    }

    /// The texts that a word may come to, with the places that say so.
    fn written(&self, word: &Word) -> Result<Vec<(String, Span)>, String> {
        let Some((before, name, after)) = split_variable(&word.text) else {
            return Ok(vec![(word.text.clone(), word.span)]);
        };
        // What stands behind the authority does not matter here.
        let scheme_ends = word.text.find("://").map_or(0, |at| at + 3);
        if word.text[scheme_ends..].find('/').is_some_and(|slash| before.len() > scheme_ends + slash) {
            return Ok(vec![(word.text.clone(), word.span)]);
        }
        let unknown = || format!("the value of `{name}` is not known");
        let values = self.values_of(name).ok_or_else(unknown)?;
        let mut texts = Vec::new();
        for value in values.into_iter().filter(|value| !value.text.is_empty()) {
            let text = format!("{before}{}{after}", value.known().ok_or_else(unknown)?);
            let authority_end = text.find("://").map_or(0, |at| at + 3);
            let until = text[authority_end..].find('/').map_or(text.len(), |at| authority_end + at);
            if text[..until].contains('$') {
                return Err(unknown());
            }
            texts.push((text, value.span));
        }
        Ok(texts)
    }

    /// The upstream of a name.
    pub fn upstream(&self, name: &str) -> Option<LevelId> {
        let is = |word: &&Word| word.text.eq_ignore_ascii_case(name);
        let mut upstreams = self.levels().filter(|(_, level)| level.kind == LevelKind::Upstream);
        upstreams.find(|(_, level)| level.arguments.first().filter(is).is_some()).map(|(id, _)| id)
    }

    fn upstream_servers(&self, id: LevelId, found: &mut Vec<Found>) {
        for server in self.level(id).own("server") {
            let Some(word) = server.argument(0) else {
                continue;
            };
            if server.arguments.iter().any(|word| word.text == "down") {
                continue;
            }
            if word.unknown.is_some() || word.has_variable() {
                let why = word.unknown.clone().unwrap_or_else(|| format!("`{}` is not replaced", word.text));
                found.push(Err((why, word.span)));
                continue;
            }
            if let Some((host, port)) = authority(&word.text) {
                let directive = "server".to_string();
                let target =
                    Target { host, port: port.or(Some(80)), place: word.span, level: id, directive, dynamic: false };
                if !found.contains(&Ok(target.clone())) {
                    found.push(Ok(target));
                }
            }
        }
        for open in &self.level(id).open {
            found.push(Err((open.why.clone(), open.place)));
        }
    }
}

fn default_port(text: &str, directive: &str) -> Option<u16> {
    match (text.split_once("://").map(|(scheme, _)| scheme), directive) {
        (Some("https" | "grpcs"), _) => Some(443),
        (_, "memcached_pass" | "fastcgi_pass" | "uwsgi_pass" | "scgi_pass") => None,
        _ => Some(80),
    }
}

/// Host and port of a URL or of `host:port`; `None` for a socket in the file system.
fn authority(text: &str) -> Option<(String, Option<u16>)> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    if rest.starts_with("unix:") || rest.starts_with('/') || rest.is_empty() {
        return None;
    }
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    if let Some(address) = authority.strip_prefix('[') {
        let (host, port) = address.split_once(']')?;
        return Some((host.to_string(), port.strip_prefix(':').and_then(|port| port.parse().ok())));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((host.to_string(), port.parse().ok())),
        None => Some((authority.to_string(), None)),
    }
}

/// The first variable in a text, `$name`, with what stands before and behind it.
fn split_variable(text: &str) -> Option<(&str, &str, &str)> {
    let at = text.find('$')?;
    let rest = &text[at + 1..];
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (length > 0).then(|| (&text[..at], &text[at..at + 1 + length], &rest[length..]))
}
