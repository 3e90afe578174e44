//! What a service reaches and who reaches it: ports, mounts, networks, dependencies, secrets.

use std::net::IpAddr;
use std::sync::Arc;

use super::Reader;
use super::values::{Replaces, canonical, history, unique, unknown, written};
use crate::source::{Span, Spanned};
use crate::subject::compose::model::{
    Attachment, Condition, Dependency, Given, Grant, Location, Mount, MountKind, NameList, Port, Setting, Unknown,
    Variable,
};
use crate::subject::compose::{path, schema};
use crate::yaml::{Node, Resolved};

impl Reader<'_, '_> {
    pub(super) fn ports(&mut self, node: &Node) -> Vec<Port> {
        let ports = node.items().iter().filter_map(|item| self.port(item)).collect();
        unique(ports, |port: &Port| {
            let Port { host_ip, published, target, protocol, .. } = port;
            match &port.unknown {
                None => format!("{host_ip:?} {published:?} {target:?} {protocol}"),
                // what is not known may be anything, but the same place is the same entry
                Some(_) => format!("{:?}", port.span),
            }
        })
    }

    fn port(&mut self, item: &Arc<Node>) -> Option<Port> {
        if item.is_mapping() {
            return self.long_port(item);
        }
        let scalar = item.scalar().filter(|scalar| scalar.resolved != Resolved::Null)?;
        let why = unknown(item, "").map(|unknown| unknown.why);
        let text = canonical(scalar);
        match short_port(&text, item.span) {
            Ok(port) => Some(Port { unknown: why, ..port }),
            Err(_) if why.is_some() => Some(Port { unknown: why, ..blank_port(item.span) }),
            Err(wrong) => {
                let what = format!("`{}` is not a port mapping: {wrong}", schema::short(&text));
                self.loader.error(item.span, what, "write `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`");
                None
            }
        }
    }

    fn long_port(&mut self, item: &Arc<Node>) -> Option<Port> {
        let mut port = blank_port(item.span);
        let mut read = |name: &str| -> Option<String> {
            let node = item.get(name)?;
            let given = self.text(node)?;
            match given.setting {
                Setting::Value(text) => Some(text),
                Setting::Unknown(unknown) => {
                    port.unknown.get_or_insert(unknown.why);
                    Some(unknown.text)
                }
            }
        };
        let (target, published, host_ip, protocol) =
            (read("target"), read("published"), read("host_ip"), read("protocol"));
        let open = port.unknown.is_some();
        match target.as_deref().map(range) {
            Some(Ok(range)) => port.target = range,
            Some(Err(_)) | None if open => {}
            Some(Err(wrong)) => {
                self.loader.error(
                    item.span,
                    format!("this `target` is not a port: {wrong}"),
                    "give a port from 1 to 65535",
                );
                return None;
            }
            None => {
                self.loader.error(item.span, "this port has no `target`", "say which port of the container it is");
                return None;
            }
        }
        port.published = published.filter(|text| !text.is_empty());
        port.host_ip = host_ip.filter(|text| !text.is_empty());
        port.protocol = protocol.unwrap_or_else(|| "tcp".to_string());
        Some(port)
    }

    pub(super) fn mounts(&mut self, node: &Node) -> Vec<Mount> {
        let mounts = node.items().iter().filter_map(|item| self.mount(item)).collect();
        unique(mounts, |mount: &Mount| written(&mount.target).to_string())
    }

