//! What Compose allows where: the shapes of attributes, how override files combine them, and the check against both.
//!
//! One table (in [`attributes`]) says for each attribute which scalars, lists and mappings it takes and how a later
//! file merges into it, so that reading, merging and refusing cannot disagree.

mod attributes;

use crate::problem::Problem;
use crate::source::Span;
use crate::yaml::{Node, Resolved, Value};

pub(super) use attributes::PROJECT;

/// Text is allowed.
pub(super) const TEXT: u8 = 1;
/// A number is allowed.
pub(super) const NUMBER: u8 = 2;
/// A boolean is allowed.
pub(super) const BOOLEAN: u8 = 4;
/// Null is allowed.
pub(super) const NULL: u8 = 8;
/// A whole number only.
pub(super) const WHOLE: u8 = 16;

/// What an attribute may look like.
#[derive(Debug)]
pub(super) struct Shape {
    /// Which scalars.
    pub scalars: u8,
    /// The items, if it may be a list.
    pub items: Option<&'static Shape>,
    /// Whether equal items are refused.
    pub distinct: bool,
    /// The entries, if it may be a mapping.
    pub entries: Entries,
    /// How a later file merges into it.
    pub merge: Merge,
}

/// What a mapping may hold.
#[derive(Debug)]
pub(super) enum Entries {
    /// It may not be a mapping.
    None,
    /// Anything.
    Any,
    /// Any key with values of one shape.
    Of(&'static Shape),
    /// These keys and `x-*`.
    Fields(&'static [(&'static str, &'static Shape)]),
}

/// How the value of a later file combines with that of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    /// Mappings key by key, lists appended, scalars replaced.
    Deep,
    /// Replaced whole.
    Replace,
    /// `NAME=value` lists and mappings alike, by name.
    ByName,
    /// A list of names is a mapping of names to nothing.
    Names,
    /// `depends_on`: a list of names is a mapping to `service_started`.
    Dependencies,
    /// Text is `{context: text}`.
    Build,
    /// Text is a list of one.
    TextOrList,
    /// Replaced whole if the driver differs.
    Logging,
    /// By `subnet`.
    Subnets,
    /// A mapping is a list of `name=address` when the other one is a list.
    Hosts,
}

impl Shape {
    pub(super) const fn scalar(scalars: u8) -> Shape {
        Shape { scalars, items: None, distinct: false, entries: Entries::None, merge: Merge::Deep }
    }

    pub(super) const fn list(items: &'static Shape) -> Shape {
        Shape { items: Some(items), ..Shape::scalar(0) }
    }

    pub(super) const fn map(values: &'static Shape) -> Shape {
        Shape { entries: Entries::Of(values), ..Shape::scalar(0) }
    }

    pub(super) const fn fields(fields: &'static [(&'static str, &'static Shape)]) -> Shape {
        Shape { entries: Entries::Fields(fields), ..Shape::scalar(0) }
    }

    pub(super) const fn or(self, scalars: u8) -> Shape {
        Shape { scalars: self.scalars | scalars, ..self }
    }

    pub(super) const fn distinct(self) -> Shape {
        Shape { distinct: true, ..self }
    }

    pub(super) const fn merged(self, merge: Merge) -> Shape {
        Shape { merge, ..self }
    }

    /// The shape of the value under `key`; unknown keys take anything.
    pub(super) fn entry(&self, key: &str) -> &'static Shape {
        match &self.entries {
            Entries::Of(shape) => shape,
            Entries::Fields(fields) => field(fields, key).unwrap_or(&attributes::ANY),
            Entries::None | Entries::Any => &attributes::ANY,
        }
    }
}

fn field(fields: &'static [(&'static str, &'static Shape)], key: &str) -> Option<&'static Shape> {
    fields.iter().find(|(name, _)| *name == key).map(|(_, shape)| *shape)
}

/// Problems of one project that are worth reading.
pub(super) const MOST_PROBLEMS: usize = 500;

/// Holds a project's tree against the table and reports every place where it does not fit.
pub(super) fn validate(root: &Node, problems: &mut Vec<Problem>) {
    walk(root, &PROJECT, Trace::default(), problems);
}

/// The keys that lead to a node; only put together when there is something to say.
#[derive(Clone, Copy, Default)]
struct Trace<'a> {
    above: Option<&'a Trace<'a>>,
    key: &'a str,
}

impl<'a> Trace<'a> {
    fn below(&'a self, key: &'a str) -> Trace<'a> {
        Trace { above: Some(self), key }
    }

    fn name(&self) -> String {
        match self.above.map(Trace::name) {
            Some(above) if !above.is_empty() => format!("{above}.{}", self.key),
            _ => self.key.to_string(),
        }
    }
}

