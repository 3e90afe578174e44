//! Descriptions: a probe in one short line.

use super::{Address, Check, Given, Http, Probe, Target};

/// No part of a description is longer, in characters.
const MOST: usize = 120;

/// One line for people: `curl http://localhost:3000/health`. Shows neither passwords nor other arguments.
pub fn describe(probe: &Probe) -> String {
    let mut line = match probe.checks.as_slice() {
        [] => "nothing that is known".to_string(),
        [only] => check(only),
        [first, second] => format!("{}, {}", check(first), check(second)),
        [first, rest @ ..] => format!("{} and {} more", check(first), rest.len()),
    };
    let weak = probe.checks.iter().all(|check| matches!(check.target, Target::Trivial(_)));
    if !probe.can_fail && !weak {
        line.push_str(" (never fails)");
    }
    line
}

fn check(check: &Check) -> String {
    let tool = &check.tool;
    let line = match &check.target {
        Target::Http(http) => format!("{tool} {}", url(http)),
        Target::Tcp(address) => format!("{tool} {}", place(address, None)),
        Target::Redis { address, command } => {
            let command = command.as_deref().unwrap_or_default();
            format!("{tool} {command}{}", at(address, 6379)).trim_end().to_string()
        }
        Target::Postgres(address) => format!("{tool}{}", at(address, 5432)),
        Target::Mysql(address) => format!("{tool}{}", at(address, 3306)),
        Target::Mongo(address) => format!("{tool}{}", at(address, 27017)),
        Target::Kafka(address) => format!("{tool}{}", at(address, 9092)),
        Target::Grpc(address) => format!("{tool} {}", place(address, None)),
        Target::Rabbitmq => tool.clone(),
        Target::Custom { asks: Some(asks) } => format!("{tool} {asks}"),
        Target::Custom { asks: None } => tool.clone(),
        Target::Trivial(weakness) => format!("{tool} ({})", weakness.why()),
    };
    clean(&line)
}

fn url(http: &Http) -> String {
    let path = shown(&http.path);
    let slash = if path.starts_with('/') { "" } else { "/" };
    let scheme = http.scheme;
    match &http.address.socket {
        Some(socket) => format!("{}://{socket}{slash}{path}", scheme.as_str()),
        None => {
            let server = place(&http.address, Some(scheme.default_port()));
            format!("{}://{server}{slash}{path}", scheme.as_str())
        }
    }
}

/// The address behind a program's name, if it is not the one that everybody means.
fn at(address: &Address, default_port: u16) -> String {
    let own = matches!(&address.host, Given::Value(host) if host == "localhost");
    match &address.socket {
        Some(socket) => format!(" at {socket}"),
        None if own && address.port == Given::Value(default_port) => String::new(),
        None => format!(" at {}", place(address, None)),
    }
}

/// An address in one short line: `localhost:3000`.
pub fn describe_address(address: &Address) -> String {
    clean(&place(address, None))
}

fn place(address: &Address, default_port: Option<u16>) -> String {
    if let Some(socket) = &address.socket {
        return socket.clone();
    }
    let host = shown(&address.host);
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    match &address.port {
        Given::Value(port) if Some(*port) == default_port => host,
        port => format!("{host}:{}", shown(port)),
    }
}

fn shown<T: ToString>(given: &Given<T>) -> String {
    match given {
        Given::Value(value) => value.to_string(),
        Given::Variable { name, .. } => format!("${name}"),
        Given::Unknown => "…".to_string(),
    }
}

/// One line of bounded length, whatever the text holds.
fn clean(text: &str) -> String {
    let mut line: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}
