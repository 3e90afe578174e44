//! YAML with places: Compose files, policies and JSON, as a tree in which every key and value knows its bytes.
//!
//! The tree keeps what a plain deserialiser drops (tags, quoting, key spans, comments) and goes on after what one
//! stops at (duplicate keys, keys that are not strings, unknown aliases). Aliases share the node they stand for, so a
//! document of nested aliases costs what its text costs. Scalars mean what go-yaml v3 makes of them, because that is
//! what Compose reads with: `yes` is text, `0777` is octal.
//!
//! JSON is read as the subset of YAML that it is, with one exception: a character outside the basic plane written as
//! two `\u` escapes is refused.

mod json;
mod loader;
mod resolve;
mod text;

use std::sync::Arc;

use crate::problem::Problem;
use crate::source::{SourceId, Span, Spanned};

pub use json::{TooLarge, to_json};
pub use resolve::{Resolved, resolve};
pub use text::text_of;

/// Everything one text holds.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The roots of the documents in their order; those before a syntax error are all there.
    pub documents: Vec<Arc<Node>>,
    /// The comments in their order, from `#` to the end of the line.
    pub comments: Vec<Span>,
    /// Syntax errors, duplicate keys, aliases that lead nowhere, limits that were hit.
    pub problems: Vec<Problem>,
}

/// Reads all documents of a text. `source` is only written into the spans.
pub fn load(source: SourceId, text: &str) -> Loaded {
    loader::load(source, text)
}

/// A value: scalar, sequence or mapping.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value's bytes without tag, anchor and trailing blanks; empty for a value that is left out. Under an alias
    /// this is the place of the anchored node.
    pub span: Span,
    /// `!reset`, `!!str`, ...
    pub tag: Option<Spanned<Box<str>>>,
    /// The value itself.
    pub value: Value,
    /// What became of the value after it was read; nothing for a tree that was only loaded.
    pub trail: Option<Box<Trail>>,
    /// Nodes in this tree if every alias were written out, saturating.
    weight: u32,
    /// Levels below and with this one, through aliases.
    height: u16,
}

/// The shapes of a value.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text, number, boolean or null.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Arc<Node>>),
    /// Keys and values in source order, merge keys applied.
    Mapping(Vec<Entry>),
}

/// A scalar as written and as understood.
#[derive(Debug, Clone)]
pub struct Scalar {
    /// The text after escapes, folding and chomping.
    pub text: Box<str>,
    /// How it is written.
    pub style: Style,
    /// What go-yaml v3 makes of it.
    pub resolved: Resolved,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'...'`
    SingleQuoted,
    /// `"..."`
    DoubleQuoted,
    /// `|`: lines are kept.
    Literal,
    /// `>`: lines are joined.
    Folded,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key as text and where it stands.
    pub key: Spanned<Arc<str>>,
    /// The value, shared if it came through an alias or a merge key.
    pub value: Arc<Node>,
    /// Came from `<<` instead of being written here.
    pub merged: bool,
}

/// What became of a value on its way through variables and override files.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// The values it replaced, latest first.
    pub overrode: Vec<Span>,
    /// Where the variables in it got their values, if that is a file.
    pub through: Vec<Span>,
    /// Why its text is not known in full; the text then still holds `${NAME}`.
    pub unknown: Option<Box<str>>,
    /// The scalar before its variables were expanded, and what of it was kept.
    pub written: Option<Box<Written>>,
}

/// A scalar before its variables were expanded.
#[derive(Debug, Clone)]
pub struct Written {
    /// The scalar as loaded.
    pub node: Arc<Node>,
    /// `(start, end, offset)`: bytes of its text that were kept, and where they are in the expanded text; in order.
    pub kept: Vec<(u32, u32, u32)>,
}

impl Node {
    /// A value that was not read but made, such as a long form made from a short one.
    pub fn new(span: Span, value: Value) -> Node {
        let (weight, height) = loader::measure(&value);
        Node { span, tag: None, value, trail: None, weight, height }
    }

    /// A scalar that is text whatever it looks like.
    pub fn text(span: Span, text: &str) -> Node {
        let scalar = Scalar { text: text.into(), style: Style::Plain, resolved: Resolved::Text };
        Node { span, tag: None, value: Value::Scalar(scalar), trail: None, weight: 1, height: 1 }
    }

    /// Nothing, at a place.
    pub fn null(span: Span) -> Node {
        let scalar = Scalar { text: "".into(), style: Style::Plain, resolved: Resolved::Null };
        Node { span, tag: None, value: Value::Scalar(scalar), trail: None, weight: 1, height: 1 }
    }

    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Arc<Node>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The key and value under a key of a mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key.value == key)
    }

    /// The entries of a mapping; nothing for other values.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; nothing for other values.
    pub fn items(&self) -> &[Arc<Node>] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The items of a sequence, or the value itself.
    pub fn one_or_many(self: &Arc<Node>) -> &[Arc<Node>] {
        if self.is_sequence() { self.items() } else { std::slice::from_ref(self) }
    }

    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar that resolves to text; numbers, booleans and null are not.
    pub fn as_str(&self) -> Option<&str> {
        self.scalar().filter(|s| s.resolved == Resolved::Text).map(|s| &*s.text)
    }

    /// The text of any scalar but null, as written.
    pub fn scalar_text(&self) -> Option<&str> {
        self.scalar().filter(|s| s.resolved != Resolved::Null).map(|s| &*s.text)
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.scalar()?.resolved {
            Resolved::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A whole number.
    pub fn as_int(&self) -> Option<i128> {
        match self.scalar()?.resolved {
            Resolved::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is null, written or left out.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|s| s.resolved == Resolved::Null)
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.value, Value::Mapping(_))
    }

    /// Whether it is a sequence.
    pub fn is_sequence(&self) -> bool {
        matches!(self.value, Value::Sequence(_))
    }

    /// Whether it has the tag `name`, such as `!reset`.
    pub fn has_tag(&self, name: &str) -> bool {
        self.tag.as_ref().is_some_and(|tag| &*tag.value == name)
    }

    /// Nodes in this tree if every alias were written out; saturates at `u32::MAX`. What a reader that follows
    /// aliases has to do is proportional to this.
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// What the value is, for messages: "a list", "the number `3`" without the number.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a list",
            Value::Scalar(scalar) => match scalar.resolved {
                Resolved::Null => "empty",
                Resolved::Bool(_) => "a boolean",
                Resolved::Int(_) | Resolved::Float(_) => "a number",
                Resolved::Date => "a date",
                Resolved::Text => "text",
            },
        }
    }
}

#[cfg(test)]
mod tests;
