//! One file onto another: the value of an attribute from the values of several files.
//!
//! How each attribute combines is written in the [`schema`](super::schema) table. Lists that are unique by something
//! (ports, mounts, capabilities) are only appended here; the reader drops what a later entry replaces.

use std::sync::Arc;

use super::schema::{Merge, PROJECT, Shape};
use crate::problem::Problem;
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, Node, Scalar, Style, Trail, Value};

/// Removes what it stands on.
pub(super) const RESET: &str = "!reset";
/// Replaces what it stands on instead of merging.
pub(super) const OVERRIDE: &str = "!override";

/// Merges a whole later file onto what earlier files made.
pub(super) fn project(base: &Arc<Node>, over: &Arc<Node>, problems: &mut Vec<Problem>) -> Arc<Node> {
    Merger { problems }.merge(base, over, &PROJECT, "")
}

/// Merges a service onto the one it extends.
pub(super) fn service(base: &Arc<Node>, over: &Arc<Node>, problems: &mut Vec<Problem>) -> Arc<Node> {
    let shape = PROJECT.entry("services").entry("");
    Merger { problems }.merge(base, over, shape, "service")
}

/// The tree without what `!reset` removes.
pub(super) fn without_resets(node: &Arc<Node>) -> Arc<Node> {
    if !node.entries().iter().any(|entry| holds_reset(&entry.value)) {
        return node.clone();
    }
    let kept = node.entries().iter().filter(|entry| !entry.value.has_tag(RESET));
    let entries = kept.map(|entry| Entry { value: without_resets(&entry.value), ..entry.clone() }).collect();
    rebuilt(node, Value::Mapping(entries))
}

fn holds_reset(node: &Node) -> bool {
    node.has_tag(RESET) || node.entries().iter().any(|entry| holds_reset(&entry.value))
}

/// The same node with another value.
pub(super) fn rebuilt(node: &Node, value: Value) -> Arc<Node> {
    let mut new = Node::new(node.span, value);
    new.tag.clone_from(&node.tag);
    new.trail.clone_from(&node.trail);
    Arc::new(new)
}

struct Merger<'a> {
    problems: &'a mut Vec<Problem>,
}

impl Merger<'_> {
    fn merge(&mut self, base: &Arc<Node>, over: &Arc<Node>, shape: &'static Shape, name: &str) -> Arc<Node> {
        if over.has_tag(RESET) || base.has_tag(RESET) {
            return over.clone();
        }
        if over.has_tag(OVERRIDE) || shape.merge == Merge::Replace {
            return replaced(base, over);
        }
        if over.is_null() {
            return base.clone();
        }
        let (base, over) = (&unified(base, over, shape.merge), &unified(over, base, shape.merge));
        if shape.merge == Merge::Logging && driver_differs(base, over) {
            return replaced(base, over);
        }
        match (&base.value, &over.value) {
            (Value::Mapping(old), Value::Mapping(new)) => {
                let by_name = matches!(shape.merge, Merge::ByName);
                let entries = self.entries(old, new, shape, by_name);
                combined(base, over, Value::Mapping(entries))
            }
            (Value::Sequence(old), Value::Sequence(new)) if shape.merge == Merge::Subnets => {
                let items = self.subnets(old, new, shape);
                combined(base, over, Value::Sequence(items))
            }
            (Value::Sequence(old), Value::Sequence(new)) => {
                combined(base, over, Value::Sequence(old.iter().chain(new).cloned().collect()))
            }
            (Value::Scalar(_), _) => replaced(base, over),
            _ => {
                let what = format!("`{name}` is {} here and {} in the file before", over.kind(), base.kind());
                let help = "give it the same form in both, or replace it with `!override`";
                self.problems.push(Problem::error(over.span, what, help));
                base.clone()
            }
        }
    }

    fn entries(&mut self, old: &[Entry], new: &[Entry], shape: &'static Shape, by_name: bool) -> Vec<Entry> {
        let mut entries = old.to_vec();
        let index: std::collections::HashMap<&str, usize> = match new.len() {
            0..8 => std::collections::HashMap::new(),
            _ => old.iter().enumerate().map(|(i, entry)| (&*entry.key.value, i)).collect(),
        };
        for entry in new {
            let key = &*entry.key.value;
            let known = match new.len() {
                0..8 => old.iter().position(|known| &*known.key.value == key),
                _ => index.get(key).copied(),
            };
            match known {
                Some(i) if by_name => {
                    entries[i].value = replaced(&old[i].value, &entry.value);
                    entries[i].key = entry.key.clone();
                }
                Some(i) => {
                    entries[i].value = self.merge(&old[i].value, &entry.value, shape.entry(key), key);
                    entries[i].key = entry.key.clone();
                }
                None => entries.push(entry.clone()),
            }
        }
        entries
    }

    fn subnets(&mut self, old: &[Arc<Node>], new: &[Arc<Node>], shape: &'static Shape) -> Vec<Arc<Node>> {
        let subnet = |node: &Node| node.get("subnet").and_then(|s| s.scalar_text().map(str::to_string));
        let mut items = old.to_vec();
        for item in new {
            let known = items.iter().position(|known| subnet(known).is_some() && subnet(known) == subnet(item));
            match (known, shape.items) {
                (Some(i), Some(shape)) => items[i] = self.merge(&items[i].clone(), item, shape, "config"),
                _ => items.push(item.clone()),
            }
        }
        items
    }
}

/// The later value, which remembers what it replaced.
pub(super) fn replaced(base: &Node, over: &Node) -> Arc<Node> {
    let mut node = over.clone();
    let mut trail = node.trail.take().unwrap_or_default();
    trail.overrode.extend(history(base));
    node.trail = Some(trail);
    Arc::new(node)
}