    fn mount(&mut self, item: &Arc<Node>) -> Option<Mount> {
        if item.is_mapping() {
            return self.long_mount(item);
        }
        let text = item.scalar_text()?;
        let why = unknown(item, "").map(|unknown| unknown.why);
        let spec = match short_mount(text) {
            Ok(spec) => spec,
            Err(_) if why.is_some() => MountSpec { source: None, target: text.to_string(), options: Vec::new() },
            Err(wrong) => {
                let what = format!("`{}` is not a mount: {wrong}", schema::short(text));
                self.loader.error(item.span, what, "write `[SOURCE:]TARGET[:OPTIONS]`");
                return None;
            }
        };
        let given = |text: String| -> Given<String> {
            let open = why.clone().filter(|_| text.contains("${"));
            history(
                item,
                match open {
                    Some(why) => Setting::Unknown(Unknown { why, text }),
                    None => Setting::Value(text),
                },
            )
        };
        let kind = spec.source.as_deref().map_or(MountKind::Volume, |source| {
            match (is_path(source), source.starts_with("${") && why.is_some()) {
                (true, _) => MountKind::Bind,
                (_, true) => MountKind::Unknown,
                _ => MountKind::Volume,
            }
        });
        let directory = self.loader.directory(item.span);
        let source = spec.source.map(given).map(|source| source.map(|written| located(directory, written, kind)));
        let read_only =
            spec.options.iter().rfind(|option| matches!(option.as_str(), "ro" | "rw")).is_some_and(|o| o == "ro");
        let target = given(spec.target);
        Some(Mount {
            span: item.span,
            overrode: target.overrode.clone(),
            kind,
            source,
            target,
            read_only,
            options: spec.options,
        })
    }

    fn long_mount(&mut self, item: &Arc<Node>) -> Option<Mount> {
        let kind = match item.get("type").and_then(|node| node.scalar_text()) {
            Some("bind") => MountKind::Bind,
            Some("volume") => MountKind::Volume,
            Some("tmpfs") => MountKind::Tmpfs,
            Some("npipe" | "image" | "cluster") => MountKind::Other,
            Some(_) if item.get("type").is_some_and(|node| unknown(node, "").is_some()) => MountKind::Unknown,
            other => {
                let what = match other {
                    Some(other) => format!("`{}` is not a type of mount", schema::short(other)),
                    None => "this mount has no `type`".to_string(),
                };
                self.loader.error(
                    item.span,
                    what,
                    "give `type: bind`, `volume`, `tmpfs`, `image`, `npipe` or `cluster`",
                );
                return None;
            }
        };
        let directory = self.loader.directory(item.span).to_string();
        let source = item.get("source").and_then(|node| self.text(node));
        let source = source.map(|source| source.map(|written| located(&directory, written, kind)));
        let target = item.get("target").and_then(|node| self.text(node));
        let target = target.unwrap_or_else(|| Given::new(String::new(), item.span));
        let read_only = item.get("read_only").and_then(|node| self.flag("read_only", node));
        let read_only = read_only.is_some_and(|given| given.value() == Some(&true));
        let mut options = Vec::new();
        for block in ["bind", "volume", "tmpfs", "image"] {
            for entry in item.get(block).map_or(&[][..], |block| block.entries()) {
                options.push(format!("{}={}", entry.key.value, entry.value.scalar_text().unwrap_or("")));
            }
        }
        Some(Mount { span: item.span, overrode: Vec::new(), kind, source, target, read_only, options })
    }

    pub(super) fn attachments(&mut self, node: &Node) -> Vec<Attachment> {
        let attachment = |name: &str, key| Attachment {
            name: name.to_string(),
            key,
            ipv4_address: None,
            ipv6_address: None,
            aliases: Vec::new(),
        };
        let listed = node.items().iter().filter_map(|item| Some(attachment(item.scalar_text()?, item.span)));
        let mut all: Vec<Attachment> = listed.collect();
        for entry in node.entries() {
            let mut one = attachment(&entry.key.value, entry.key.span);
            one.ipv4_address = entry.value.get("ipv4_address").and_then(|node| self.text(node));
            one.ipv6_address = entry.value.get("ipv6_address").and_then(|node| self.text(node));
            one.aliases = entry.value.get("aliases").map_or_else(Vec::new, |node| self.list(node));
            all.push(one);
        }
        all
    }