fn walk(node: &Node, shape: &'static Shape, path: Trace<'_>, problems: &mut Vec<Problem>) {
    if problems.len() >= MOST_PROBLEMS {
        return;
    }
    match &node.value {
        Value::Scalar(_) => scalar(node, shape, path, problems),
        Value::Sequence(items) => {
            let Some(item_shape) = shape.items else {
                return refuse(node, shape, path, problems);
            };
            if shape.distinct {
                duplicates(node, path, problems);
            }
            for item in items {
                walk(item, item_shape, path, problems);
            }
        }
        Value::Mapping(_) => mapping(node, shape, path, problems),
    }
}

fn mapping(node: &Node, shape: &'static Shape, path: Trace<'_>, problems: &mut Vec<Problem>) {
    match &shape.entries {
        Entries::Any => {}
        Entries::None => refuse(node, shape, path, problems),
        Entries::Of(values) => {
            for entry in node.entries().iter().filter(|entry| !entry.key.value.starts_with("x-")) {
                walk(&entry.value, values, path.below(&entry.key.value), problems);
            }
        }
        Entries::Fields(fields) => {
            for entry in node.entries().iter().filter(|entry| !entry.key.value.starts_with("x-")) {
                match field(fields, &entry.key.value) {
                    Some(shape) => walk(&entry.value, shape, path.below(&entry.key.value), problems),
                    None if problems.len() >= MOST_PROBLEMS => return,
                    None => problems.push(unknown_key(&entry.key.value, entry.key.span, &path.name(), fields)),
                }
            }
        }
    }
}

fn scalar(node: &Node, shape: &'static Shape, path: Trace<'_>, problems: &mut Vec<Problem>) {
    let Some(scalar) = node.scalar() else {
        return;
    };
    let fits = match scalar.resolved {
        Resolved::Null => shape.scalars & NULL != 0,
        Resolved::Bool(_) => shape.scalars & BOOLEAN != 0,
        Resolved::Int(_) => shape.scalars & (NUMBER | WHOLE) != 0,
        Resolved::Float(_) => shape.scalars & NUMBER != 0,
        Resolved::Date => false,
        // what came out of a variable is cast to what the attribute takes
        Resolved::Text => shape.scalars & TEXT != 0 || (node.trail.is_some() && shape.scalars != 0),
    };
    // a value that is only a variable without a value could have been anything
    let open = node.trail.as_ref().is_some_and(|trail| trail.unknown.is_some());
    if !fits && !open {
        refuse(node, shape, path, problems);
    }
}

fn refuse(node: &Node, shape: &'static Shape, path: Trace<'_>, problems: &mut Vec<Problem>) {
    let path = path.name();
    // values of variables may be secret
    let secret = path.contains(".environment") || path.contains(".args");
    let shown = match node.scalar() {
        Some(scalar) if scalar.resolved != Resolved::Null && !secret => {
            format!("{} (`{}`)", node.kind(), short(&scalar.text))
        }
        _ => node.kind().to_string(),
    };
    let what = format!("`{path}` must be {}, this is {shown}", expected(shape));
    let only_text = shape.scalars & TEXT != 0 && node.scalar().is_some_and(|s| s.resolved != Resolved::Null);
    let help = if only_text { "put it in quotes" } else { "correct it; Compose refuses the project" };
    problems.push(Problem::error(node.span, what, help));
}

/// The beginning of a text, for messages.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}

fn expected(shape: &Shape) -> String {
    let mut kinds = Vec::new();
    if shape.scalars & TEXT != 0 {
        kinds.push("text");
    }
    if shape.scalars & (NUMBER | WHOLE) != 0 {
        kinds.push("a number");
    }
    if shape.scalars & BOOLEAN != 0 {
        kinds.push("`true` or `false`");
    }
    if shape.items.is_some() {
        kinds.push("a list");
    }
    if !matches!(shape.entries, Entries::None) {
        kinds.push("a mapping");
    }
    kinds.join(" or ")
}

fn duplicates(node: &Node, path: Trace<'_>, problems: &mut Vec<Problem>) {
    let mut seen: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
    for item in node.items() {
        let Some(text) = item.scalar_text() else { continue };
        if seen.insert(text, item.span).is_some() && problems.len() < MOST_PROBLEMS {
            let what = format!("`{}` has `{}` twice", path.name(), short(text));
            problems.push(Problem::error(item.span, what, "remove one of them; Compose refuses the project"));
        }
    }
}

fn unknown_key(key: &str, span: Span, path: &str, fields: &'static [(&'static str, &'static Shape)]) -> Problem {
    let what = match path {
        "" => format!("`{}` is not a top-level attribute of Compose", short(key)),
        _ => format!("`{path}` has no attribute `{}`", short(key)),
    };
    let help = match nearest(key, fields.iter().map(|(name, _)| *name)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "remove it, or start its name with `x-`".to_string(),
    };
    Problem::error(span, what, help)
}

/// The candidate that `key` is most likely a misspelling of.
pub(super) fn nearest<'a>(key: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if key.len() > 40 {
        return None;
    }
    let flat = key.to_ascii_lowercase().replace('-', "_");
    let limit = 1 + flat.len() / 4;
    candidates
        .map(|candidate| (distance(&flat, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and substitutions from one text to the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
