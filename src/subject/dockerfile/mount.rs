//! Mount: the values of `RUN --mount`.

use super::instruction::Mount;
use super::parse::{Fault, fault};
use super::words::shown;
use crate::source::{Span, Spanned};

const KINDS: [&str; 5] = ["bind", "cache", "tmpfs", "secret", "ssh"];

/// The keys of a mount, with the kinds that take them; none means all do.
const KEYS: [(&str, &[&str]); 19] = [
    ("type", &[]),
    ("target", &[]),
    ("dst", &[]),
    ("destination", &[]),
    ("source", &[]),
    ("src", &[]),
    ("from", &["bind", "cache", "tmpfs"]),
    ("readonly", &[]),
    ("readwrite", &[]),
    ("ro", &[]),
    ("rw", &[]),
    ("id", &[]),
    ("sharing", &["cache"]),
    ("required", &["secret", "ssh"]),
    ("size", &["tmpfs"]),
    ("mode", &["cache", "secret", "ssh"]),
    ("uid", &["cache", "secret", "ssh"]),
    ("gid", &["cache", "secret", "ssh"]),
    ("env", &["secret"]),
];

/// Keys that may stand without a value.
const BARE: [&str; 5] = ["readonly", "readwrite", "ro", "rw", "required"];

const HELP: &str = "the keys are in the Dockerfile reference under `RUN --mount`";

/// Reads a `--mount` value: comma-separated `key=value`, fields with commas in double quotes. A mount without a target
/// is taken: secrets and SSH have a default, others use the working directory.
pub(super) fn mount(value: &Spanned<String>, flag: Span) -> Result<Mount, Fault> {
    let fields = fields(&value.value);
    let mut mount = Mount { kind: "bind".to_string(), from: None, source: None, target: None, span: flag };
    for (key, text) in &fields {
        match key.as_str() {
            "type" => mount.kind = kind(text, value.span)?,
            "target" | "dst" | "destination" => mount.target = Some(text.clone().unwrap_or_default()),
            "source" | "src" => mount.source = text.clone(),
            "from" => mount.from = from(text, value.span)?,
            _ => {}
        }
    }
    for (key, text) in &fields {
        check_key(key, text.as_deref(), &mount.kind, value.span)?;
    }
    if mount.kind == "secret" {
        check_secret(&fields, value.span)?;
    }
    Ok(mount)
}

/// A kind with a variable in it is left as it is written.
fn kind(text: &Option<String>, span: Span) -> Result<String, Fault> {
    let text = text.as_deref().unwrap_or("");
    if KINDS.contains(&text) || text.contains('$') {
        return Ok(text.to_string());
    }
    let what = format!("unknown mount type `{}`", shown(text));
    fault(span, what, format!("write one of {}", KINDS.map(|kind| format!("`{kind}`")).join(", ")))
}

fn from(text: &Option<String>, span: Span) -> Result<Option<Spanned<String>>, Fault> {
    let text = text.clone().unwrap_or_default();
    if text.contains('$') {
        return fault(span, "`from` of a mount is not expanded", "name the stage or image itself");
    }
    Ok(if text.is_empty() { None } else { Some(Spanned::new(text, span)) })
}

fn check_key(key: &str, text: Option<&str>, kind: &str, span: Span) -> Result<(), Fault> {
    let Some((_, kinds)) = KEYS.iter().find(|(known, _)| *known == key) else {
        return fault(span, format!("a mount has no key `{}`", shown(key)), HELP);
    };
    if text.is_none() && !BARE.contains(&key) {
        return fault(span, format!("the mount's key `{key}` has no value"), format!("write `{key}=value`"));
    }
    if !kinds.is_empty() && KINDS.contains(&kind) && !kinds.contains(&kind) {
        return fault(span, format!("a mount of type `{kind}` has no key `{key}`"), HELP);
    }
    Ok(())
}

fn check_secret(fields: &[(String, Option<String>)], span: Span) -> Result<(), Fault> {
    let has = |names: &[&str]| fields.iter().any(|(key, _)| names.contains(&key.as_str()));
    match (has(&["id"]), has(&["source", "src"]), has(&["target", "dst", "destination"])) {
        (true, true, _) => fault(span, "a secret mount has both `id` and `source`", "keep `id`"),
        (false, false, false) => fault(span, "the secret mount names no secret", "write `id=name`"),
        _ => Ok(()),
    }
}

/// The fields of a line of CSV as key, in lower case, and value. A field in double quotes may hold commas; a doubled
/// quote in it is one quote.
fn fields(line: &str) -> Vec<(String, Option<String>)> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(key_and_value(&std::mem::take(&mut field))),
            c => field.push(c),
        }
    }
    fields.push(key_and_value(&field));
    fields
}

fn key_and_value(field: &str) -> (String, Option<String>) {
    match field.split_once('=') {
        Some((key, value)) => (key.to_ascii_lowercase(), Some(value.to_string())),
        None => (field.to_ascii_lowercase(), None),
    }
}
