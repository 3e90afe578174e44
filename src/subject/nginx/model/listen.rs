//! Listening: the addresses and ports of a server.

use super::{Configuration, LevelId, Word};
use crate::source::Span;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The address before the port; empty for all addresses.
    pub address: String,
    /// The port; nothing for a socket in the file system.
    pub port: Option<u16>,
    /// Why address and port are not known.
    pub unknown: Option<String>,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether the server takes what no other asks for.
    pub default_server: bool,
    /// The address and port as they are written; the word `server` if nothing is.
    pub place: Span,
    /// Whether a `listen` says so; else it is nginx's default.
    pub written: bool,
}

impl Configuration {
    /// Where a server listens. Without `listen` that is port 80; nginx takes 8000 then if it is not started as root.
    pub fn listens(&self, server: LevelId) -> Vec<Listen> {
        let level = self.level(server);
        let found: Vec<Listen> =
            level.own("listen").filter_map(|listen| Some(read(listen.argument(0)?, &listen.arguments[1..]))).collect();
        if !found.is_empty() {
            return found;
        }
        let unknown = level.open.first().map(|open| open.why.clone());
        vec![Listen {
            address: String::new(),
            port: Some(80),
            unknown,
            tls: false,
            default_server: false,
            place: level.keyword,
            written: false,
        }]
    }

    /// The names of a server; none for one that has no `server_name`.
    pub fn server_names(&self, server: LevelId) -> impl Iterator<Item = &Word> {
        self.level(server).own("server_name").flat_map(|directive| &directive.arguments)
    }
}

fn read(word: &Word, parameters: &[Word]) -> Listen {
    let has = |name: &str| parameters.iter().any(|word| word.text == name);
    let mut listen = Listen {
        address: String::new(),
        port: None,
        unknown: word.unknown.clone(),
        tls: has("ssl") || has("quic"),
        default_server: has("default_server") || has("default"),
        place: word.span,
        written: true,
    };
    let text = word.text.as_str();
    if listen.unknown.is_some() || text.starts_with("unix:") {
        listen.address = text.to_string();
        return listen;
    }
    if word.has_variable() {
        listen.unknown = Some(format!("`{text}` in `listen` is not replaced, and nginx refuses it"));
        return listen;
    }
    let colon = if text.starts_with('[') { text.find("]:").map(|at| at + 1) } else { text.find(':') };
    let (address, port) = match colon {
        Some(colon) => (&text[..colon], &text[colon + 1..]),
        None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => ("", text),
        None => (text, "80"),
    };
    listen.address = address.to_string();
    match port.parse() {
        Ok(port) => listen.port = Some(port),
        Err(_) => listen.unknown = Some(format!("`{text}` in `listen` is no address")),
    }
    listen
}
