//! Variables that Compose files can use, and the grammar of env files.
//!
//! Only what the user gave and what env files say is known. The process environment is never read: a verdict must not
//! depend on whose machine it is reached on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::interpolate::{self, Outcome};
use crate::problem::Problem;
use crate::source::{SourceId, Span};

/// A variable's value and where it was defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    /// The value, or why it is not known.
    pub value: Result<Arc<str>, Arc<str>>,
    /// Where, unless it was given from outside.
    pub span: Option<Span>,
}

/// What variables mean in one project; an included project has its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    variables: HashMap<String, Definition>,
}

impl Environment {
    /// What the user gave.
    pub fn new(given: &BTreeMap<String, String>) -> Environment {
        let known = |value: &str| Definition { value: Ok(value.into()), span: None };
        Environment { variables: given.iter().map(|(name, value)| (name.clone(), known(value))).collect() }
    }

    /// The meaning of a name, if it has one.
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.variables.get(name)
    }

    /// Adds the variables of env files, of which later ones win; what was known before wins over all of them.
    pub fn add_files(&mut self, files: Vec<Vec<Assignment>>) {
        let mut added: HashMap<String, Definition> = HashMap::new();
        for assignment in files.into_iter().flatten() {
            added.insert(assignment.name, assignment.definition);
        }
        for (name, definition) in added {
            self.variables.entry(name).or_insert(definition);
        }
    }
}

/// One `NAME=value` of an env file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub key: Span,
    /// The value.
    pub definition: Definition,
}

/// Reads an env file. `raw` switches quotes and variables off.
pub(super) fn read(
    source: SourceId,
    text: &str,
    environment: &Environment,
    raw: bool,
) -> (Vec<Assignment>, Vec<Problem>) {
    let text_start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader {
        source,
        text,
        at: text_start,
        raw,
        environment,
        earlier: HashMap::new(),
        budget: text.len() + interpolate::BUDGET / 4,
        assignments: Vec::new(),
        problems: Vec::new(),
    };
    while reader.at < text.len() {
        reader.line();
    }
    (reader.assignments, reader.problems)
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    at: usize,
    raw: bool,
    environment: &'a Environment,
    earlier: HashMap<String, Definition>,
    budget: usize,
    assignments: Vec<Assignment>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn line(&mut self) {
        let rest = &self.text[self.at..];
        let line_end = self.at + rest.find('\n').unwrap_or(rest.len());
        let line = &self.text[self.at..line_end];
        let trimmed = line.trim();
        let mut start = self.at + (line.len() - line.trim_start().len());
        self.at = (line_end + 1).min(self.text.len().max(line_end));
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return;
        }
        let mut end = start + trimmed.len();
        if let Some(rest) = trimmed.strip_prefix("export ").or_else(|| trimmed.strip_prefix("export\t")) {
            start = end - rest.trim_start().len();
        }
        end = end.max(start);
        let statement = &self.text[start..end];
        let Some(separator) = statement.find(['=', ':']) else {
            return self.bare(statement, start);
        };
        let name = statement[..separator].trim_end();
        if !valid_name(name) {
            return self.bad_name(name, start);
        }
        let key = Span::new(self.source, start..start + name.len());
        self.value(name, key, start + separator + 1, line_end);
    }

    fn bare(&mut self, statement: &str, start: usize) {
        let name = statement.split(" #").next().unwrap_or("").trim_end();
        if !valid_name(name) {
            return self.bad_name(name, start);
        }
        let key = Span::new(self.source, start..start + name.len());
        if let Some(known) = self.environment.get(name) {
            self.assign(name, key, known.clone());
        }
    }

    fn bad_name(&mut self, name: &str, start: usize) {
        // the text may be a line of a key, and is not shown
        let what = "this line does not begin with the name of a variable";
        let span = Span::new(self.source, start..start + name.len());
        self.problems.push(Problem::error(span, what, "write `NAME=value`, or begin the line with `#`"));
    }

    fn value(&mut self, name: &str, key: Span, from: usize, line_end: usize) {
        let rest = &self.text[from..line_end];
        let start = from + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
        if self.raw {
            let raw = self.text[from..line_end].trim_end_matches('\r');
            let span = Span::new(self.source, from..from + raw.len());
            return self.assign(name, key, Definition { value: Ok(raw.into()), span: Some(span) });
        }
        match self.text.as_bytes().get(start) {
            Some(&quote @ (b'"' | b'\'')) if start < line_end => self.quoted(name, key, start, quote),
            _ => {
                let unquoted = unquoted(&self.text[start.min(line_end)..line_end]);
                let span = Span::new(self.source, start..start + unquoted.len());
                self.expanded(name, key, span, unquoted);
            }
        }
    }

    fn quoted(&mut self, name: &str, key: Span, start: usize, quote: u8) {
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while end < bytes.len() && bytes[end] != quote {
            end += if bytes[end] == b'\\' && end + 1 < bytes.len() { 2 } else { 1 };
        }
        if end >= bytes.len() {
            let span = Span::new(self.source, start..start + 1);
            let what = format!("the quoted value of `{name}` does not end");
            self.problems.push(Problem::error(span, what, "close the quote"));
            return;
        }
        let inner = &self.text[start + 1..end];
        let span = Span::new(self.source, start + 1..end);
        let rest = &self.text[end..];
        self.at = end + rest.find('\n').map_or(rest.len(), |i| i + 1);
        if quote == b'\'' {
            let value = if inner.contains("\\'") { inner.replace("\\'", "'") } else { inner.to_string() };
            return self.assign(name, key, Definition { value: Ok(value.into()), span: Some(span) });
        }
        let unescaped = unescape(inner);
        self.expanded(name, key, span, &unescaped);
    }

    fn expanded(&mut self, name: &str, key: Span, span: Span, text: &str) {
        let lookup = |name: &str| self.environment.get(name).or_else(|| self.earlier.get(name)).cloned();
        let expanded = interpolate::expand(text, &lookup).and_then(|outcome| {
            self.budget = self.budget.checked_sub(outcome.text.len()).ok_or_else(interpolate::exhausted)?;
            Ok(outcome)
        });
        let value = match expanded {
            Ok(outcome) => reason(outcome),
            Err(error) => {
                let what = format!("the value of `{name}` cannot be expanded: {}", error.what);
                self.problems.push(Problem::error(span, what, error.help));
                Err(format!("the value of `{name}` cannot be expanded").into())
            }
        };
        self.assign(name, key, Definition { value, span: Some(span) });
    }

    fn assign(&mut self, name: &str, key: Span, definition: Definition) {
        self.earlier.insert(name.to_string(), definition.clone());
        self.assignments.push(Assignment { name: name.to_string(), key, definition });
    }
}

fn reason(outcome: Outcome) -> Result<Arc<str>, Arc<str>> {
    match outcome.unknown {
        None => Ok(outcome.text.into()),
        Some(why) => Err(why.into()),
    }
}

fn valid_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']'))
}

/// Up to a comment, which needs a blank before it, and without blanks at the end.
fn unquoted(rest: &str) -> &str {
    if rest.starts_with('#') {
        return "";
    }
    let end = [" #", "\t#"].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
    rest[..end].trim_end()
}

/// Escapes inside double quotes; `\$` becomes `$$`, which later stands for a plain `$`.
fn unescape(inner: &str) -> String {
    if !inner.contains('\\') {
        return inner.to_string();
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('$') => text.push_str("$$"),
            Some(c @ ('"' | '\\' | '\'')) => text.push(c),
            Some(c) => text.extend(['\\', c]),
            None => text.push('\\'),
        }
    }
    text
}
