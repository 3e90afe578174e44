//! `pyproject.toml`: `requires-python`, and Poetry's `python`.
//!
//! Reads statements and skips values without taking them apart: as much of TOML as it takes not to mistake a line of a
//! text or a list for a key or a table.

use std::ops::Range;

use super::range::{self, Grammar};
use super::{Stated, open};

/// The keys that state a version, with their tables.
const KEYS: [&str; 2] = ["project.requires-python", "tool.poetry.dependencies.python"];

/// What the project demands: by `requires-python`, by Poetry's `python`, or by both.
pub(super) fn read(text: &str) -> Vec<Stated> {
    let mut stated = Vec::new();
    let mut table = String::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < text.len() {
        let line = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |i| at + i);
        let written = text[at..line].trim();
        if written.starts_with('[') {
            table = header(written);
        } else if let Some(equals) = key_end(text, at..line) {
            let value = equals + 1..value_end(text, equals + 1);
            let key = dotted(&table, &text[at..equals]);
            if KEYS.contains(&&*key) {
                stated.extend(demand(text, value.clone()));
            }
            at = value.end.max(line);
        }
        at = at.max(line) + 1;
    }
    stated
}

/// The name of the table that a header opens; nothing for a list of tables.
fn header(line: &str) -> String {
    let name = line.split(['#', ']']).next().unwrap_or("").trim_start_matches('[');
    if line.starts_with("[[") { String::new() } else { dotted("", name) }
}

/// A key with its table, quotes and blanks taken out.
fn dotted(table: &str, key: &str) -> String {
    let key = key.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\''));
    let longest = KEYS.iter().map(|key| key.len()).max().unwrap_or(0) + 1;
    let mut whole = table.to_string();
    if !table.is_empty() {
        whole.push('.');
    }
    whole.extend(key.take(longest));
    whole
}

/// Where the `=` after a key stands; `None` for a comment or a line without one.
fn key_end(text: &str, line: Range<usize>) -> Option<usize> {
    let written = &text[line.clone()];
    if written.trim_start().starts_with('#') {
        return None;
    }
    written.find('=').map(|i| line.start + i)
}

/// Where a value ends: at the end of its line, once its texts and brackets are closed.
fn value_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' if depth == 0 => return at,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'#' => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
                continue;
            }
            b'"' | b'\'' => {
                at = string_end(text, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Where the text that opens at `start` ends, its quotes included; one that is not closed ends with its line.
fn string_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let closing: &[u8] = if quote == b'"' { b"\"\"\"" } else { b"'''" };
    let many = bytes[start..].starts_with(closing);
    let mut at = start + if many { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' && bytes.get(at + 1) != Some(&b'\n') => at += 1,
            b'\n' if !many => return at,
            byte if byte == quote && !many => return at + 1,
            _ if many && bytes[at..].starts_with(closing) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// What the text in a value demands.
fn demand(text: &str, value: Range<usize>) -> Option<Stated> {
    let written = text[value.clone()].trim_start();
    let start = value.end - written.len();
    let quote = written.chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        // a table, or a list of them for several platforms
        let written = written.trim_end();
        let range = start..start + written.len();
        return (!written.is_empty()).then(|| Stated { runtime: "python", demand: open(written), range });
    };
    let inner = text[start..string_end(text, start).min(value.end)].trim_matches(quote);
    let version = inner.trim();
    let start = start + text[start..].find(version).unwrap_or(0);
    let demand = range::parse(version, Grammar::Python).unwrap_or_else(|| open(version));
    (!version.is_empty()).then(|| Stated { runtime: "python", demand, range: start..start + version.len() })
}