/// A merged collection stands where its latest part stands.
fn combined(base: &Node, over: &Node, value: Value) -> Arc<Node> {
    let mut node = Node::new(over.span, value);
    node.trail = Some(Box::new(Trail { overrode: history(base).collect(), ..Trail::default() }));
    node.tag.clone_from(&base.tag);
    Arc::new(node)
}

/// The place of a value and those before it, latest first; nobody reads more than a few.
fn history(base: &Node) -> impl Iterator<Item = Span> {
    let earlier = base.trail.iter().flat_map(|old| old.overrode.iter().copied());
    std::iter::once(base.span).chain(earlier).take(MOST_OVERRODE)
}

/// How many replaced values are remembered.
pub(super) const MOST_OVERRODE: usize = 20;

fn driver_differs(base: &Node, over: &Node) -> bool {
    let driver = |node: &Node| node.get("driver").and_then(|d| d.scalar_text().map(str::to_string));
    matches!((driver(base), driver(over)), (Some(old), Some(new)) if old != new)
}

/// `node` in the form in which it merges with `other`.
fn unified(node: &Arc<Node>, other: &Node, merge: Merge) -> Arc<Node> {
    match (merge, &node.value) {
        (Merge::ByName, Value::Sequence(_)) => Arc::new(pairs(node)),
        (Merge::Names, Value::Sequence(items)) => names(node, items, |at| Arc::new(Node::null(at))),
        (Merge::Dependencies, Value::Sequence(items)) => names(node, items, started),
        (Merge::Build, Value::Scalar(_)) if !node.is_null() => {
            Arc::new(Node::new(node.span, Value::Mapping(vec![entry("context", node.span, node.clone())])))
        }
        (Merge::TextOrList, Value::Scalar(_)) if !node.is_null() => {
            Arc::new(Node::new(node.span, Value::Sequence(vec![node.clone()])))
        }
        (Merge::Hosts, Value::Mapping(_)) if other.is_sequence() => Arc::new(as_list(node)),
        _ => node.clone(),
    }
}

fn entry(key: &str, at: Span, value: Arc<Node>) -> Entry {
    Entry { key: Spanned::new(key.into(), at), value, merged: false }
}

fn names(node: &Node, items: &[Arc<Node>], value: impl Fn(Span) -> Arc<Node>) -> Arc<Node> {
    let named = items.iter().filter_map(|item| Some(entry(item.scalar_text()?, item.span, value(item.span))));
    Arc::new(Node::new(node.span, Value::Mapping(named.collect())))
}

fn started(at: Span) -> Arc<Node> {
    let condition = entry("condition", at, Arc::new(Node::text(at, "service_started")));
    Arc::new(Node::new(at, Value::Mapping(vec![condition])))
}

/// A list of `NAME=value` as a mapping; a bare name has null.
pub(super) fn pairs(node: &Node) -> Node {
    let mut entries: Vec<Entry> = Vec::with_capacity(node.items().len());
    let mut index = std::collections::HashMap::with_capacity(node.items().len());
    for item in node.items() {
        let Some(new) = pair(item) else { continue };
        match index.get(&new.key.value) {
            Some(&i) => {
                let old: &mut Entry = &mut entries[i];
                old.value = replaced(&old.value, &new.value);
                old.key = new.key;
            }
            None => {
                index.insert(new.key.value.clone(), entries.len());
                entries.push(new);
            }
        }
    }
    Node::new(node.span, Value::Mapping(entries))
}

/// `NAME=value` or `NAME` as an entry.
pub(super) fn pair(item: &Node) -> Option<Entry> {
    let scalar = item.scalar()?;
    let Some(at) = scalar.text.find('=') else {
        let mut value = Node::null(item.span);
        value.trail.clone_from(&item.trail);
        return Some(entry(&scalar.text, item.span, Arc::new(value)));
    };
    let (name, text) = (&scalar.text[..at], &scalar.text[at + 1..]);
    let (key_span, value_span) = split_span(item, scalar, at);
    let mut value = Node::text(value_span, text);
    value.trail = item.trail.clone().map(|mut trail| {
        if !text.contains("${") {
            trail.unknown = None;
        }
        trail
    });
    Some(entry(name, key_span, Arc::new(value)))
}

/// The bytes before and after the `=`, where the scalar stands in the file as it reads.
fn split_span(item: &Node, scalar: &Scalar, at: usize) -> (Span, Span) {
    let span = item.span;
    let length = (span.end - span.start) as usize;
    let quote = match (scalar.style, length.checked_sub(scalar.text.len())) {
        _ if item.trail.is_some() => return (span, span),
        (Style::Plain, Some(0)) => 0,
        (Style::SingleQuoted, Some(2)) => 1,
        // escapes may be longer or shorter than what they stand for
        (Style::DoubleQuoted, Some(2)) if scalar.text.is_ascii() => 1,
        _ => return (span, span),
    };
    let start = span.start as usize + quote;
    let end = span.end as usize - quote;
    (Span::new(span.source, start..start + at), Span::new(span.source, start + at + 1..end))
}

/// A mapping as a list of `name=value`.
fn as_list(node: &Node) -> Node {
    let mut items = Vec::new();
    for entry in node.entries() {
        for value in entry.value.one_or_many() {
            let text = format!("{}={}", entry.key.value, value.scalar_text().unwrap_or(""));
            let mut item = Node::text(entry.key.span.to(value_span(entry, value)), &text);
            item.trail.clone_from(&value.trail);
            items.push(Arc::new(item));
        }
    }
    Node::new(node.span, Value::Sequence(items))
}

fn value_span(entry: &Entry, value: &Node) -> Span {
    if value.span.source == entry.key.span.source { value.span } else { entry.key.span }
}
