//! Fields: values of an object by key, whatever their type turns out to be.

use crate::problem::Problem;
use crate::source::{Span, Spanned, Text};
use crate::yaml::{self, Entry, Node, Resolved, Value};

use super::Words;

/// After this many problems in one text the rest are not worth reading.
const MOST_PROBLEMS: usize = 100;

/// Takes values out of objects and keeps what was wrong with them.
pub(super) struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

/// The entry under a key: as it is written first, then in any case. Null is not there.
pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let any_case = || node.entries().iter().find(|entry| entry.key.value.eq_ignore_ascii_case(key));
    node.entry(key).or_else(any_case).filter(|entry| !entry.value.is_null())
}

/// The value under a key.
pub(super) fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entry(node, key).map(|entry| &*entry.value)
}

/// What a value is, in the words of JSON.
pub(super) fn kind(node: &Node) -> &'static str {
    match node.value {
        Value::Mapping(_) => "an object",
        Value::Scalar(_) if node.is_null() => "null",
        _ => node.kind(),
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, problems: Vec<Problem>) -> Reader<'a> {
        Reader { text, problems }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    pub(super) fn problem(&mut self, place: Span, what: impl Into<String>, help: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem::error(place, what, help));
        }
    }

    fn wrong(&mut self, node: &Node, key: &str, wanted: &str) {
        let kind = kind(node);
        let help = format!("write {wanted}, or have `docker inspect` write the file again");
        self.problem(node.span, format!("`{key}` must be {wanted}, this is {kind}"), help);
    }

    /// The object under a key.
    pub(super) fn object<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let value = value(node, key)?;
        if !value.is_mapping() {
            self.wrong(value, key, "an object");
            return None;
        }
        Some(value)
    }

    /// The objects of the list under a key.
    pub(super) fn objects<'n>(&mut self, node: &'n Node, key: &str) -> Vec<&'n Node> {
        let Some(list) = value(node, key) else { return Vec::new() };
        if !list.is_sequence() {
            self.wrong(list, key, "a list of objects");
        }
        for item in list.items().iter().filter(|item| !item.is_mapping()) {
            self.wrong(item, key, "a list of objects");
        }
        list.items().iter().map(|item| &**item).filter(|item| item.is_mapping()).collect()
    }

    /// A text that is not empty. A number or boolean is taken for its text.
    pub(super) fn text(&mut self, node: &Node, key: &str) -> Option<Spanned<String>> {
        let value = value(node, key)?;
        if value.as_str().is_none() {
            self.wrong(value, key, "text");
        }
        word(value)
    }

    /// A text or number, as text.
    pub(super) fn word(&mut self, node: &Node, key: &str) -> Option<Spanned<String>> {
        let value = value(node, key)?;
        if value.scalar().is_none() {
            self.wrong(value, key, "text");
        }
        word(value)
    }

    /// A list of texts. A text alone is a list of one, as for the engine.
    pub(super) fn words(&mut self, node: &Node, key: &str) -> Option<Words> {
        let value = value(node, key)?;
        if let Some(text) = value.as_str() {
            let one = Spanned::new(text.to_string(), value.span);
            return (!text.is_empty()).then(|| Spanned::new(vec![one], value.span));
        }
        if !value.is_sequence() {
            self.wrong(value, key, "a list of texts");
            return None;
        }
        let words = self.texts(value, key);
        (!words.is_empty()).then(|| Spanned::new(words, value.span))
    }

    /// A list of texts that may be empty.
    pub(super) fn all_words(&mut self, node: &Node, key: &str) -> Vec<Spanned<String>> {
        self.words(node, key).map(|words| words.value).unwrap_or_default()
    }

    fn texts(&mut self, list: &Node, key: &str) -> Vec<Spanned<String>> {
        let mut texts = Vec::with_capacity(list.items().len());
        for item in list.items() {
            if item.as_str().is_none() {
                self.wrong(item, key, "a list of texts");
            }
            texts.extend(item.scalar_text().map(|text| Spanned::new(text.to_string(), item.span)));
        }
        texts
    }

    /// The keys of an object whose values say nothing, such as `{"80/tcp": {}}`.
    pub(super) fn keys(&mut self, node: &Node, key: &str) -> Vec<Spanned<String>> {
        let Some(object) = self.object(node, key) else { return Vec::new() };
        object.entries().iter().map(|entry| Spanned::new(entry.key.value.to_string(), entry.key.span)).collect()
    }

    /// An object of texts.
    pub(super) fn pairs(&mut self, node: &Node, key: &str) -> Vec<(Spanned<String>, Spanned<String>)> {
        let Some(object) = self.object(node, key) else { return Vec::new() };
        let mut pairs = Vec::with_capacity(object.entries().len());
        for entry in object.entries() {
            if entry.value.as_str().is_none() {
                self.wrong(&entry.value, &entry.key.value, "text");
            }
            let name = Spanned::new(entry.key.value.to_string(), entry.key.span);
            let value = entry.value.scalar_text().map(|text| Spanned::new(text.to_string(), entry.value.span));
            pairs.extend(value.map(|value| (name, value)));
        }
        pairs
    }

    /// A whole number.
    pub(super) fn number(&mut self, node: &Node, key: &str) -> Option<Spanned<i64>> {
        let value = value(node, key)?;
        let number = match value.scalar().map(|scalar| scalar.resolved) {
            Some(Resolved::Int(number)) => i64::try_from(number).ok(),
            // 1e9
            Some(Resolved::Float(number)) if number.fract() == 0.0 && number.abs() < 1e15 => Some(number as i64),
            _ => None,
        };
        if number.is_none() {
            self.wrong(value, key, "a whole number");
        }
        number.map(|number| Spanned::new(number, value.span))
    }

    /// A number of things, of which there cannot be less than none.
    pub(super) fn amount(&mut self, node: &Node, key: &str) -> Option<Spanned<u64>> {
        let number = self.number(node, key)?;
        let amount = u64::try_from(number.value);
        if amount.is_err() {
            let what = format!("`{key}` must not be below 0, this is `{}`", number.value);
            self.problem(number.span, what, "write 0 for what is not limited or not set");
        }
        amount.ok().map(|amount| Spanned::new(amount, number.span))
    }

    /// A boolean.
    pub(super) fn boolean(&mut self, node: &Node, key: &str) -> Option<Spanned<bool>> {
        let value = value(node, key)?;
        let boolean = value.as_bool();
        if boolean.is_none() {
            self.wrong(value, key, "`true` or `false`");
        }
        boolean.map(|boolean| Spanned::new(boolean, value.span))
    }

    /// The text of a quoted value with the place of each of its bytes; `None` if an escape hides the places.
    pub(super) fn places(&self, node: &Node) -> Option<Text> {
        let text = yaml::text_of(node, self.text);
        // the places of a text that cannot be followed all lie on its quote
        let followed = text.value.is_empty() || text.span(0..1).start == node.span.start + 1;
        followed.then_some(text)
    }
}

fn word(value: &Node) -> Option<Spanned<String>> {
    let text = value.scalar_text().filter(|text| !text.is_empty())?;
    Some(Spanned::new(text.to_string(), value.span))
}
