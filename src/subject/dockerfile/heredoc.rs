//! Heredocs: `<<EOF` on RUN, COPY and ADD lines, and the bodies behind them.

use std::collections::HashMap;

use super::expand;
use crate::source::{Span, Text};

/// One heredoc of an instruction.
#[derive(Debug, Clone)]
pub struct Heredoc {
    /// The delimiter, quotes removed; also the file's name in COPY and ADD.
    pub name: String,
    /// Whether variables in the body are expanded by the builder (COPY, ADD) or shell (RUN): no quote in the delimiter.
    pub expand: bool,
    /// `<<-`: leading tabs are removed from the body.
    pub strip_tabs: bool,
    /// The whole word that opens it, as it stands in the logical line.
    pub word: std::ops::Range<usize>,
    /// The body, without the line of the delimiter.
    pub body: Text,
    /// From the body's first byte to the end of the delimiter's line.
    pub span: Span,
}

/// An opener found on the instruction's line, before its body was read.
#[derive(Debug)]
pub struct Opener {
    /// The delimiter.
    pub name: String,
    /// No quotes in the delimiter.
    pub expand: bool,
    /// `<<-`
    pub strip_tabs: bool,
    /// Where the word stands in the logical line.
    pub word: std::ops::Range<usize>,
}

/// The heredocs that the logical line opens, in order. `args` starts at `offset` in it. An unbalanced quote or a
/// malformed `${` means none, as in BuildKit.
pub fn openers(args: &str, offset: usize) -> Vec<Opener> {
    if !args.contains("<<") || (args.contains("${") && !expand::is_well_formed(args)) {
        return Vec::new();
    }
    let Some(words) = split(args) else { return Vec::new() };
    let mut found = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(range) = words.next() {
        let word = &args[range.clone()];
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let Some(rest) = rest.strip_prefix("<<") else { continue };
        let strip_tabs = rest.starts_with('-');
        let delimiter = rest.strip_prefix('-').unwrap_or(rest);
        // `<< EOF`: a blank between operator and delimiter is taken, but not after `<<-`.
        let (delimiter, end) = match words.peek() {
            _ if !delimiter.is_empty() => (delimiter, range.end),
            Some(next) if !strip_tabs => (&args[next.clone()], next.end),
            _ => continue,
        };
        if end != range.end {
            words.next();
        }
        let name = unquote(delimiter);
        if delimiter.contains('<') || name.is_empty() {
            continue;
        }
        let expand = name == delimiter;
        found.push(Opener { name, expand, strip_tabs, word: offset + range.start..offset + end });
    }
    found
}

/// A delimiter without its quotes and escapes.
fn unquote(delimiter: &str) -> String {
    let mut name = String::with_capacity(delimiter.len());
    let mut quote = None;
    let mut chars = delimiter.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => name.extend(chars.next()),
            (Some('"'), '\\') => match chars.next_if(|next| matches!(next, '"' | '$' | '\\')) {
                Some(next) => name.push(next),
                None => name.push(c),
            },
            _ => name.push(c),
        }
    }
    name
}

/// Words as the shell lexer sees them: quotes kept, backslash escapes; `None` if a quote is not closed.
fn split(text: &str) -> Option<Vec<std::ops::Range<usize>>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match (quote, byte) {
            (Some(b'"') | None, b'\\') => {
                start.get_or_insert(at);
                at += 1;
            }
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => {
                start.get_or_insert(at);
                quote = Some(byte);
            }
            (None, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c) => {
                if let Some(from) = start.take() {
                    words.push(from..at);
                }
            }
            (None, _) => {
                start.get_or_insert(at);
            }
        }
        at += 1;
    }
    if quote.is_some() {
        return None;
    }
    if let Some(from) = start {
        words.push(from..bytes.len());
    }
    Some(words)
}

/// Where the text of each line of a file stands last, as written and without leading tabs.
pub(super) struct LastLines<'a> {
    written: HashMap<&'a str, usize>,
    without_tabs: HashMap<&'a str, usize>,
}

impl<'a> LastLines<'a> {
    pub fn new(text: &'a str) -> LastLines<'a> {
        let mut lines = LastLines { written: HashMap::new(), without_tabs: HashMap::new() };
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\r', '\n']);
            lines.written.insert(content, start);
            lines.without_tabs.insert(content.trim_start_matches('\t'), start);
            start += line.len();
        }
        lines
    }

    /// Whether a line at or behind `start` ends the heredoc.
    pub fn ends(&self, opener: &Opener, start: usize) -> bool {
        let lines = if opener.strip_tabs { &self.without_tabs } else { &self.written };
        lines.get(opener.name.as_str()).is_some_and(|&last| last >= start)
    }
}

/// What runs a heredoc that is a RUN's whole command: `None` for the shell in force, else the file name of the
/// interpreter that its first line names, looked for behind `env` too.
pub fn interpreter(body: &str) -> Option<&str> {
    let mut words = body.lines().next()?.strip_prefix("#!")?.split_whitespace();
    let program = file_name(words.next()?);
    if program != "env" {
        return Some(program);
    }
    words.find(|word| !word.starts_with('-') && !word.contains('=')).map(file_name)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a program of this name reads shell text.
pub fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}
