//! Scalars, lists and pairs of a merged tree as values with their history.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Reader;
use crate::source::{Span, Text};
use crate::subject::compose::model::{Given, Location, Setting, Unknown, Variable};
use crate::subject::compose::{merge, path, schema, units};
use crate::yaml::{self, Entry, Node, Resolved, Scalar, Value};

impl Reader<'_, '_> {
    /// A scalar as `read` makes of its text. What `read` refuses is reported: it is not `wanted`.
    pub(super) fn scalar<T>(
        &mut self,
        name: &str,
        node: &Node,
        read: impl FnOnce(&str) -> Option<T>,
        wanted: &str,
    ) -> Option<Given<T>> {
        let scalar = node.scalar().filter(|scalar| scalar.resolved != Resolved::Null)?;
        if let Some(unknown) = unknown(node, &scalar.text) {
            return Some(history(node, Setting::Unknown(unknown)));
        }
        let text = canonical(scalar);
        match read(&text) {
            Some(value) => Some(history(node, Setting::Value(value))),
            None => {
                let what = format!("`{name}` must be {wanted}, not `{}`", schema::short(&text));
                self.loader.error(node.span, what, "correct it; Compose refuses the project");
                None
            }
        }
    }

    /// A scalar as text.
    pub(super) fn text(&mut self, node: &Node) -> Option<Given<String>> {
        self.scalar("", node, |text| Some(text.to_string()), "")
    }

    /// A boolean.
    pub(super) fn flag(&mut self, name: &str, node: &Node) -> Option<Given<bool>> {
        self.scalar(name, node, units::boolean, "`true` or `false`")
    }

    /// A size in bytes.
    pub(super) fn bytes(&mut self, name: &str, node: &Node) -> Option<Given<u64>> {
        self.scalar(name, node, units::bytes, "a size such as `512m`")
    }

    /// A duration in nanoseconds.
    pub(super) fn duration(&mut self, name: &str, node: &Node) -> Option<Given<u64>> {
        // numbers were refused with the table of attributes
        node.as_str()?;
        self.scalar(name, node, units::duration, "a duration with a unit such as `30s`")
    }

    /// A whole number that is not negative.
    pub(super) fn count(&mut self, name: &str, node: &Node) -> Option<Given<u64>> {
        self.scalar(name, node, |text| text.parse().ok(), "a whole number")
    }

    /// A path relative to the directory of the file it stands in.
    pub(super) fn location(&mut self, node: &Node) -> Option<Given<Location>> {
        let directory = self.loader.directory(node.span).to_string();
        Some(self.text(node)?.map(|written| Location { resolved: path::join(&directory, &written), written }))
    }

    /// A scalar or a list of them; of equal ones the last counts.
    pub(super) fn list(&mut self, node: &Node) -> Vec<Given<String>> {
        let items = match &node.value {
            Value::Sequence(items) => items.as_slice(),
            _ => return self.text(node).into_iter().collect(),
        };
        let given = items.iter().filter_map(|item| self.text(item)).collect();
        unique(given, |item: &Given<String>| written(item).to_string())
    }