    pub(super) fn dependencies(&mut self, node: &Node) -> Vec<Dependency> {
        let mut all = Vec::new();
        for item in node.items() {
            let Some(name) = item.scalar_text() else { continue };
            let condition = history(item, Setting::Value(Condition::Started));
            all.push(Dependency { service: name.to_string(), key: item.span, condition, required: true });
        }
        for entry in node.entries() {
            let read = |text: &str| match text {
                "service_started" => Some(Condition::Started),
                "service_healthy" => Some(Condition::Healthy),
                "service_completed_successfully" => Some(Condition::Completed),
                _ => None,
            };
            let wanted = "`service_started`, `service_healthy` or `service_completed_successfully`";
            let condition = entry.value.get("condition").and_then(|node| self.scalar("condition", node, read, wanted));
            let condition = condition.unwrap_or_else(|| Given::new(Condition::Started, entry.key.span));
            let required = entry.value.get("required").and_then(|node| self.flag("required", node));
            let required = required.is_none_or(|given| given.value() != Some(&false));
            all.push(Dependency { service: entry.key.value.to_string(), key: entry.key.span, condition, required });
        }
        all
    }

    /// How a list of names is written.
    pub(super) fn name_list(&self, node: &Node) -> Option<NameList> {
        let text = &self.loader.sources.get(node.span.source).text;
        let items: Option<Vec<_>> = node.items().iter().map(|item| self.dash(item.span)).collect();
        let in_brackets = text.as_bytes().get(node.span.start as usize) == Some(&b'[');
        match items.filter(|items| !items.is_empty()) {
            Some(items) => Some(NameList { span: node.span, items }),
            None => in_brackets.then(|| NameList { span: node.span, items: Vec::new() }),
        }
    }

    /// An item of a list from its `-` on, with the blanks before that, if nothing else is on its line.
    fn dash(&self, item: Span) -> Option<Spanned<usize>> {
        let before = self.line_before(item)?;
        let indent = before.find('-').filter(|at| before[..*at].trim_matches(' ').is_empty())?;
        let rest = &before[indent + 1..];
        if rest.is_empty() || !rest.trim_matches(' ').is_empty() {
            return None;
        }
        let start = item.start as usize - before.len() + indent;
        Some(Spanned::new(indent, Span::new(item.source, start..item.end as usize)))
    }

    /// `secrets` or `configs` of a service or build; unique by where they are mounted.
    pub(super) fn grants(&mut self, node: &Node, place: &str) -> Vec<Grant> {
        let mut grants = Vec::new();
        for item in node.items() {
            let source = if item.is_mapping() { item.get("source") } else { Some(item) };
            let Some(source) = source.and_then(|node| self.text(node)) else { continue };
            let mut field = |name: &str| item.get(name).and_then(|node| self.text(node));
            let (target, mode, uid) = (field("target"), field("mode"), field("uid"));
            grants.push(Grant { span: item.span, source, target, mode, uid });
        }
        unique(grants, |grant: &Grant| match &grant.target {
            Some(target) => written(target).to_string(),
            None => format!("{place}{}", written(&grant.source)),
        })
    }

    /// `devices` in the short form.
    pub(super) fn devices(&mut self, node: &Node) -> Vec<Given<String>> {
        let mut devices = Vec::new();
        for item in node.items() {
            if item.is_mapping() {
                let field = |name: &str| item.get(name).and_then(|node| node.scalar_text()).unwrap_or("");
                let text = format!("{}:{}:{}", field("source"), field("target"), field("permissions"));
                devices.push(Given::new(text.trim_end_matches(':').to_string(), item.span));
            } else {
                devices.extend(self.text(item));
            }
        }
        devices
    }

    /// `ulimits` as `soft` or `soft:hard`.
    pub(super) fn ulimits(&mut self, node: &Node) -> Vec<Variable> {
        let mut limits = Vec::new();
        for entry in node.entries() {
            let value = &entry.value;
            let given = if value.is_mapping() {
                let field = |name: &str| value.get(name).and_then(|node| node.scalar_text()).unwrap_or("");
                Some(history(value, Setting::Value(format!("{}:{}", field("soft"), field("hard")))))
            } else {
                self.text(value)
            };
            let Some(value) = given else { continue };
            limits.push(Variable { name: entry.key.value.to_string(), key: entry.key.span, value });
        }
        limits
    }

