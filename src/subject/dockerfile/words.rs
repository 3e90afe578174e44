//! Words: the three ways in which instructions split their arguments.

use std::ops::Range;

use super::instruction::Flag;
use crate::source::{Span, Spanned, Text};

/// What separates the keyword, and the words of most instructions.
pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\u{b}' | '\u{c}')
}

/// The start of a text from the file, short enough for a message.
pub fn shown(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}

/// The place of a part of the text. An empty part stands behind what comes before it, not behind the continuation that
/// may follow.
pub fn span(text: &Text, range: Range<usize>) -> Span {
    if !range.is_empty() || range.start == 0 {
        return text.span(range);
    }
    let before = text.span(0..range.start);
    Span { start: before.end, ..before }
}

/// The range of `range` without blanks at its ends.
pub fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.end - part.trim_start().len();
    start..(start + part.trim().len()).max(start)
}

/// Words between blanks, quotes meaning nothing: FROM, EXPOSE, COPY, ADD, VOLUME.
pub fn plain(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (i, c) in text[range.clone()].char_indices() {
        match (is_blank(c), start) {
            (true, Some(from)) => {
                words.push(from..range.start + i);
                start = None;
            }
            (false, None) => start = Some(range.start + i),
            _ => {}
        }
    }
    words.extend(start.map(|from| from..range.end));
    words
}

/// Words between blanks outside quotes, quotes and escapes kept: ENV, LABEL, ARG.
pub fn quoted(text: &str, range: Range<usize>, escape: u8) -> Vec<Range<usize>> {
    let escape = escape as char;
    let mut words = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut chars = text[range.clone()].char_indices();
    while let Some((i, c)) = chars.next() {
        let at = range.start + i;
        if quote.is_none() && c.is_whitespace() {
            words.extend(start.take().map(|from| from..at));
            continue;
        }
        start.get_or_insert(at);
        if c == escape && quote != Some('\'') {
            chars.next();
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '\'' | '"') {
            quote = Some(c);
        }
    }
    words.extend(start.map(|from| from..range.end));
    words
}

/// Takes the flag words off the front. Gives the flags and where the rest begins; a lone `--` ends the flags.
pub fn flags(text: &Text, range: Range<usize>) -> (Vec<Flag>, usize) {
    let mut flags = Vec::new();
    let mut at = range.start;
    loop {
        let rest = &text.value[at..range.end];
        at += rest.len() - rest.trim_start().len();
        if !text.value[at..range.end].starts_with("--") {
            return (flags, at);
        }
        let (word, end) = flag_word(&text.value, at..range.end);
        if word == "--" {
            return (flags, end);
        }
        flags.push(flag(text, &word, at..end));
        at = end;
    }
}

fn flag(text: &Text, word: &str, range: Range<usize>) -> Flag {
    let span = text.span(range.clone());
    let written = &text.value[range.clone()];
    let (name, value) = match word[2..].split_once('=') {
        Some((name, value)) => {
            let start = range.start + written.find('=').map_or(written.len(), |i| i + 1);
            (name, Some(Spanned::new(value.to_string(), self::span(text, start..range.end))))
        }
        None => (&word[2..], None),
    };
    Flag { name: name.to_string(), value, span }
}

/// One flag word with its quotes removed, and where it ends.
fn flag_word(text: &str, range: Range<usize>) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text[range.clone()].char_indices();
    while let Some((i, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            return (word, range.start + i);
        }
        if c == '\\' {
            word.extend(chars.next().map(|(_, next)| next));
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '\'' | '"') {
            quote = Some(c);
        } else {
            word.push(c);
        }
    }
    (word, range.end)
}

/// What the JSON reading of an argument gave.
pub enum Json {
    /// It is no JSON array: the other form applies.
    No {
        /// It opens with `[`.
        looks_like: bool,
    },
    /// A JSON array with an element that is not a string: an error.
    NotStrings,
    /// The elements with the ranges of their literals, quotes included.
    Strings(Vec<(String, Range<usize>)>),
}

/// Reads an argument as a JSON array of strings.
pub fn json(text: &str, range: Range<usize>) -> Json {
    let range = trim(text, range);
    let part = &text[range.clone()];
    if !part.starts_with('[') {
        return Json::No { looks_like: false };
    }
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(part) else {
        return Json::No { looks_like: true };
    };
    let mut strings = Vec::with_capacity(values.len());
    let literals = string_literals(part);
    for (i, value) in values.into_iter().enumerate() {
        match (value, literals.get(i)) {
            (serde_json::Value::String(string), Some(literal)) => {
                strings.push((string, range.start + literal.start..range.start + literal.end));
            }
            _ => return Json::NotStrings,
        }
    }
    Json::Strings(strings)
}

/// The ranges of the string literals of a text that is known to be JSON.
fn string_literals(json: &str) -> Vec<Range<usize>> {
    let bytes = json.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'"', &bytes[at..]).map(|i| at + i) {
        at = open + 1;
        while at < bytes.len() && bytes[at] != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        at = (at + 1).min(bytes.len());
        found.push(open..at);
    }
    found
}