    /// A list of `NAME=value` or a mapping as the entries of a mapping.
    pub(super) fn named<'n>(&mut self, node: &'n Node) -> Cow<'n, [Entry]> {
        if !node.is_sequence() {
            return Cow::Borrowed(node.entries());
        }
        self.check_pairs(node);
        match merge::pairs(node).value {
            Value::Mapping(entries) => Cow::Owned(entries),
            _ => Cow::Borrowed(&[]),
        }
    }

    /// A list of `NAME=value` or a mapping.
    pub(super) fn pairs(&mut self, node: &Node) -> Vec<Variable> {
        let entries = self.named(node);
        entries.iter().map(|entry| self.pair(&entry.key.value, entry.key.span, &entry.value)).collect()
    }

    fn pair(&mut self, name: &str, key: Span, node: &Node) -> Variable {
        let value = self.text(node).unwrap_or_else(|| Given::new(String::new(), node.span));
        Variable { name: name.to_string(), key, value }
    }

    fn check_pairs(&mut self, node: &Node) {
        for item in node.items() {
            let Some(text) = item.scalar_text() else { continue };
            let name = text.split('=').next().unwrap_or("");
            if name.ends_with([' ', '\t']) {
                let what = format!("there is a blank before the `=` of `{}`", schema::short(name.trim_end()));
                self.loader.error(item.span, what, "write `NAME=value` without blanks around the `=`");
            }
        }
    }

    /// The blanks before a mapping that begins on a line of its own.
    pub(super) fn indent(&self, node: &Node) -> Option<usize> {
        let before = self.line_before(node.span).filter(|_| node.is_mapping())?;
        before.bytes().all(|byte| byte == b' ').then_some(before.len())
    }

    /// What stands before a place on its line.
    pub(super) fn line_before(&self, place: Span) -> Option<&str> {
        let text = &self.loader.sources.get(place.source).text;
        text.get(..place.start as usize)?.rsplit('\n').next()
    }

    /// The text of a scalar with the places of its bytes.
    pub(super) fn placed(&self, node: &Node) -> Text {
        yaml::text_of(node, &self.loader.sources.get(node.span.source).text)
    }
}

/// A value with the history of the node it was read from.
pub(super) fn history<T>(node: &Node, setting: Setting<T>) -> Given<T> {
    let (overrode, through) = match &node.trail {
        Some(trail) => (trail.overrode.clone(), trail.through.clone()),
        None => (Vec::new(), Vec::new()),
    };
    Given { setting, span: node.span, overrode, through }
}

/// The reason why a scalar is not known, with what is.
pub(super) fn unknown(node: &Node, text: &str) -> Option<Unknown> {
    let why = node.trail.as_ref()?.unknown.as_ref()?;
    Some(Unknown { why: why.to_string(), text: text.to_string() })
}

/// The text of a scalar as Go prints its value: `0777` is `511`, `1e3` is `1000`.
pub(super) fn canonical(scalar: &Scalar) -> Cow<'_, str> {
    match scalar.resolved {
        Resolved::Int(value) => Cow::Owned(value.to_string()),
        Resolved::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Resolved::Float(value) => Cow::Owned(go_float(value)),
        Resolved::Null | Resolved::Date | Resolved::Text => Cow::Borrowed(&scalar.text),
    }
}

fn go_float(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        return "NaN".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_string();
    }
    if size == 0.0 || (1e-4..1e21).contains(&size) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Something that can say what it replaced.
pub(super) trait Replaces {
    /// Where it stands.
    fn place(&self) -> Span;
    /// What it replaced.
    fn replaced(&mut self) -> &mut Vec<Span>;
}

impl<T> Replaces for Given<T> {
    fn place(&self) -> Span {
        self.span
    }
    fn replaced(&mut self) -> &mut Vec<Span> {
        &mut self.overrode
    }
}

/// The text, or as it is written where it is not known: what is not known alike may still differ.
pub(super) fn written(given: &Given<String>) -> &str {
    match &given.setting {
        Setting::Value(text) => text,
        Setting::Unknown(unknown) => &unknown.text,
    }
}

/// The items without those that a later one with the same key replaces; the later takes the earlier's place.
pub(super) fn unique<T: Replaces>(items: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    if items.len() < 2 {
        return items;
    }
    let mut index: HashMap<String, usize> = HashMap::with_capacity(items.len());
    let mut kept: Vec<T> = Vec::with_capacity(items.len());
    for mut item in items {
        match index.entry(key(&item)) {
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(kept.len());
                kept.push(item);
            }
            std::collections::hash_map::Entry::Occupied(taken) => {
                let old = &mut kept[*taken.get()];
                let earlier = old.place();
                let before = std::mem::take(old.replaced());
                item.replaced().extend(std::iter::once(earlier).chain(before).take(merge::MOST_OVERRODE));
                *old = item;
            }
        }
    }
    kept
}