    /// `extra_hosts` as `name=address`.
    pub(super) fn hosts(&mut self, node: &Node) -> Vec<Given<String>> {
        let mut hosts = if node.is_mapping() { Vec::new() } else { self.list(node) };
        for entry in node.entries() {
            for value in entry.value.one_or_many() {
                let given = self.text(value);
                hosts.extend(given.map(|given| given.map(|address| format!("{}={address}", entry.key.value))));
            }
        }
        hosts
    }
}

fn blank_port(span: Span) -> Port {
    let protocol = "tcp".to_string();
    Port { span, overrode: Vec::new(), host_ip: None, published: None, target: (0, 0), protocol, unknown: None }
}

fn short_port(text: &str, span: Span) -> Result<Port, &'static str> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (host, container) = ports.rsplit_once(':').unwrap_or(("", ports));
    let (ip, published) = host.rsplit_once(':').unwrap_or(("", host));
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err("the protocol must be `tcp`, `udp` or `sctp`");
    }
    let target = match container {
        "" => return Err("it names no port of the container"),
        _ => range(container)?,
    };
    let open = |text: &str| text.contains("${");
    if !published.is_empty() && !open(published) {
        let (first, last) = range(published)?;
        if target.0 != target.1 && last - first != target.1 - target.0 {
            return Err("the ranges differ in length");
        }
    }
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    if !ip.is_empty() && !open(ip) && ip.parse::<IpAddr>().is_err() {
        return Err("the address is not an IP address");
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_string());
    Ok(Port { host_ip: some(ip), published: some(published), target, protocol, ..blank_port(span) })
}

fn range(text: &str) -> Result<(u16, u16), &'static str> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| text.parse::<u16>().map_err(|_| "a port is a whole number from 0 to 65535");
    let (first, last) = (port(first)?, port(last)?);
    if first > last { Err("the range ends before it starts") } else { Ok((first, last)) }
}

struct MountSpec {
    source: Option<String>,
    target: String,
    options: Vec<String>,
}

/// Splits at colons, but not after a single letter: that is a drive.
fn short_mount(text: &str) -> Result<MountSpec, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    let mut sections: Vec<&str> = Vec::new();
    let mut start = 0;
    for (i, _) in text.match_indices(':') {
        let section = &text[start..i];
        let mut letters = section.chars();
        if text.chars().count() > 2 && matches!((letters.next(), letters.next()), (Some(c), None) if c.is_alphabetic())
        {
            continue;
        }
        sections.push(section);
        start = i + 1;
    }
    sections.push(&text[start..]);
    if sections.iter().any(|section| section.is_empty()) && text.chars().count() > 2 {
        return Err("there is nothing between two colons");
    }
    let owned = |text: &str| text.to_string();
    match sections.as_slice() {
        [target] => Ok(MountSpec { source: None, target: owned(target), options: Vec::new() }),
        _ if text.chars().count() <= 2 => Ok(MountSpec { source: None, target: owned(text), options: Vec::new() }),
        [source, target] => Ok(MountSpec { source: Some(owned(source)), target: owned(target), options: Vec::new() }),
        [source, target, options] => Ok(MountSpec {
            source: Some(owned(source)),
            target: owned(target),
            options: options.split(',').map(owned).collect(),
        }),
        _ => Err("it has too many colons"),
    }
}

fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~']) || path::has_drive(source)
}

fn located(directory: &str, written: String, kind: MountKind) -> Location {
    let resolved = match kind {
        MountKind::Bind => path::join(directory, &written),
        _ => written.clone(),
    };
    Location { written, resolved }
}

impl Replaces for Port {
    fn place(&self) -> Span {
        self.span
    }
    fn replaced(&mut self) -> &mut Vec<Span> {
        &mut self.overrode
    }
}

impl Replaces for Mount {
    fn place(&self) -> Span {
        self.span
    }
    fn replaced(&mut self) -> &mut Vec<Span> {
        &mut self.overrode
    }
}

impl Replaces for Grant {
    fn place(&self) -> Span {
        self.span
    }
    fn replaced(&mut self) -> &mut Vec<Span> {
        &mut self.source.overrode
    }
}
